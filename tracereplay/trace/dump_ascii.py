"""The dump of ``--trace-ascii``: rows of at most 64 characters, between text and payload.

Two things are not shown. CR LF ends a row and is swallowed: the gap to the next offset, or to the size,
is then two larger than the text is long. Every byte outside 0x20-0x7e is a dot: such a byte is marked.
Source: curl src/tool_cb_dbg.c, dump(), width 0x40.
"""

import re
from collections.abc import Iterator

from tracereplay.trace.ascii_rows import ROW_CHARACTERS, read_block
from tracereplay.trace.payload import KNOWN, UNKNOWN, Payload
from tracereplay.trace.source import Source

_CHARACTERS = bytes(byte if 0x20 <= byte <= 0x7E else 0x2E for byte in range(256))
_CHARACTERS_OLD = _CHARACTERS[:0x7F] + b"\x7f" + _CHARACTERS[0x80:]
_SHOWABLE = bytes(range(0x20, 0x80))  # 0x7f as it is: to 7.84.0
_MARKS = bytes(UNKNOWN if byte == 0x2E else KNOWN for byte in range(256))
_HEAD_BYTES = 24  # more than the offset of any row takes
_LONGEST_ROW_BYTES = _HEAD_BYTES + ROW_CHARACTERS + 2
_FEW_BYTES = 4 * ROW_CHARACTERS
_LEFT_ROWS = 1  # the last of the rows that are looked at; behind a table the row that is shorter
_ALONE_ROWS = 64  # looked at one by one, where looking at many has failed
_WINDOW_BYTES = 1 << 17
_ITEM = re.compile(rb"\d\d:\d\d:\d\d\.|\[\d|== Info: |\* |=> Send |<= Recv ")
_ROW_HEAD = re.compile(rb"([0-9a-f]{4,}): ")


def take(source: Source, size: int, line_end: bytes) -> Payload:
    """Take the dump of ``size`` bytes; its dots are unknown. Shorter where the rows go wrong."""
    pieces = list(_take_rows(source, size, line_end))
    data = b"".join([piece.data for piece in pieces])
    if not any(piece.marks for piece in pieces):
        return Payload(data)
    return Payload(data, b"".join([piece.marks or bytes(len(piece)) for piece in pieces]))


def write(payload: Payload, line_end: bytes = b"\n", *, missing_bytes: int = 0, shows_delete: bool = False) -> bytes:
    """Return the dump of ``payload`` as curl prints it, from 7.85.0 on; ``shows_delete`` as to 7.84.0.

    When the payload is torn, ``missing_bytes`` says how much is not there. Its last row is then left out if
    it could be taken for one that a CR LF ends.
    """
    data = payload.data
    shown = data.translate(_CHARACTERS_OLD if shows_delete else _CHARACTERS)
    rows = []
    at = 0
    while at < len(data):
        end = min(len(data), at + ROW_CHARACTERS)
        swallowed = data.find(b"\r\n", at, end + 2)
        text_end = end if swallowed < 0 else swallowed
        if missing_bytes and text_end == len(data) and (missing_bytes == 2 or text_end < at + ROW_CHARACTERS):
            break
        rows.append(b"%04x: %s%s" % (at, shown[at:text_end], line_end))
        at = text_end if swallowed < 0 else text_end + 2
    return b"".join(rows)


def _take_rows(source: Source, size: int, line_end: bytes) -> Iterator[Payload]:
    """Take rows as far as they are right; yield what they show, with the CR LFs that they do not."""
    at = 0
    alone = 0
    while at < size:
        left = size - at
        if left > _FEW_BYTES and not alone:
            block = read_block(source.peek(min(_WINDOW_BYTES, left + left // 4 + _FEW_BYTES)), at, size, line_end)
            alone = _LEFT_ROWS if block else _ALONE_ROWS
            if block:
                source.skip(block.text_bytes, block.rows)
                yield block.shown
                at += len(block.shown)
                continue
        row = _row(source.peek(_LONGEST_ROW_BYTES + _HEAD_BYTES), at, size, line_end)
        if row is None:
            return
        data, text_bytes = row
        source.skip(text_bytes, 1)
        yield Payload(data, data.translate(_MARKS) if b"." in data else b"")
        at += len(data)
        alone = max(0, alone - 1)


def _row(window: bytes, at: int, size: int, line_end: bytes) -> tuple[bytes, int] | None:
    """Return what the row at the start of ``window`` shows, and how long its text is. None if it is wrong."""
    head = b"%04x: " % at
    end = window.find(line_end, 0, _LONGEST_ROW_BYTES)
    if end < 0 or not window.startswith(head):
        return None
    text = window[len(head) : end]
    if len(text) > ROW_CHARACTERS or text.translate(None, _SHOWABLE):
        return None
    end += len(line_end)
    following = window[end : end + _HEAD_BYTES]
    gap = _gap(following, at + len(text), size, is_full=len(text) == ROW_CHARACTERS)
    return None if gap is None else (text + gap, end)


def _gap(following: bytes, end: int, size: int, *, is_full: bool) -> bytes | None:
    """Return what follows the row that ends at offset ``end``: a CR LF, or nothing. None if neither fits.

    A full row says nothing by itself, and the size only what is left: the offset of the next row tells. Two
    bytes that are left may be a CR LF or a row: without the next item in sight they are unknown.
    """
    wrapped, ended = b"%04x: " % end, b"%04x: " % (end + 2)
    if end >= size:
        return b"" if end == size else None
    if is_full and (following.startswith(wrapped) or wrapped.startswith(following)):
        is_torn = len(following) < len(wrapped)
        return b".." if is_torn and end + 2 == size else b""
    if end + 2 == size:
        if is_full:
            return b"\r\n" if _ITEM.match(following) else b".."
        another = _ROW_HEAD.match(following)
        return None if another and 0 < int(another[1], 16) < size else b"\r\n"
    fits = end + 2 < size and (following.startswith(ended) or ended.startswith(following))
    return b"\r\n" if fits else None
