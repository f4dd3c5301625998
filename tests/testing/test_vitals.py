"""What is read of a process and its children, of real ones."""

import subprocess
import sys

from tracereplay import wait_until
from tracereplay.judge.health import Health
from tracereplay.show.health import health_as_json, health_lines
from tracereplay.testing.vitals import Vitals

PARENT = """\
import subprocess, sys, tempfile
nameless = tempfile.TemporaryFile()
child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=[nameless.fileno()])
print("ready", flush=True)
sys.stdin.read()
child.communicate()
"""


def test_a_process_is_read_with_its_children_until_it_has_ended() -> None:
    piped = subprocess.PIPE
    nowhere = subprocess.DEVNULL  # for ours may be a file without a name
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=piped, stdout=piped, stderr=nowhere) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        vitals = Vitals(process.pid)
        try:
            first = vitals.read()
            assert first is not None
            assert len(first.processes) == 2
            assert sum(first.threads.values()) == 2
            assert first.deleted == 1  # both have it open, and it is one file
            assert first.cpu > 0
            process.stdin.close()
            process.stdout.read()  # both have ended, and are not reaped
            assert wait_until(lambda: vitals.read() is None)
        finally:
            vitals.stop()
    told = Health(process.pid, 3, 1, [first], None)
    assert health_as_json(told)["after"] is None
    assert next(iter(health_lines(told))).endswith("it has ended")
    assert not told.leaks
