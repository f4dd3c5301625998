"""Line ends that differ within a dump, as where a part was pasted: refused, with the line and with what helps."""

from pathlib import Path
from shlex import quote

import pytest

from tests.trace.reading import DATA, HEADER, event, info, text_of
from tracereplay.errors import TraceError
from tracereplay.trace.doubts import refuse_unsound
from tracereplay.trace.event import Direction, Item
from tracereplay.trace.reader import Form
from tracereplay.trace.trace import Trace

BODY = bytes(range(0x41, 0x5B)) * 10
ITEMS: list[Item] = [
    info("x"),
    event(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 260\r\n\r\n", HEADER),
    event(BODY, DATA),
]
LF, CR_LF = b"\n", b"\r\n"


def load(folder: Path, lines: list[bytes]) -> Trace:
    path = folder / "trace.txt"
    path.write_bytes(b"".join(lines))
    return Trace.load(path)


@pytest.mark.parametrize("form", ["hex", "ascii"])
@pytest.mark.parametrize(("before", "after"), [(LF, CR_LF), (CR_LF, LF)], ids=["LF first", "CR LF first"])
def test_the_line_that_ends_otherwise_is_named(tmp_path: Path, form: Form, before: bytes, after: bytes) -> None:
    lines = text_of([*ITEMS, info("y")], form).splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith(b"=> Send data"))
    changed = [line + (after if number >= head + 3 else before) for number, line in enumerate(lines)]
    trace = load(tmp_path, changed)
    (fault,) = trace.faults
    names = {LF: "LF", CR_LF: "CR LF"}
    assert (fault.line, fault.code) == (head + 1, "damaged")
    assert fault.message == (
        f"line {head + 4} ends in {names[after]}, and the head of its dump in {names[before]}:"
        " the text was pasted or edited"
    )
    with pytest.raises(TraceError, match=f"txt:{head + 1}: line {head + 4} ends in ") as refused:
        refuse_unsound(trace, trace.conversations[0], Direction.SENT)
    assert refused.value.hint == f"make the line ends alike: sed 's/\\r$//' {quote(trace.name)} > even.txt"
    even = load(tmp_path, [line + LF for line in lines])
    assert [one.payload.data for one in even.events(0)][1] == BODY


def test_a_row_that_is_missing_is_still_said_to_be_missing(tmp_path: Path) -> None:
    lines = text_of([*ITEMS, info("y")], "hex").splitlines(keepends=True)
    (fault,) = load(tmp_path, lines[:-4] + lines[-3:]).faults
    assert fault.message.startswith("a dump ends early, and the trace goes on")


def test_line_ends_that_differ_between_dumps_do_not_matter(tmp_path: Path) -> None:
    first, second = text_of(ITEMS[:2]), text_of(ITEMS[2:])
    trace = load(tmp_path, [first, second.replace(LF, CR_LF)])
    assert (trace.faults, [one.payload.data for one in trace.events(0)][1]) == ((), BODY)
