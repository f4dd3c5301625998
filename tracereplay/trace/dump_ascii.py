"""The dump of ``--trace-ascii``: rows of at most 64 characters, between text and payload.

Two things are not shown. CR LF ends a row and is swallowed: the gap to the next offset, or to the size,
is then two larger than the text is long. Every byte outside 0x20-0x7e is a dot: such a byte is marked.
Source: curl src/tool_cb_dbg.c, dump(), width 0x40.

Where the body goes to the same stream it stands behind the dump, and may begin like a row. Only the last row can
be mistaken so, for the dump of a size goes on to that size.
"""

import re
from collections.abc import Iterator

from tracereplay.trace import dump_hex
from tracereplay.trace.ascii_rows import ROW_CHARACTERS, read_block
from tracereplay.trace.mark import Mark, behind_marks, take_marks_in_dump, without_marks
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
_FEW_CHARACTERS = 10  # enough to tell an item
_ALONE_ROWS = 64  # looked at one by one, where looking at many has failed
_WINDOW_BYTES = 1 << 17
_ITEM = re.compile(rb"\d\d:\d\d:\d\d\.|\[\d|== Info: |\* |=> Send |<= Recv ")
_SECOND_ROWS = (b"0040: ", b"0042: ")  # behind a full one, without CR LF and with it
_ROW_HEAD = re.compile(rb"([0-9a-f]{4,}): ")


def take(source: Source, size: int, line_end: bytes, marks: list[Mark] | None = None) -> Payload:
    """Take the dump of ``size`` bytes; its dots are unknown. Shorter where the rows go wrong.

    The marks between its rows are added to ``marks``.
    """
    pieces: list[Payload] = []
    left = size
    for piece in _take_rows(source, size, line_end, [] if marks is None else marks):
        pieces.append(piece)
        left -= len(piece)
        if left == 2 and (last := _last_bytes(source, pieces, size, line_end)):
            pieces.append(Payload(last, last.translate(_MARKS) if b"." in last else b""))
            break
    data = b"".join([piece.data for piece in pieces])
    if not any(piece.marks for piece in pieces):
        return Payload(data)
    return Payload(data, b"".join([piece.marks or bytes(len(piece)) for piece in pieces]))


def is_first_row(line: bytes, following: bytes, size: int) -> bool:
    """Return whether ``line`` begins an ascii dump of ``size`` bytes, and not a hex one: see ``may_be_first_row``."""
    is_hex = dump_hex.may_be_first_row(line, size)
    return may_be_first_row(line, size) and (not is_hex or following.startswith(_SECOND_ROWS))


def may_be_first_row(line: bytes, size: int) -> bool:
    """Return whether ``line`` could begin an ascii dump of ``size`` bytes: a row shows no more than there are."""
    return line.startswith(b"0000: ") and len(line.rstrip(b"\r\n")) - 6 <= min(size, ROW_CHARACTERS)


def write(payload: Payload, line_end: bytes = b"\n", *, missing_bytes: int = 0, shows_delete: bool = False) -> bytes:
    """Return the dump of ``payload`` as curl prints it, from 7.85.0 on; ``shows_delete`` as to 7.84.0.

    When the payload is torn, ``missing_bytes`` says how much is not there. Its last row is then left out if
    it could be taken for one that a CR LF ends.
    """
    found = rows(payload, line_end, missing_bytes=missing_bytes, shows_delete=shows_delete)
    return b"".join(row for _, row in found)


def rows(
    payload: Payload, line_end: bytes, *, missing_bytes: int = 0, shows_delete: bool
) -> Iterator[tuple[int, bytes]]:
    """Yield the rows of the dump, each with its offset."""
    data = payload.data
    shown = data.translate(_CHARACTERS_OLD if shows_delete else _CHARACTERS)
    at = 0
    while at < len(data):
        end = min(len(data), at + ROW_CHARACTERS)
        swallowed = data.find(b"\r\n", at, end + 2)
        text_end = end if swallowed < 0 else swallowed
        if missing_bytes and text_end == len(data) and (missing_bytes == 2 or text_end < at + ROW_CHARACTERS):
            break
        yield at, b"%04x: %s%s" % (at, shown[at:text_end], line_end)
        at = text_end if swallowed < 0 else text_end + 2


def _take_rows(source: Source, size: int, line_end: bytes, marks: list[Mark]) -> Iterator[Payload]:
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
        window = source.peek(2 * _LONGEST_ROW_BYTES)
        if window.startswith(b"#"):
            marks += take_marks_in_dump(source, at)
            window = source.peek(2 * _LONGEST_ROW_BYTES)
        row = _row(_with_row_behind_marks(source, window), at, size, line_end)
        if row is None:
            return
        data, text_bytes = row
        source.skip(text_bytes, 1)
        yield Payload(data, data.translate(_MARKS) if b"." in data else b"")
        at += len(data)
        alone = max(0, alone - 1)


def _with_row_behind_marks(source: Source, window: bytes) -> bytes:
    """Return ``window``, long enough for the row behind the marks that stand behind its first one."""
    first = window.find(b"\n")
    if not window.startswith(b"#", first + 1):
        return window
    text = source.peek(_WINDOW_BYTES)
    return text[: behind_marks(text, first + 1) + _LONGEST_ROW_BYTES]


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
    following = window[end:]
    if at == 0 and len(text) + 2 == size and text and following.startswith(text):
        return text + b"\r\n", end  # the line itself, that looks like a row
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
    behind = without_marks(following)
    if is_full and (behind.startswith(wrapped) or wrapped.startswith(behind)):
        is_torn = len(behind) < len(wrapped)
        return b".." if is_torn and end + 2 == size else b""
    if end + 2 == size:
        if is_full:
            return b"\r\n" if _ITEM.match(behind) else b".."
        return None if _is_last_row(following, size) else b"\r\n"
    fits = end + 2 < size and (behind.startswith(ended) or ended.startswith(behind))
    return b"\r\n" if fits else None


def _is_last_row(following: bytes, size: int) -> bool:
    """Return whether a row stands there that ends a dump of ``size`` bytes: then the one before it was changed."""
    head = _ROW_HEAD.match(following)
    if head is None or not 0 < int(head[1], 16) < size:
        return False
    line = following[head.end() :].partition(b"\n")[0].removesuffix(b"\r")
    return int(head[1], 16) + len(line) in (size, size - 2)


def _last_bytes(source: Source, pieces: list[Payload], size: int, line_end: bytes) -> bytes:
    """Return the last two bytes, where what looks like their row may be the body itself; else nothing.

    ``pieces`` show all but these two, which are a CR LF if the body stands there. Both may be so: then they are
    unknown.
    """
    before = b"".join([piece.data for piece in pieces])
    head = b"%04x: " % (size - 2)
    start = before.find(head)
    if start < 0 or before.endswith(b"\r\n"):
        return b""
    ahead = source.peek(size + _LONGEST_ROW_BYTES)
    end = ahead.find(line_end) + len(line_end)
    row = _row(ahead[:end], size - 2, size, line_end) if end >= len(line_end) else None
    body = before[start:] + b"\r\n"
    following = ahead[end:]
    is_body = _begins_alike(body[:end], ahead) and _begins_alike(body[end : end + _FEW_CHARACTERS], following)
    is_chunk = start > 0 and _begins_alike(body[:end], ahead) and body.startswith(b"\r\n", end)
    if row is not None and line_end == b"\r\n" and _begins_alike(body[: end - 2], ahead):
        return b".."  # nothing tells how the lines of the body end there
    if row is not None and not is_body and not is_chunk:
        return b""
    if row is not None and (not following or _ITEM.match(following) or following.startswith(ahead[:end])):
        return b".."
    return b"\r\n" if _begins_alike(body, ahead) else b"" if row is None else b".."


def _begins_alike(body: bytes, text: bytes) -> bool:
    """Return whether ``body`` may stand at the start of ``text``, or what is left of it."""
    return body.translate(_CHARACTERS).startswith(text[: len(body)].translate(_CHARACTERS))
