"""Marks that are put into the text of a trace, and taken out: lines come and go, and no other byte changes."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from tracereplay.trace.event import Direction
from tracereplay.trace.trace import Trace

_ROW = re.compile(rb"([0-9a-f]{4,}): ")


@dataclass(frozen=True, slots=True)
class Spot:
    """A byte as the text shows it: ``offset`` bytes into the dump of the event whose head stands at ``line``."""

    line: int
    offset: int


@dataclass(frozen=True, slots=True)
class Wording:
    """What a new mark says: ``before`` and ``behind`` the ``+N`` for a byte within a row; ``more`` lines follow."""

    before: str
    behind: str = ""
    more: tuple[str, ...] = ()

    def lines(self, shift: int, line_end: bytes) -> Iterator[bytes]:
        """Yield the lines, for a byte that is so far behind the first of its row."""
        for text in (f"{self.before}{f' +{shift}' if shift else ''}{self.behind}", *self.more):
            yield text.encode() + line_end


def spot_of(trace: Trace, connection: int, at: int) -> Spot:
    """Return where the byte stands that is sent behind ``at`` others, or the end of what is sent."""
    sent, last = 0, None
    for event in trace.events(connection):
        if event.direction is Direction.SENT and event.payload.data:
            last = Spot(event.line, at - sent)
            sent += len(event.payload)
            if at < sent:
                break
    assert last is not None
    return last


def with_marks(
    lines: Iterable[bytes], without: Collection[int], spot: Spot | None, wording: Wording
) -> Iterator[bytes]:
    """Yield the lines, but for those whose numbers are in ``without``, with a mark more at ``spot``."""
    row: int | None = None
    held: list[bytes] = []  # the row that the mark may stand before, and marks behind it
    line_end = b"\n"
    for number, line in enumerate(lines, 1):
        kept = [] if number in without else [line]
        if spot is None or number < spot.line:
            yield from kept
            continue
        if number == spot.line:
            line_end = b"\r\n" if line.endswith(b"\r\n") else b"\n"
            yield from kept
            continue
        found = _ROW.match(line)
        offset = int(found[1], 16) if found else None
        if offset is not None and (row is None or row < offset) and offset <= spot.offset:
            yield from held
            row, held = offset, kept
        elif line.startswith(b"#"):
            held += kept
        else:
            yield from _put(wording, spot, row, line_end)
            yield from held
            yield from kept
            spot, held = None, []
    if spot is not None:
        yield from _put(wording, spot, row, line_end)
        yield from held


def _put(wording: Wording, spot: Spot, row: int | None, line_end: bytes) -> Iterator[bytes]:
    return wording.lines(spot.offset - (row or 0), line_end)
