"""Whole events that are missing, or there twice: as far as the text tells, the trace is not played."""

from pathlib import Path

import pytest

from tests.traces import make_trace
from tracereplay.errors import TraceError
from tracereplay.library import Trace

BODY = bytes(range(256)) * 2
HEAD = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(BODY)


def lines_of(folder: Path, form: str) -> list[bytes]:
    half = len(BODY) // 2
    sends = [("=> Send header", HEAD), ("=> Send data", BODY[:half]), ("=> Send data", BODY[half:])]
    return make_trace(folder, sends, form=form).path.read_bytes().splitlines(keepends=True)


def load(folder: Path, lines: list[bytes]) -> Trace:
    path = folder / "trace.txt"
    path.write_bytes(b"".join(lines))
    return Trace.load(path)


@pytest.mark.parametrize("form", ["hex", "ascii"])
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("a head is gone", "rows of a dump stand without their head"),
        ("only the second half is there", "rows of a dump stand without their head"),
        ("a head says too little", "rows of a dump stand without their head"),
        ("an event is there twice", "and its head announces 512: some are here twice"),
    ],
)
def test_it_is_a_fault(tmp_path: Path, form: str, damage: str, message: str) -> None:
    lines = lines_of(tmp_path, form)
    first, second = (number for number, line in enumerate(lines) if line.startswith(b"=> Send data"))
    spoilt = {
        "a head is gone": lines[:second] + lines[second + 1 :],
        "only the second half is there": lines[first + 1 :],
        "a head says too little": [line.replace(b"256 bytes (0x100)", b"64 bytes (0x40)") for line in lines],
        "an event is there twice": lines + lines[second:],
    }[damage]
    trace = load(tmp_path, spoilt)
    assert message in trace.faults[0].message
    with pytest.raises(TraceError, match=r"trace\.txt:\d+: "):
        trace.plan().accepting(unknown=True).check()
