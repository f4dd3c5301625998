"""A caller may close the standard streams (``>&-``), and name files that lead nowhere."""

import subprocess
import sys
from pathlib import Path
from shlex import quote

import pytest

from tests.traces import make_trace

HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("show TRACE >&-", 0),
        ("show TRACE 2>&-", 0),
        ("show - <&-", 3),
        ("play TRACE --target 127.0.0.1:1 >&- 2>&-", 4),
        ("play missing.txt 2> /dev/full", 3),
        ("play TRACE --target 127.0.0.1:1 2> /dev/full", 4),
    ],
)
def test_a_closed_stream_is_no_fault_of_ours(tmp_path: Path, words: str, code: int) -> None:
    trace = make_trace(tmp_path, [("=> Send header", HEAD)])
    line = f"{sys.executable} -m tracereplay {words.replace('TRACE', quote(str(trace.path)))}"
    ran = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=30, check=False)
    assert (ran.returncode, "Traceback" in ran.stderr) == (code, False), ran.stderr


@pytest.mark.parametrize("command", ["extract TRACE --sent -", "convert TRACE --to ascii"])
@pytest.mark.parametrize(
    ("to", "message"),
    [
        (">&-", "tracereplay: the standard output is closed, and the bytes should go there\n"),
        ("> /dev/full", "tracereplay: the output cannot be written: No space left on device\n"),
    ],
)
def test_bytes_that_cannot_be_written_are_told_of(tmp_path: Path, command: str, to: str, message: str) -> None:
    trace = make_trace(tmp_path, [("=> Send header", HEAD)])
    line = f"{sys.executable} -m tracereplay {command.replace('TRACE', quote(str(trace.path)))} {to}"
    ran = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=30, check=False)
    assert (ran.returncode, ran.stderr) == (4, message)


def test_a_link_to_itself_is_written_over(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send header", HEAD)])
    loop = tmp_path / "loop"
    loop.symlink_to("loop")
    command = [sys.executable, "-m", "tracereplay", "extract", str(trace.path), "--sent", str(loop)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert loop.read_bytes() == HEAD
