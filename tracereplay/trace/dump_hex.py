"""The dump of ``--trace``: rows of 16 bytes, between text and payload, both ways exact.

All rows that have equally many digits in their offset are equally wide. So the text of a dump is a table
of known width, and its columns are slices with a stride: no row is ever looked at on its own, unless
something is wrong. What was decoded is checked against every other column: offsets, blanks, characters.
Source: curl src/tool_cb_dbg.c, dump(), width 0x10.
"""

from binascii import unhexlify
from collections.abc import Iterator
from functools import cache, lru_cache

from tracereplay.trace.mark import LOOKED_AT_BYTES, Mark, behind_marks_in_dump, take_marks, take_marks_in_dump
from tracereplay.trace.payload import Payload, joined
from tracereplay.trace.reference import Refer, Reference, read_reference
from tracereplay.trace.source import Source

ROW_BYTES = 16
_CHARACTERS = bytes(byte if 0x20 <= byte <= 0x7E else 0x2E for byte in range(256))
_CHARACTERS_OLD = _CHARACTERS[:0x7F] + b"\x7f" + _CHARACTERS[0x80:]  # to 7.84.0
_SECOND_ROW = b"0010: "
_MOST_ROWS = 1024
_FEW_ROWS = 4


def take(
    source: Source, size: int, line_end: bytes, marks: list[Mark] | None = None, refer: Refer | None = None
) -> Payload:
    """Take the dump of ``size`` bytes from ``source``; the payload is shorter where the rows go wrong.

    The marks between its rows are added to ``marks``. ``refer`` gives what a line refers to in the place of rows.
    """
    marks = [] if marks is None else marks
    parts: list[Payload] = []
    at = 0
    while at < size:
        reference = None if refer is None else _take_reference(source, range(at, size), marks)
        if refer is None or reference is None:
            part = Payload(_take_shown(source, range(at, size), line_end, marks))
        else:
            part = refer(reference)
        if not part:
            break
        parts.append(part)
        at += len(part)
    return joined(parts)


def _take_reference(source: Source, offsets: range, marks: list[Mark]) -> Reference | None:
    """Take the line that stands for the next rows, and the marks before it, if it is one."""
    if source.peek(1) != b"#":
        return None
    text = source.peek(LOOKED_AT_BYTES)
    start = behind_marks_in_dump(text)
    end = text.find(b"\n", start) + 1
    reference = read_reference(text[start:end])
    if reference is None or not reference.stands_for(offsets, ROW_BYTES):
        return None
    marks += take_marks(source, start, offsets.start)
    source.take(end - start)
    return reference


def _take_shown(source: Source, offsets: range, line_end: bytes, marks: list[Mark]) -> bytes:
    """Take the rows of the bytes with these offsets as far as they are right."""
    size = offsets.stop
    if len(offsets) < _FEW_ROWS * ROW_BYTES:
        return _take_rows(source, offsets, line_end, marks)
    parts = []
    for start, rows, digits in _tables(offsets):
        count = min(rows * ROW_BYTES, size - start)
        whole, rest = divmod(count, ROW_BYTES)
        width = digits + 2 + ROW_BYTES * 4 + len(line_end)
        text = source.peek(whole * width)
        data = _decode(text, start, whole, line_end) if whole >= _FEW_ROWS and len(text) == whole * width else None
        if data is None:
            parts.append(_take_rows(source, range(start, start + whole * ROW_BYTES), line_end, marks))
            if len(parts[-1]) < whole * ROW_BYTES:
                break
        else:
            source.skip(len(text), whole)
            parts.append(data)
        if rest:
            parts.append(_take_row(source, start + whole * ROW_BYTES, rest, line_end, marks) or b"")
    return b"".join(parts)


def write(payload: Payload, line_end: bytes = b"\n", *, shows_delete: bool = False) -> bytes:
    """Return the dump of ``payload`` as curl prints it, from 7.85.0 on; ``shows_delete`` as to 7.84.0."""
    return b"".join(row for _, row in rows(payload, line_end, shows_delete=shows_delete))


def rows(payload: Payload, line_end: bytes, *, shows_delete: bool) -> Iterator[tuple[int, bytes]]:
    """Yield the rows of the dump, each with its offset."""
    data = payload.data
    characters = _CHARACTERS_OLD if shows_delete else _CHARACTERS
    for at in range(0, len(data), ROW_BYTES):
        yield at, _row(data[at : at + ROW_BYTES], at, line_end, characters)


def text_bytes(size: int) -> int:
    """Return how long the dump of ``size`` bytes is, where a line feed ends its rows."""
    total = start = 0
    while start < size:
        digits = max(4, len(f"{start:x}"))
        count = min(size, 16**digits) - start
        rows, rest = divmod(count, ROW_BYTES)
        width = digits + 2 + ROW_BYTES * 3 + 1
        total += rows * (width + ROW_BYTES) + (width + rest if rest else 0)
        start += count
    return total


def is_first_row(line: bytes, following: bytes, size: int) -> bool:
    """Return whether ``line`` begins a hex dump of ``size`` bytes, and not an ascii one.

    A row of 16 bytes could be 64 characters of text that look like it: then the line that follows
    tells, for the next offset is 0x10 in a hex dump and at least 0x40 in an ascii one.
    """
    if not may_be_first_row(line, size):
        return False
    return size <= ROW_BYTES or following.startswith(_SECOND_ROW) or _SECOND_ROW.startswith(following)  # torn there


def may_be_first_row(line: bytes, size: int) -> bool:
    """Return whether ``line`` by itself could begin a hex dump of ``size`` bytes."""
    line_end = b"\r\n" if line.endswith(b"\r\n") else b"\n"
    return _parse_row(line, 0, min(size, ROW_BYTES), line_end) is not None


def _tables(offsets: range) -> Iterator[tuple[int, int, int]]:
    """Yield (first offset, rows, digits of an offset) of the tables that dump the bytes with these offsets."""
    start = offsets.start
    while start < offsets.stop:
        digits = max(4, len(f"{start:x}"))
        rows_to_edge = _MOST_ROWS - start // ROW_BYTES % _MOST_ROWS  # where the digits can become more
        rows = min(rows_to_edge, -(-(offsets.stop - start) // ROW_BYTES))
        yield start, rows, digits
        start += rows * ROW_BYTES


def _decode(text: bytes, start: int, rows: int, line_end: bytes) -> bytes | None:
    """Return what the whole rows in ``text`` show, the first of them at ``start``; None unless all are right.

    The table is turned: its columns stand one behind the other, and are looked at all at once.
    """
    columns, width = _columns(max(4, len(f"{start:x}")), line_end)
    count = rows * ROW_BYTES
    table = b"".join([text[column::width] for column in columns])
    pairs = bytearray(count * 2)
    pairs[::2] = table[:count]
    pairs[1::2] = table[count : count * 2]
    try:
        turned = unhexlify(pairs)
    except ValueError:
        return None
    shown = table[count * 2 : count * 3]
    right = (
        pairs == pairs.lower()
        and shown in (turned.translate(_CHARACTERS), turned.translate(_CHARACTERS_OLD))
        and table[count * 3 :] == _frame(start, rows, line_end)
    )
    if not right:
        return None
    data = bytearray(count)
    for at in range(ROW_BYTES):
        data[at::ROW_BYTES] = turned[at * rows : (at + 1) * rows]
    return bytes(data)


@cache
def _columns(digits: int, line_end: bytes) -> tuple[tuple[int, ...], int]:
    """Return the columns of a row, by what stands in them, and its width.

    First digits of the bytes, second digits, characters; then what every dump of this shape has: blanks
    behind the digits, the offset with its colon, the line end.
    """
    first = digits + 2
    last = first + ROW_BYTES * 4
    pairs, characters = range(first, first + ROW_BYTES * 3, 3), range(last - ROW_BYTES, last)
    frame = (*(at + 2 for at in pairs), *range(first), *range(last, last + len(line_end)))
    return (*pairs, *(at + 1 for at in pairs), *characters, *frame), last + len(line_end)


@lru_cache(maxsize=8)
def _frame(start: int, rows: int, line_end: bytes) -> bytes:
    """Return the columns of ``rows`` rows that are the same for every dump of this shape."""
    offsets = b"%04x: " * rows % tuple(range(start, start + rows * ROW_BYTES, ROW_BYTES))
    width = len(offsets) // rows
    columns = [offsets[at::width] for at in range(width)]
    return b"".join([b" " * (rows * ROW_BYTES), *columns, *(bytes((byte,)) * rows for byte in line_end)])


def _take_rows(source: Source, offsets: range, line_end: bytes, marks: list[Mark]) -> bytes:
    """Take the rows of the bytes with these offsets one by one, as far as they are right."""
    parts = []
    for at in offsets[::ROW_BYTES]:
        row = _take_row(source, at, min(ROW_BYTES, offsets.stop - at), line_end, marks)
        if row is None:
            break
        parts.append(row)
    return b"".join(parts)


def _take_row(source: Source, offset: int, count: int, line_end: bytes, marks: list[Mark]) -> bytes | None:
    line = source.peek_line()
    if line.startswith(b"#"):
        marks += take_marks_in_dump(source, offset)
        line = source.peek_line()
    row = _parse_row(line, offset, count, line_end)
    if row is not None:
        source.skip(len(line), 1)
    return row


def _parse_row(line: bytes, offset: int, count: int, line_end: bytes) -> bytes | None:
    head = len(f"{offset:04x}: ")
    try:
        data = bytes.fromhex(line[head : head + count * 3].decode("ascii"))
    except ValueError:
        return None
    if len(data) != count:
        return None
    is_right = line == _row(data, offset, line_end) or line == _row(data, offset, line_end, _CHARACTERS_OLD)
    return data if is_right else None


def _row(data: bytes, offset: int, line_end: bytes, characters: bytes = _CHARACTERS) -> bytes:
    pairs = f"{offset:04x}: {data.hex(' ')} ".encode()
    return pairs + b"   " * (ROW_BYTES - len(data)) + data.translate(characters) + line_end
