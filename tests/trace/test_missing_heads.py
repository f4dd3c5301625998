"""Whole events that are missing, or there twice: as far as the text tells, the trace is not played."""

from pathlib import Path

import pytest

from tests.traces import make_trace
from tracereplay.errors import TraceError
from tracereplay.library import Trace
from tracereplay.trace.convert import Conversion

FIXTURES = Path(__file__).parents[2] / "fixtures" / "traces"
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
        ("the first head is gone, behind information", "rows of a dump stand without their head"),
        ("the first head and rows are gone, behind information", "rows of a dump stand without their head"),
        ("the first head cannot be read", "the head of an event cannot be read"),
        ("only the second half is there", "rows of a dump stand without their head"),
        ("a head says too little", "rows of a dump stand without their head"),
        ("an event is there twice", "and its head announces 512: some are here twice"),
    ],
)
def test_it_is_a_fault(tmp_path: Path, form: str, damage: str, message: str) -> None:
    lines = lines_of(tmp_path, form)
    first, second = (number for number, line in enumerate(lines) if line.startswith(b"=> Send data"))
    head = lines.index(next(line for line in lines if line.startswith(b"=> Send header")))
    spoilt = {
        "a head is gone": lines[:second] + lines[second + 1 :],
        "the first head is gone, behind information": lines[:head] + lines[head + 1 :],
        "the first head and rows are gone, behind information": lines[:head] + lines[head + 2 :],
        "the first head cannot be read": [line.replace(b"=> Send header, ", b"=> Sent header, ") for line in lines],
        "only the second half is there": lines[first + 1 :],
        "a head says too little": [line.replace(b"256 bytes (0x100)", b"64 bytes (0x40)") for line in lines],
        "an event is there twice": lines + lines[second:],
    }[damage]
    trace = load(tmp_path, spoilt)
    assert message in trace.faults[0].message
    with pytest.raises(TraceError, match=r"trace\.txt:\d+: "):
        trace.plan().accepting(unknown=True).check()


@pytest.mark.parametrize("name", ["8.2.1-post_form-ascii", "8.14.1-multipart_text-hex-time-ids"])
def test_a_real_trace_without_one_of_its_heads_is_a_fault(name: str, tmp_path: Path) -> None:
    lines = (FIXTURES / name / "trace.txt").read_bytes().splitlines(keepends=True)
    heads = [at for at, line in enumerate(lines) if b" bytes (0x" in line and b"(0x2)" not in line]
    for at in heads:
        trace = load(tmp_path, lines[:at] + lines[at + 1 :])
        assert "damaged" in [one.code for one in trace.faults], lines[at]
        with pytest.raises(TraceError):
            Conversion.of(trace, "ascii")


@pytest.mark.parametrize("rest", ["0000: x'", "0000: x\n0001: y'", "second line'"])
def test_what_information_quotes_is_no_row(rest: str, tmp_path: Path) -> None:
    said = f"== Info: Server auth using Basic with user 'joe\n{rest}\n"
    trace = load(tmp_path, [said.encode(), *lines_of(tmp_path, "ascii")])
    assert not trace.faults
