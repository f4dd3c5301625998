"""The marks of an edited trace: each line stands beside the byte that it means, wherever that is now."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from tracereplay.plan.plan import Plan
from tracereplay.trace.event import Direction, Event
from tracereplay.trace.mark import Mark

_SHIFT = re.compile(rb"[ \t]+[+-][0-9]{1,19}(?=[ \t\r\n]|$)")
_PLACE = re.compile(
    rb"#:[ \t]+(?:(?:cut|mark)[ \t]+\S+|pause(?:[ \t]+[A-Za-z]\S*)?|redacted[ \t]+[^\r\n]*?(?=[ \t]*\r?\n|$))"
)


@dataclass(slots=True)
class MovedMarks:
    """Fed with what is written; ``rows`` gives the offsets of the rows of an event."""

    rows: Callable[[Event], Sequence[int]]
    _wanted: dict[int, tuple[int, int]]  # the connection and the byte of the mark in a line
    _gone: frozenset[int]
    _written: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, rows: Callable[[Event], Sequence[int]]) -> Self:
        """Return the marks of ``plan``."""
        known = {mark.line for one in plan.trace.conversations for mark in one.marks if mark.what != "default"}
        wanted = {mark.line: (one.id, mark.at) for one in plan.trace.conversations for mark in one.marks}
        for one in plan.connections:
            before = 0 if one.tunnel is None else one.tunnel.end
            for mark in plan.trace.conversation(one.id).marks:
                if mark.at >= before:
                    wanted.pop(mark.line, None)
            wanted |= {mark.line: (one.id, mark.at + before) for mark in one.conversation.marks}
        return cls(rows, {line: at for line, at in wanted.items() if line in known}, frozenset(known - wanted.keys()))

    def alone(self, mark: Mark) -> bytes:
        """Return the line of a mark between items."""
        connection, _ = self._wanted.get(mark.line, (-1, 0))
        return self._line(mark, self._written.get(connection, 0))

    def copied(self, event: Event, connection: int) -> Iterator[tuple[int, bytes]]:
        """Yield the lines of the marks within an event that stays as it is, with their numbers."""
        at = self._written.get(connection, 0)
        is_sent = event.direction is Direction.SENT and event.is_payload
        for mark in event.marks:
            yield mark.line, self._line(mark, at + mark.at if is_sent else at)
        if is_sent:
            self._written[connection] = at + len(event.payload)

    def told_anew(self, old: Event, connection: int, events: Iterable[Event]) -> Iterator[Event | Mark]:
        """Yield the events that ``old`` has become, with its marks; and these alone where it has become nothing."""
        marks = [mark for mark in old.marks if mark.line not in self._gone]
        held: Event | None = None
        for event in events:
            if held is not None:
                yield self._with_marks(held, connection, marks, is_last=False)
            held = event
        if held is not None:
            yield self._with_marks(held, connection, marks, is_last=True)
            return
        for mark in marks:
            yield replace(mark, text=self._line(mark, self._written.get(connection, 0)))

    def _with_marks(self, event: Event, connection: int, marks: list[Mark], *, is_last: bool) -> Event:
        """Return the event with those marks that mean a byte of it, which are taken off ``marks``."""
        start = self._written.get(connection, 0)
        self._written[connection] = end = start + len(event.payload)
        if not marks:
            return event
        rows = self.rows(event)
        here = []
        for mark in list(marks):
            _, at = self._wanted.get(mark.line, (connection, start + mark.at))  # a comment keeps its row
            if at < end or is_last:
                row = max((row for row in rows if row <= at - start), default=0)
                here.append(replace(mark, at=row, text=self._line(mark, start + row)))
                marks.remove(mark)
        return replace(event, marks=tuple(sorted(here, key=lambda mark: mark.at)))

    def _line(self, mark: Mark, base: int) -> bytes:
        if mark.line in self._gone:
            return b""
        if mark.line not in self._wanted:
            return mark.text
        return _shifted(mark.text, self._wanted[mark.line][1] - base)


def _shifted(text: bytes, shift: int) -> bytes:
    """Return the line of a mark that means the byte ``shift`` behind the one it stands at."""
    old = _SHIFT.search(text)
    if old is not None and int(old[0]) == shift:
        return text
    new = b" %+d" % shift if shift else b""
    if old is not None:
        return text[: old.start()] + new + text[old.end() :]
    place = _PLACE.match(text)
    return text if place is None else text[: place.end()] + new + text[place.end() :]
