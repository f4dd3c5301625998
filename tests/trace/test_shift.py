"""Marks in the other form: each stays at its byte."""

from pathlib import Path

import pytest

from tests.trace.reading import SENT, event, text_of
from tracereplay.trace.convert import Conversion
from tracereplay.trace.trace import Trace

HEAD = b"POST / HTTP/1.1\r\nHost: h\r\nX: 1\r\nContent-Length: 150\r\n\r\n"
BODY = b"a" * 70 + b"\r\n" + b"b" * 78
MARKS = {
    0x00: b"#: cut start\n",
    0x10: b"# why\n#: cut  first +3 rst \n",
    0x20: b"#: pause +2 10ms\n#: mark m\n#: pause p 10ms\n",
    0x30: b"#: redacted Cookie -4\n#: default cut first\n",
}


def marked(folder: Path, line_end: bytes = b"\n") -> Trace:
    text = b""
    for one in (event(HEAD, direction=SENT), event(BODY, direction=SENT)):
        for line in text_of([one], "hex").splitlines(keepends=True):
            offset = int(line[:4], 16) if line[4:6] == b": " else None
            text += MARKS.get(offset, b"") if offset is not None and one.payload.data is HEAD else b""
            text += b"#: cut late +5\n" if offset == 0x80 else b""
            text += line
    path = folder / "trace.txt"
    path.write_bytes(text.replace(b"\n", line_end))
    return Trace.load(path)


def told(trace: Trace) -> list[tuple[object, ...]]:
    marks = trace.conversations[0].marks
    return sorted(
        (mark.at if mark.what != "default" else 0, mark.what, mark.name or "", mark.way or "", mark.duration_ns or 0)
        for mark in marks
    )


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_marks_stay_at_their_bytes_there_and_back(line_end: bytes, tmp_path: Path) -> None:
    trace = marked(tmp_path, line_end)
    assert not [one for one in trace.warnings if one.code == "mark"]
    ascii_path, back = tmp_path / "ascii.txt", tmp_path / "back.txt"
    ascii_path.write_bytes(b"".join(Conversion.of(trace, "ascii").text()))
    shown = Trace.load(ascii_path)
    assert told(shown) == told(trace)
    back.write_bytes(b"".join(Conversion.of(shown, "hex", keeps_unknown=True).text()))
    assert told(Trace.load(back)) == told(trace)
    assert back.read_bytes().count(b"# why" + line_end) == 1


def test_the_number_is_put_before_the_way_and_the_time(tmp_path: Path) -> None:
    text = b"".join(Conversion.of(marked(tmp_path), "ascii").text())
    lines = [line for line in text.decode().splitlines() if line.startswith("#")]
    assert lines == [
        "#: cut start",
        "# why",
        "#: cut  first +2 rst ",
        "#: pause +2 10ms",
        "#: mark m",
        "#: pause p 10ms",
        "#: redacted Cookie +12",
        "#: default cut first",
        "#: cut late +61",
    ]
