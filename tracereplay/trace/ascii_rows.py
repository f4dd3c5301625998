"""Many rows of an ascii dump, looked at together: a row on its own takes ten times as long.

Whatever is odd is left to ``dump_ascii``, which looks at each row. So is always the last of the rows that are
looked at, for only the head of the next one tells whether a CR LF ends it.

An offset of more than four digits begins with what its 64 KiB have in common: that is cut away with the line
end, so that every head is six bytes, and all heads together are a table.
"""

from binascii import unhexlify
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import compress
from operator import itemgetter, ne
from struct import Struct

from tracereplay.trace.payload import KNOWN, UNKNOWN, Payload

ROW_CHARACTERS = 64
_DIGITS = 4
_HEAD_BYTES = _DIGITS + 2
_FULL_BYTES = _HEAD_BYTES + ROW_CHARACTERS
_ENDED_BYTES = ROW_CHARACTERS + 2
_REGION_BYTES = 1 << 16  # so much has the same digits in front of the last four
_FEW_ROWS, _MANY_ROWS = 8, 32

_WRONG = 255
_MARKS = bytes(
    UNKNOWN if byte == 0x2E else KNOWN if 0x20 <= byte <= 0x7F or byte in b"\r\n" else _WRONG for byte in range(256)
)
_SHORT, _FULL, _NO_ROW = 0, 1, 2
_KINDS = bytes(
    _FULL if size == _FULL_BYTES else _SHORT if _HEAD_BYTES <= size < _FULL_BYTES else _NO_ROW for size in range(256)
)
_STEPS = bytes(max(0, size - _HEAD_BYTES + 2) if size < _FULL_BYTES else ROW_CHARACTERS for size in range(256))
_IS_ENDED = bytes(size == _ENDED_BYTES for size in range(256))  # a full row with a CR LF

_LINE_ENDS = (b"\r\n", b"")  # of the kinds above
_OFFSET_COLUMNS = tuple(  # the digits of every offset of a region
    b"".join(bytes((digit,)) * 16 ** (_DIGITS - 1 - column) for digit in b"0123456789abcdef") * 16**column
    for column in range(_DIGITS)
)
_head_of = itemgetter(slice(0, _HEAD_BYTES))
_text_of = itemgetter(slice(_HEAD_BYTES, None))


@dataclass(frozen=True, slots=True)
class Block:
    """What ``rows`` rows show, whose text is ``text_bytes`` long."""

    shown: Payload
    rows: int
    text_bytes: int


def read_block(window: bytes, at: int, size: int, line_end: bytes) -> Block | None:
    """Return the rows that ``window`` begins with, the first of them at offset ``at``.

    None when there are too few of them, or anything is odd.
    """
    high, low = divmod(at, _REGION_BYTES)
    prefix = b"%x" % high if high else b""
    end = min(size - at + low, _REGION_BYTES)
    width = len(prefix) + _FULL_BYTES + len(line_end)
    rows = _full_rows(window, width, line_end)
    if rows >= _FEW_ROWS:  # binary, it seems
        block = _table(window, prefix, range(low, end, ROW_CHARACTERS)[: rows + 1], width)
        return block or _lines(window[: _MANY_ROWS * 2 * width], prefix, low, end, line_end)
    return _lines(window, prefix, low, end, line_end)


def _full_rows(window: bytes, width: int, line_end: bytes) -> int:
    """Return how many rows of this width there are, by their line ends."""
    columns = [(window[at::width], line_end[at - width :][:1]) for at in range(width - len(line_end), width)]
    return min(len(column) - len(column.lstrip(byte)) for column, byte in columns)


def _table(window: bytes, prefix: bytes, offsets: range, width: int) -> Block | None:
    """Read full rows up to the last of these offsets, which no CR LF ends: that is what binary data looks like."""
    heads = len(offsets)
    for at, wanted in _heads(prefix, offsets):
        column = window[at::width][:heads]
        if column != wanted[:heads]:
            heads = next(compress(range(heads), map(ne, column, wanted)), len(column))
    rows = heads - 1
    if rows < 1:
        return None
    head_bytes = len(prefix) + _HEAD_BYTES
    data = b"".join(_texts(window, rows, head_bytes, width))
    shown = _marked(data)
    return Block(shown, rows, rows * width) if shown and b"\r" not in data and b"\n" not in data else None


def _heads(prefix: bytes, offsets: range) -> Iterator[tuple[int, bytes]]:
    """Yield the columns of the heads: where they stand, and what is in them."""
    for at, byte in enumerate(prefix):
        yield at, bytes((byte,)) * len(offsets)
    for at, digits in enumerate(_OFFSET_COLUMNS, len(prefix)):
        yield at, digits[offsets.start : offsets.stop : ROW_CHARACTERS]
    for at, byte in enumerate(b": ", len(prefix) + _DIGITS):
        yield at, bytes((byte,)) * len(offsets)


def _texts(window: bytes, rows: int, head_bytes: int, width: int) -> list[bytes]:
    """Return the texts of the first rows of a table."""
    many = _unpacker(head_bytes, width)
    whole = rows // _MANY_ROWS * _MANY_ROWS
    texts: list[bytes] = []
    for row in range(0, whole, _MANY_ROWS):
        texts += many.unpack_from(window, row * width)
    starts = range(whole * width + head_bytes, rows * width, width)
    return texts + [window[start : start + ROW_CHARACTERS] for start in starts]


@cache
def _unpacker(head_bytes: int, width: int) -> Struct:
    """Return what takes the texts out of many rows."""
    return Struct(f"{head_bytes}x{ROW_CHARACTERS}s{width - head_bytes - ROW_CHARACTERS}x" * _MANY_ROWS)


def _lines(window: bytes, prefix: bytes, low: int, end: int, line_end: bytes) -> Block | None:
    """Read rows of any length. Those that are not full end in CR LF; of a full one the next head tells."""
    if not window.startswith(prefix):
        return None
    lines = _cut(window, prefix, end, line_end)[len(prefix) :].split(line_end + prefix)
    sizes = _sizes(lines)
    offsets = _offsets(lines[: _rows_in(sizes)])
    gaps = _gaps(offsets)
    count = _rows_before(end, offsets, len(gaps) + 1) - 1 if gaps else 0
    if count < 2 or offsets[:2] != low.to_bytes(2, "little"):
        return None
    steps, kinds = sizes[:count].translate(_STEPS), sizes[:count].translate(_KINDS)
    for number in compress(range(count), gaps[:count].translate(_IS_ENDED)):
        if kinds[number] == _FULL:
            steps[number], kinds[number] = _ENDED_BYTES, _SHORT
    if gaps[:count] != steps:
        return None
    texts = list(map(_text_of, lines[:count]))
    data = _joined(texts, kinds)
    shown = _marked(data)
    text_bytes = len(data) - 2 * kinds.count(_SHORT) + count * (len(prefix) + _HEAD_BYTES + len(line_end))
    if shown is None or not _are_lines(texts, window, text_bytes, line_end + prefix):
        return None
    return Block(shown, count, text_bytes)


def _marked(data: bytes) -> Payload | None:
    """Return what the rows show, each dot unknown; None when they show what curl never does."""
    marks = data.translate(_MARKS)
    return None if _WRONG in marks else Payload(data, marks if UNKNOWN in marks else b"")


def _cut(window: bytes, prefix: bytes, end: int, line_end: bytes) -> bytes:
    """Return the window without most of what stands behind the row that the offset ``end`` is in.

    A row begins in any stretch as long as a row: so there is one with the first two digits that are looked for.
    """
    last = window.rfind(b"%s%s%02x" % (line_end, prefix, max(0, end - _ENDED_BYTES - 1) >> 8))
    return window if last < 0 else window[: last + 4 * _FULL_BYTES]


def _sizes(lines: list[bytes]) -> bytearray:
    """Return how long each line is, 255 for what is longer than that."""
    try:
        return bytearray(map(len, lines))
    except ValueError:
        return bytearray(min(len(line), 255) for line in lines)


def _rows_in(sizes: bytearray) -> int:
    """Return how many lines there are before the first that is too short or too long for a row."""
    odd = sizes.translate(_KINDS).find(_NO_ROW)
    return len(sizes) if odd < 0 else odd


def _offsets(lines: list[bytes]) -> bytes:
    """Return the last four digits of the offsets of the rows at the start of ``lines``: two bytes each, low first."""
    heads = b"".join(map(_head_of, lines))
    colons, blanks = heads[_DIGITS::_HEAD_BYTES], heads[_DIGITS + 1 :: _HEAD_BYTES]
    count = len(lines) - max(len(colons.lstrip(b":")), len(blanks.lstrip(b" ")))
    digits = bytearray(count * _DIGITS)
    for column, at in enumerate((2, 3, 0, 1)):
        digits[column::_DIGITS] = heads[at : count * _HEAD_BYTES : _HEAD_BYTES]
    try:
        return unhexlify(digits) if digits == digits.lower() else b""
    except ValueError:
        return b""


def _gaps(offsets: bytes) -> bytes:
    """Return how far each offset is from the next, up to the first that is more than a byte holds.

    All are subtracted at once, as one number. What is borrowed where an offset falls is missing only behind it.
    """
    these, following = (int.from_bytes(some, "little") for some in (offsets[:-2], offsets[2:]))
    gaps = (following - these).to_bytes(len(offsets), "little", signed=True)
    high = gaps[1:-2:2]
    return gaps[: 2 * (len(high) - len(high.lstrip(b"\0"))) : 2]


def _rows_before(end: int, offsets: bytes, rows: int) -> int:
    """Return how many of the first rows, whose offsets rise, are before the offset ``end``."""
    return bisect_left(range(rows), end, key=lambda row: int.from_bytes(offsets[2 * row : 2 * row + 2], "little"))


def _joined(texts: list[bytes], kinds: bytearray) -> bytes:
    """Return the texts, two or more, with a CR LF behind each but those of a row that wraps."""
    if _FULL not in kinds:
        return b"\r\n".join(texts) + b"\r\n"
    parts = [b""] * (2 * len(texts))
    parts[::2] = texts
    parts[1::2] = itemgetter(*kinds)(_LINE_ENDS)
    return b"".join(parts)


def _are_lines(texts: list[bytes], window: bytes, text_bytes: int, line_end: bytes) -> bool:
    """Return whether no text holds a CR or LF."""
    if line_end == b"\n":
        return window.find(b"\r", 0, text_bytes) < 0
    text = b"".join(texts)
    return b"\r" not in text and b"\n" not in text
