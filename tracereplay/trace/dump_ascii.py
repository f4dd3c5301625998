"""The dump of ``--trace-ascii``: rows of at most 64 characters, between text and payload.

Two things are not shown. CR LF ends a row and is swallowed: the gap to the next offset, or to the size,
is then two larger than the text is long. Every byte outside 0x20-0x7e is a dot: such a byte is marked.
Source: curl src/tool_cb_dbg.c, dump(), width 0x40.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

from tracereplay.trace.payload import KNOWN, UNKNOWN, Payload
from tracereplay.trace.source import Source

ROW_CHARACTERS = 64
_CHARACTERS = bytes(byte if 0x20 <= byte <= 0x7E else 0x2E for byte in range(256))
_SHOWABLE = bytes(range(0x20, 0x80))  # 0x7f as it is: to 7.84.0
_MARKS = bytes(UNKNOWN if byte == 0x2E else KNOWN for byte in range(256))
_HEAD_BYTES = 24  # more than the offset of any row takes
_LONGEST_ROW_BYTES = _HEAD_BYTES + ROW_CHARACTERS + 2
_FEW_BYTES = 2 * ROW_CHARACTERS
_WINDOW_BYTES = 1 << 16
_ITEM = re.compile(rb"\d\d:\d\d:\d\d\.|\[\d|== Info: |\* |=> Send |<= Recv ")
_ROW_HEAD = re.compile(rb"([0-9a-f]{4,}): ")


def take(source: Source, size: int, line_end: bytes) -> Payload:
    """Take the dump of ``size`` bytes; its dots are unknown. Shorter where the rows go wrong."""
    parts: list[bytes] = []
    marks: list[bytes] = []
    for data in _take_rows(source, size, line_end):
        parts.append(data)
        marks.append(data.translate(_MARKS))
    all_marks = b"".join(marks)
    return Payload(b"".join(parts), all_marks if UNKNOWN in all_marks else b"")


def write(payload: Payload, line_end: bytes = b"\n", *, missing_bytes: int = 0) -> bytes:
    """Return the dump of ``payload`` as curl prints it, from 7.85.0 on.

    When the payload is torn, ``missing_bytes`` says how much is not there. Its last row is then left out if
    it could be taken for one that a CR LF ends.
    """
    data = payload.data
    shown = data.translate(_CHARACTERS)
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


def _take_rows(source: Source, size: int, line_end: bytes) -> Iterator[bytes]:
    """Take rows as far as they are right; yield what they show, with the CR LFs that they do not."""
    at = 0
    while at < size:
        left = size - at
        window = source.peek(min(_WINDOW_BYTES, _LONGEST_ROW_BYTES * (2 + left // 2)))  # an empty line is 2 bytes
        rows = _many_rows(window, at, size, line_end) if left > _FEW_BYTES else None
        rows = rows or _row(window, at, size, line_end)
        if rows is None:
            return
        data, text_bytes = rows
        source.take(text_bytes)
        yield data
        at += len(data)


def _many_rows(window: bytes, at: int, size: int, line_end: bytes) -> tuple[bytes, int] | None:
    """Return what the rows at the start of ``window`` show, and how long their text is.

    The rows are looked at together, which takes a tenth of the time. The last one is left out, for it takes
    the head of the next to know what ends it. None if there is anything odd: ``_row`` finds it.
    """
    digits = max(4, len(f"{at:x}"))
    lines = window.split(line_end)
    colons = b"".join([line[digits : digits + 2] for line in lines])
    del lines[(len(colons) - len(colons.lstrip(b": "))) // 2 :]
    try:
        offsets = [int(line[:digits], 16) for line in lines]
    except ValueError:
        return None
    count = bisect_left(offsets, size) - 1
    if count < 1 or offsets[0] != at:
        return None
    texts = [line[digits + 2 :] for line in lines[:count]]
    gaps = [end - start - len(text) for start, end, text in zip(offsets, offsets[1:], texts, strict=False)]
    text = b"".join(texts)
    heads = b"".join([line[: digits + 2] for line in lines[:count]])
    wrapped = gaps.count(0)
    is_right = (
        wrapped + gaps.count(2) == count
        and wrapped
        == len([None for gap, text in zip(gaps, texts, strict=True) if not gap and len(text) == ROW_CHARACTERS])
        and len(max(texts, key=len)) <= ROW_CHARACTERS
        and not text.translate(None, _SHOWABLE)
        and heads == b"%04x: " * count % tuple(offsets[:count])
    )
    if not is_right:
        return None
    text_bytes = len(heads) + len(text) + len(line_end) * count
    if wrapped < count:
        text = b"".join([text + b"\r\n" if gap else text for text, gap in zip(texts, gaps, strict=True)])
    return text, text_bytes


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
