"""A sweep that is stopped before its end: it says so, and ends at once."""

import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command_line import COMMAND, environment
from tests.cli.samples import upload
from tests.judge import servers
from tests.net.sink import Seen, Sink
from tracereplay import wait_until


class Stopped:
    """A sweep that gets a Ctrl-C when ``wait`` is over."""

    def __init__(self, wait: Callable[[], object], *args: str | Path) -> None:
        process = subprocess.Popen(
            [*COMMAND, "sweep", *map(str, args)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            text=True,
        )
        assert wait()
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        self.out, self.err = process.communicate(timeout=30)
        self.seconds = time.monotonic() - began
        self.code = process.returncode


@pytest.mark.parametrize("form", ["text", "json", "jsonl"])
def test_before_the_first_play_nothing_is_said_to_be_right(form: str, tmp_path: Path) -> None:
    has_come, over = threading.Event(), threading.Event()

    def talk(sock: socket.socket, seen: Seen) -> None:
        servers.read(sock, seen)
        has_come.set()
        over.wait(30)

    page = tmp_path / "report.html"
    with Sink(talk) as sink:
        told = Stopped(
            lambda: has_come.wait(30),
            upload(tmp_path),
            *("--target", sink.target, "--hang", "30s", "--format", form, "--report-html", page),
        )
        over.set()
    assert told.code == 130
    assert "Traceback" not in told.err
    assert "othing wrong" not in told.out + page.read_text("utf-8")
    assert "Nothing was played" in page.read_text("utf-8")
    if form == "text":
        assert ": nothing was played, stopped before its end\n" in told.out
    elif form == "json":
        assert json.loads(told.out)["whole"] is False
    else:
        assert told.out == ""
    if form != "text":
        assert "note: it was stopped before its end, after 0 plays" in told.err


@pytest.mark.parametrize("look", [1, 2, 3, 4])
def test_a_slow_probe_is_ended_with_all_that_it_runs(look: int, tmp_path: Path) -> None:
    count, slow = tmp_path / "count", tmp_path / "slow"
    script = tmp_path / "probe.sh"
    script.write_text(
        f"echo >> {count}\nif [ $(wc -l < {count}) -eq {look} ]; then sleep 60 & echo $! > {slow}; wait; fi\necho 1\n",
        "utf-8",
    )

    def is_under_way() -> bool:
        return slow.exists() and slow.read_text("utf-8").endswith("\n")

    with Sink(servers.careful) as sink:
        told = Stopped(
            lambda: wait_until(is_under_way, within="30s"),
            upload(tmp_path),
            *("--target", sink.target, "--cuts", "every:50", "--probe", f"cmd:sh {script}"),
        )
    assert told.code == 130
    assert told.seconds < 4, "5 s is what a look may take, and it had just begun"
    assert "Traceback" not in told.err
    assert "cannot look" not in told.err
    assert "stopped before its end" in told.out
    status = Path(f"/proc/{slow.read_text('utf-8').strip()}/status")
    assert wait_until(lambda: not status.exists() or "\nState:\tZ" in status.read_text("utf-8"), within="30s")
