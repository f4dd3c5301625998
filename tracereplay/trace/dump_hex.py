"""The dump of ``--trace``: rows of 16 bytes, between text and payload, both ways exact.

All rows that have equally many digits in their offset are equally wide. So the text of a dump is a table
of known width, and its columns are slices with a stride: no row is ever looked at on its own, unless
something is wrong. What was decoded is checked against every other column: offsets, blanks, characters.
Source: curl src/tool_cb_dbg.c, dump(), width 0x10.
"""

from collections.abc import Iterator
from functools import lru_cache

from tracereplay.trace.payload import Payload
from tracereplay.trace.source import Source

ROW_BYTES = 16
_CHARACTERS = bytes(byte if 0x20 <= byte <= 0x7E else 0x2E for byte in range(256))
_CHARACTERS_OLD = _CHARACTERS[:0x7F] + b"\x7f" + _CHARACTERS[0x80:]  # to 7.84.0
_SECOND_ROW = b"0010: "
_MOST_ROWS = 4096


def take(source: Source, size: int, line_end: bytes) -> Payload:
    """Take the dump of ``size`` bytes from ``source``; the payload is shorter where the rows go wrong."""
    parts = []
    for start, rows, digits in _tables(size):
        count = min(rows * ROW_BYTES, size - start)
        whole, rest = divmod(count, ROW_BYTES)
        width = digits + 2 + ROW_BYTES * 4 + len(line_end)
        text = source.peek(whole * width)
        data = _decode(text, start, whole, digits, line_end) if len(text) == whole * width else None
        if data is None:
            parts.append(_take_rows(source, start, whole, line_end))
            if len(parts[-1]) < whole * ROW_BYTES:
                break
        else:
            source.take(len(text))
            parts.append(data)
        if rest:
            parts.append(_take_row(source, start + whole * ROW_BYTES, rest, line_end) or b"")
    return Payload(b"".join(parts))


def write(payload: Payload, line_end: bytes = b"\n") -> bytes:
    """Return the dump of ``payload`` as curl prints it."""
    data = payload.data
    rows = (_row(data[at : at + ROW_BYTES], at, line_end) for at in range(0, len(data), ROW_BYTES))
    return b"".join(rows)


def is_first_row(line: bytes, following: bytes, size: int) -> bool:
    """Return whether ``line`` begins a hex dump of ``size`` bytes, and not an ascii one.

    A row of 16 bytes could be 64 characters of text that look like it: then the line that follows
    tells, for the next offset is 0x10 in a hex dump and at least 0x40 in an ascii one.
    """
    line_end = b"\r\n" if line.endswith(b"\r\n") else b"\n"
    if _parse_row(line, 0, min(size, ROW_BYTES), line_end) is None:
        return False
    return size <= ROW_BYTES or following.startswith(_SECOND_ROW) or _SECOND_ROW.startswith(following)  # torn there


def _tables(size: int) -> Iterator[tuple[int, int, int]]:
    """Yield (first offset, rows, digits of an offset) of the tables that make a dump of ``size`` bytes."""
    start = 0
    while start < size:
        digits = max(4, len(f"{start:x}"))
        rows = min(_MOST_ROWS, -(-(size - start) // ROW_BYTES))
        yield start, rows, digits
        start += rows * ROW_BYTES


def _decode(text: bytes, start: int, rows: int, digits: int, line_end: bytes) -> bytes | None:
    width = digits + 2 + ROW_BYTES * 4 + len(line_end)
    pairs = bytearray(rows * ROW_BYTES * 2)
    first = digits + 2
    for at in range(ROW_BYTES):
        pairs[at * 2 :: 32] = text[first + at * 3 :: width]
        pairs[at * 2 + 1 :: 32] = text[first + at * 3 + 1 :: width]
    try:
        data = bytes.fromhex(pairs.decode("ascii"))
    except ValueError:
        return None
    if len(data) != rows * ROW_BYTES or pairs != pairs.lower():
        return None
    frame = _frame(start, rows, digits, line_end)
    blanks = b" " * rows
    right = (
        all(text[column::width] == expected for column, expected in frame)
        and all(text[first + at * 3 + 2 :: width] == blanks for at in range(ROW_BYTES))
        and (_shows(text, data, _CHARACTERS, width, first) or _shows(text, data, _CHARACTERS_OLD, width, first))
    )
    return data if right else None


def _shows(text: bytes, data: bytes, characters: bytes, width: int, first: int) -> bool:
    shown = data.translate(characters)
    column = first + ROW_BYTES * 3
    return all(text[column + at :: width] == shown[at::ROW_BYTES] for at in range(ROW_BYTES))


@lru_cache(maxsize=8)
def _frame(start: int, rows: int, digits: int, line_end: bytes) -> tuple[tuple[int, bytes], ...]:
    """Return the columns that are the same for every dump of this shape: offsets, colons, line ends."""
    offsets = "".join(f"{start + row * ROW_BYTES:0{digits}x}: " for row in range(rows)).encode()
    columns = [(at, offsets[at :: digits + 2]) for at in range(digits + 2)]
    tail = digits + 2 + ROW_BYTES * 4
    columns += [(tail + at, line_end[at : at + 1] * rows) for at in range(len(line_end))]
    return tuple(columns)


def _take_rows(source: Source, start: int, rows: int, line_end: bytes) -> bytes:
    """Take rows one by one, as far as they are right."""
    parts = []
    for at in range(start, start + rows * ROW_BYTES, ROW_BYTES):
        row = _take_row(source, at, ROW_BYTES, line_end)
        if row is None:
            break
        parts.append(row)
    return b"".join(parts)


def _take_row(source: Source, offset: int, count: int, line_end: bytes) -> bytes | None:
    line = source.peek_line()
    row = _parse_row(line, offset, count, line_end)
    if row is not None:
        source.take(len(line))
    return row


def _parse_row(line: bytes, offset: int, count: int, line_end: bytes) -> bytes | None:
    head = len(f"{offset:04x}: ")
    try:
        data = bytes.fromhex(line[head : head + count * 3].decode("ascii"))
    except ValueError:
        return None
    printed = (_row(data, offset, line_end), _row(data, offset, line_end, _CHARACTERS_OLD))
    return data if len(data) == count and line in printed else None


def _row(data: bytes, offset: int, line_end: bytes, characters: bytes = _CHARACTERS) -> bytes:
    pairs = f"{offset:04x}: {data.hex(' ')} ".encode()
    return pairs + b"   " * (ROW_BYTES - len(data)) + data.translate(characters) + line_end
