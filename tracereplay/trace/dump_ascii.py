"""The dump of ``--trace-ascii``: rows of at most 64 characters, between text and payload.

Two things are not shown. CR LF ends a row and is swallowed: the gap to the next offset, or to the size,
is then two larger than the text is long. Every byte outside 0x20-0x7e is a dot: such a byte is marked.
Source: curl src/tool_cb_dbg.c, dump(), width 0x40.
"""

from collections.abc import Iterator

from tracereplay.trace.payload import KNOWN, Payload
from tracereplay.trace.source import Source

ROW_CHARACTERS = 64
_CHARACTERS = bytes(byte if 0x20 <= byte <= 0x7E else 0x2E for byte in range(256))
_SHOWABLE = bytes(range(0x20, 0x80))  # 0x7f as it is: to 7.84.0


def take(source: Source, size: int, line_end: bytes, mark: int) -> Payload:
    """Take the dump of ``size`` bytes; its dots carry ``mark``. Shorter where the rows go wrong."""
    parts: list[bytes] = []
    marks: list[bytes] = []
    table = bytes(mark if byte == 0x2E else KNOWN for byte in range(256))
    for text, gap in _take_rows(source, size, line_end):
        parts += (text, b"\r\n"[:gap])
        marks += (text.translate(table), b"\x00\x00"[:gap])
    all_marks = b"".join(marks)
    return Payload(b"".join(parts), all_marks if any(all_marks) else b"")


def write(payload: Payload, line_end: bytes = b"\n") -> bytes:
    """Return the dump of ``payload`` as curl prints it, from 7.85.0 on."""
    data = payload.data
    shown = data.translate(_CHARACTERS)
    rows = []
    at = 0
    while at < len(data):
        end = min(len(data), at + ROW_CHARACTERS)
        swallowed = data.find(b"\r\n", at, end + 2)
        text_end = end if swallowed < 0 else swallowed
        rows.append(b"%04x: %s%s" % (at, shown[at:text_end], line_end))
        at = text_end if swallowed < 0 else text_end + 2
    return b"".join(rows)


def _take_rows(source: Source, size: int, line_end: bytes) -> Iterator[tuple[bytes, int]]:
    """Take rows as far as they are right; yield the text of each and how much it swallowed: 0 or 2."""
    at = 0
    while at < size:
        line = source.peek_line()
        head = b"%04x: " % at
        text = line[len(head) : -len(line_end)]
        if not (line.startswith(head) and line.endswith(line_end) and len(text) <= ROW_CHARACTERS):
            return
        if text.translate(None, _SHOWABLE):
            return
        gap = _gap(source, len(line), at + len(text), len(text), size)
        if gap is None:
            return
        source.take(len(line))
        yield text, gap
        at += len(text) + gap


def _gap(source: Source, line_bytes: int, end: int, characters: int, size: int) -> int | None:
    """Return 2 if a CR LF follows the row that ends at offset ``end``, 0 if none does, None if neither fits."""
    if end == size:
        return 0
    if characters < ROW_CHARACTERS:
        return 2 if end + 2 <= size else None
    # A full row says nothing by itself: the row that follows does, by its offset.
    following = source.peek(line_bytes + 24)[line_bytes:]
    if following.startswith(b"%04x: " % end):
        return 0
    return 2 if end + 2 == size or following.startswith(b"%04x: " % (end + 2)) else None
