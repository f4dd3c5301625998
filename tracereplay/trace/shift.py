"""The marks of an event among the rows of another form: each stays at its byte, with ``+N`` from another row."""

import re
from bisect import bisect_right
from dataclasses import replace

from tracereplay.errors import PlanError
from tracereplay.trace.event import Direction, Event
from tracereplay.trace.mark import Mark
from tracereplay.trace.meaning import read_meaning

_SHIFT = re.compile(rb"[ \t]+[+-][0-9]+(?![^ \t\r\n])")
_LAST_WORD = re.compile(rb"[ \t]+[^ \t\r\n]+[ \t]*\r?\n?\Z")
_END = re.compile(rb"[ \t]*\r?\n?\Z")


def moved_to_rows(event: Event, offsets: list[int]) -> Event:
    """Return the event with its marks before those rows, by their ``offsets``, that hold their bytes."""
    is_sent = event.direction is Direction.SENT and event.is_payload
    moved = [_moved(mark, offsets, len(event.payload), is_sent=is_sent) for mark in event.marks]
    return replace(event, marks=tuple(sorted(moved, key=lambda mark: mark.at)))


def _moved(mark: Mark, offsets: list[int], size: int, *, is_sent: bool) -> Mark:
    own = replace(mark, at=_row(offsets, mark.at))
    if mark.is_comment or not is_sent:
        return own
    try:
        meaning = read_meaning(mark.text)
    except PlanError:
        return own
    if meaning.what == "default":
        return own
    byte = mark.at + meaning.shift
    row = _row(offsets, byte) if 0 <= byte <= size else own.at
    is_last = meaning.way is None and meaning.what != "pause"
    return Mark(mark.line, _with_shift(mark.text, byte - row, is_last=is_last), row)


def _row(offsets: list[int], at: int) -> int:
    return offsets[max(bisect_right(offsets, at) - 1, 0)] if offsets else at


def _with_shift(text: bytes, shift: int, *, is_last: bool) -> bytes:
    """Return the line of a mark with another ``+N``, which is its last word unless a way or a time comes behind it."""
    written = b" %+d" % shift if shift else b""
    if _SHIFT.search(text):
        return _SHIFT.sub(written, text, count=1)
    behind = (_END if is_last else _LAST_WORD).search(text)
    assert behind is not None
    return text[: behind.start()] + written + text[behind.start() :]
