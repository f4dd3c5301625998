"""Many rows of an ascii dump, looked at together: a row on its own takes ten times as long.

Whatever is odd is left to ``dump_ascii``, which looks at each row. So is always the last of the rows that are
looked at, for only the head of the next one tells whether a CR LF ends it.

An offset of more than four digits begins with what its 64 KiB have in common: that is cut away with the line
end, so that every head is six bytes, and all heads together are a table.
"""

from array import array
from binascii import hexlify, unhexlify
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import compress
from operator import itemgetter, sub
from struct import Struct
from sys import byteorder

from tracereplay.trace.payload import KNOWN, UNKNOWN

ROW_CHARACTERS = 64
_DIGITS = 4
_HEAD_BYTES = _DIGITS + 2
_FULL_BYTES = _HEAD_BYTES + ROW_CHARACTERS
_ENDED_BYTES = ROW_CHARACTERS + 2
_REGION_BYTES = 1 << 16  # so much has the same digits in front of the last four
_SOME_ROWS, _MANY_ROWS = 8, 32

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

_head_of = itemgetter(slice(0, _HEAD_BYTES))
_text_of = itemgetter(slice(_HEAD_BYTES, None))


@dataclass(frozen=True, slots=True)
class Block:
    """What ``rows`` rows show, whose text is ``text_bytes`` long; ``marks`` as in a Payload."""

    data: bytes
    marks: bytes
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
    ends = window[width - 1 :: width]
    offsets = range(low, end, ROW_CHARACTERS)[: len(ends) - len(ends.lstrip(b"\n"))]
    if len(offsets) >= _MANY_ROWS and (block := _table(window, prefix, offsets, line_end)):
        return block
    if len(offsets) >= _SOME_ROWS:  # binary, it seems, but for a row: read on from there as a table
        window = window[: _MANY_ROWS * 2 * width]
    return _lines(window, prefix, low, end, line_end)


def _table(window: bytes, prefix: bytes, offsets: range, line_end: bytes) -> Block | None:
    """Read full rows at these offsets, which no CR LF ends: that is what binary data looks like."""
    head_bytes = len(prefix) + _HEAD_BYTES
    width = head_bytes + ROW_CHARACTERS + len(line_end)
    count = len(offsets)
    frame = (*range(head_bytes), *range(width - len(line_end), width))
    if b"".join([window[column::width][:count] for column in frame]) != _frame(prefix, offsets, line_end):
        return None
    rows = count - 1
    data = b"".join(_texts(window, rows, head_bytes, width))
    marks = data.translate(_MARKS)
    if _WRONG in marks or b"\r" in data or b"\n" in data:
        return None
    return Block(data, marks, rows, rows * width)


@lru_cache(maxsize=8)
def _frame(prefix: bytes, offsets: range, line_end: bytes) -> bytes:
    """Return the columns that hold no text: offsets, colons, blanks, line ends."""
    digits = hexlify(_swapped(array("H", offsets)))
    columns = [digits[column::_DIGITS] for column in range(_DIGITS)]
    before, behind = ([bytes((byte,)) * len(offsets) for byte in text] for text in (prefix, b": " + line_end))
    return b"".join([*before, *columns, *behind])


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
    lines = window[len(prefix) :].split(line_end + prefix)
    sizes = _sizes(lines)
    offsets = _offsets(lines[: _rows_in(sizes)])
    count = bisect_left(offsets, end) - 1
    if count < 1 or offsets[0] != low or not window.startswith(prefix):
        return None
    try:
        gaps = bytes(map(sub, offsets[1 : count + 1], offsets))
    except ValueError:
        return None
    steps, kinds = sizes[:count].translate(_STEPS), sizes[:count].translate(_KINDS)
    for number in compress(range(count), gaps.translate(_IS_ENDED)):
        if kinds[number] == _FULL:
            steps[number], kinds[number] = _ENDED_BYTES, _SHORT
    if gaps != steps:
        return None
    wrapped = list(compress(range(count), kinds))
    texts = list(map(_text_of, lines[:count]))
    data = _joined(texts, [offsets[number + 1] - low for number in wrapped])
    marks = data.translate(_MARKS)
    text_bytes = len(data) - 2 * (count - len(wrapped)) + count * (len(prefix) + _HEAD_BYTES + len(line_end))
    if _WRONG in marks or not _are_lines(texts, window, text_bytes, line_end + prefix):
        return None
    return Block(data, marks, count, text_bytes)


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


def _offsets(lines: list[bytes]) -> Sequence[int]:
    """Return the last four digits of the offsets of the rows that ``lines`` begin with."""
    heads = b"".join(map(_head_of, lines))
    colons, blanks = heads[_DIGITS::_HEAD_BYTES], heads[_DIGITS + 1 :: _HEAD_BYTES]
    count = len(lines) - max(len(colons.lstrip(b":")), len(blanks.lstrip(b" ")))
    digits = bytearray(count * _DIGITS)
    for column in range(_DIGITS):
        digits[column::_DIGITS] = heads[column : count * _HEAD_BYTES : _HEAD_BYTES]
    try:
        offsets = array("H", unhexlify(digits))
    except ValueError:
        return ()
    return _swapped(offsets).tolist() if digits == digits.lower() else ()


def _swapped(offsets: "array[int]") -> "array[int]":
    """Return ``offsets`` with the other byte order where that of the machine is not that of the digits."""
    if byteorder == "little":
        offsets.byteswap()
    return offsets


def _joined(texts: list[bytes], wrapped: list[int]) -> bytes:
    """Return the texts with a CR LF behind each, but for those that end at the offsets ``wrapped``."""
    data = b"\r\n".join(texts) + b"\r\n"
    if not wrapped:
        return data
    ends = [end + 2 * number for number, end in enumerate(wrapped)]
    begins = [0, *(end + 2 for end in ends)]
    return b"".join([data[begin:end] for begin, end in zip(begins, (*ends, len(data)), strict=True)])


def _are_lines(texts: list[bytes], window: bytes, text_bytes: int, line_end: bytes) -> bool:
    """Return whether no text holds a CR or LF."""
    if line_end == b"\n":
        return window.find(b"\r", 0, text_bytes) < 0
    text = b"".join(texts)
    return b"\r" not in text and b"\n" not in text
