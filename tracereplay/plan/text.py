"""The trace of a plan: the recorded text, in which edited events are told anew, as curl would have traced them.

All else stays as it stands: what was received, information, other output, and what no edit has touched. Only where
times are stretched each line that has one gets another.
"""

import hashlib
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain

from tracereplay.errors import PlanError, TraceError
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.moved_marks import MovedMarks
from tracereplay.plan.plan import Plan
from tracereplay.plan.splice import Splicer
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.convert import Conversion
from tracereplay.trace.event import Direction, Event, Info, Item, Stray
from tracereplay.trace.mark import Mark
from tracereplay.trace.reader import Form
from tracereplay.trace.reference import read_reference, read_sent
from tracereplay.trace.trace import Trace
from tracereplay.trace.wording import count_of_sent
from tracereplay.trace.writer import rows_of, write_event, write_time

_TIME_BYTES = len(b"00:00:00.000000 ")
_ROW = re.compile(rb"[0-9a-f]{4,}(?::|$)")
_SHOWN = bytes(byte if 0x20 <= byte < 0x7F else ord(".") for byte in range(256))  # by --trace-ascii


def trace_text(plan: Plan) -> Iterator[bytes]:
    """Yield the text of a trace of what ``plan`` sends, with the answers of the recording, piece by piece.

    Cuts and the pace have no place in it. Raises PlanError for a translation, whose protocol is not the recorded one.
    """
    for one in plan.connections:
        if one.translated_from is not None:
            raise PlanError(
                f"connection {one.id} speaks HTTP/{one.translated_from[1:]} in its trace, which a translation is not",
                hint="edit it while it is played: tracereplay play --as-http1",
            )
    form = Conversion.of(plan.trace, plan.trace.form, keeps_unknown=True)
    return _Text(plan, form).pieces()


def check_trace(written: Trace, plan: Plan) -> None:
    """Raise TraceError unless ``written`` reads as what ``plan`` sends, as far as its form shows bytes."""
    new = [fault for fault in written.faults if fault.code not in {one.code for one in plan.trace.faults}]
    if new:
        raise TraceError(
            f"it would be taken for a trace that is not what was sent: {new[0].message}",
            trace=plan.trace.name,
            hint="edit it while it is played: tracereplay play takes the same options",
        )
    sends = {one.id: one for one in written.conversations}
    for one in plan.connections:
        is_there, before = one.id in sends, _before(one)
        events = written.events(one.id) if is_there else iter(())
        is_alike = _digest(events, written.form) == _digest(_sent(one), written.form)
        if not is_alike or (is_there and _marks(sends[one.id], 0, before) != _marks(one.conversation, before)):
            raise TraceError(
                f"connection {one.id} would not read as it is edited",
                trace=plan.trace.name,
                hint="edit it while it is played: tracereplay play takes the same options",
            )


@dataclass(slots=True)
class _Text:
    """Copies the lines of a trace, but for those of the events that are edited."""

    plan: Plan
    form: Conversion
    _lines: Iterator[bytes] = field(init=False)
    _line: int = 1  # of the next that is copied
    _anew: int = 0  # of the last event that was told anew
    _changed: dict[int, bytes] = field(default_factory=dict)  # the lines of marks
    _counts: dict[int, tuple[int, int, int]] = field(default_factory=dict)  # where a line says one, and the new one
    _kept: set[str] = field(default_factory=set)  # the files that dumps still refer to
    _gone: set[str] = field(default_factory=set)  # those that they referred to
    _times: deque[tuple[int, int, int]] = field(default_factory=deque)  # a line, where in it a time stands, and which

    def pieces(self) -> Iterator[bytes]:
        trace = self.plan.trace
        self._lines = trace.lines()
        editors = {one.id: _Editor(one) for one in self.plan.connections if one.edits}
        stretch = self.plan.main_connection.stretch
        marks = MovedMarks.of(self.plan, self._rows)
        before: Item | None = None
        items = zip(trace.items(), trace.printed(), strict=True)
        following = next(items, None)
        while following is not None:
            (placed, item), following = following, next(items, None)
            if stretch is not None and isinstance(placed.item, Event | Info):
                item = stretch.event(placed.item)
            if self._is_torn_row(before, item):  # of the event that was told anew
                yield from self._copied(item.line)
                yield from self._left_out(None if following is None else following[1].line, 0)
                continue
            glued = len(before.text) if isinstance(before, Stray) and before.line == item.line else 0
            editor = None if placed.connection is None else editors.get(placed.connection.id)
            if editor is not None and isinstance(item, Event) and item.is_payload:
                events = editor.feed(item)
                first = next(events, None)
                if first is not item:
                    yield from self._copied(item.line)
                    yield from self._left_out(None if following is None else following[1].line, glued)
                    told = events if first is None else chain((first,), events)
                    assert placed.connection is not None
                    yield from map(self._told, marks.told_anew(item, placed.connection.id, told))
                    before, self._anew = item, item.line
                    continue
                _use_up(events)
            if isinstance(item, Info) and placed.connection is not None and placed.connection.id in editors:
                self._recount(item, placed.connection.id, glued)
            if isinstance(item, Mark):
                self._changed[item.line] = marks.alone(item)
            elif isinstance(item, Event) and placed.connection is not None:
                self._changed.update(marks.copied(item, placed.connection.id))
            if stretch is not None and isinstance(item, Event | Info) and item.time_ns is not None:
                self._times.append((item.line, glued, item.time_ns))
                yield from self._copied(item.line)
            before = item
        yield from self._copied(None)

    def _is_torn_row(self, before: Item | None, item: Item) -> bool:
        """Return whether ``item`` is what is left of the last row of an event that is torn and was told anew."""
        is_behind = isinstance(before, Event) and before.is_torn and before.line == self._anew
        return is_behind and isinstance(item, Stray) and _ROW.match(item.text) is not None

    def _recount(self, info: Info, connection: int, glued: int) -> None:
        """Let curl say that it sent as much of a body as there is now: else something would seem to be missing."""
        said = count_of_sent(info)
        recorded = self.plan.trace.conversation(connection).requests
        old = next((one for one in reversed(recorded) if one.line < info.line), None)
        if said is None or old is None or said != old.body_bytes:
            return
        (one,) = (one for one in self.plan.connections if one.id == connection)
        new = next((request for request in one.conversation.requests if request.line == old.line), None)
        if new is not None:
            self._counts[info.line] = (glued, said, new.body_bytes)

    def _rows(self, event: Event) -> list[int]:
        return [at for at, _ in rows_of(event, self.plan.trace.form, self.form.line_end, shows_delete=False)]

    def _told(self, event: Event | Mark) -> bytes:
        if isinstance(event, Mark):
            return event.text
        if event.is_torn and event.payload.data:  # rows that were whole may be no more: what is there is told first
            there, missing = len(event.payload), event.declared_bytes - len(event.payload)
            rest = replace(event, payload=event.payload[there:], declared_bytes=missing, marks=())
            return self._told(replace(event, declared_bytes=there)) + self._told(rest)
        return write_event(
            event, self.plan.trace.form, line_end=self.form.line_end, shows_delete=self.form.shows_delete
        )

    def _copied(self, end: int | None) -> Iterator[bytes]:
        """Yield the lines before ``end``, or all that are left, but not what is said of a file that is in none now."""
        for text in self._taken(end):
            reference, sent = read_reference(text), read_sent(text, 0)
            if reference is not None:
                self._kept.add(reference.name)
            if sent is None or sent.name not in self._gone - self._kept:
                yield text

    def _taken(self, end: int | None) -> Iterator[bytes]:
        """Yield the lines before ``end`` as they are now."""
        while end is None or self._line < end:
            text = next(self._lines, None)
            if text is None:
                return
            while self._times and self._times[0][0] == self._line:
                _, at, time_ns = self._times.popleft()
                text = text[:at] + write_time(time_ns) + text[at + _TIME_BYTES :]
            if self._line in self._counts:
                at, said, count = self._counts.pop(self._line)
                text = text[:at] + re.sub(rb"(?<=[ :])%d(?= (?:out of|bytes))" % said, b"%d" % count, text[at:])
            text = self._changed.pop(self._line, text)
            self._line += 1
            yield text

    def _left_out(self, end: int | None, kept_bytes: int) -> Iterator[bytes]:
        """Take the lines before ``end``, and yield so many bytes of the first."""
        first = True
        for text in self._taken(end):
            reference = read_reference(text)
            if reference is not None:
                self._gone.add(reference.name)
            if first and kept_bytes:
                yield text[:kept_bytes]
            first = False


class _Editor:
    """The edits of one connection, fed with what curl has sent."""

    def __init__(self, one: ConnectionPlan) -> None:
        before = _before(one)
        self._splicers = [
            Splicer(replace(splice, start=splice.start + before, end=splice.end + before) for splice in splices)
            for splices in one.edits
        ]

    def feed(self, event: Event) -> Iterator[Event]:
        events: Iterator[Event] = iter((event,))
        for splicer in self._splicers:
            events = chain.from_iterable(map(splicer.feed, events))
        return events


def _before(one: ConnectionPlan) -> int:
    return 0 if one.tunnel is None else one.tunnel.end


def _marks(conversation: Conversation, moved: int, start: int = 0) -> list[str]:
    """Return the marks from byte ``start`` on, with their places ``moved``."""
    marks = (mark for mark in conversation.marks if mark.what != "default" and mark.at + moved >= start)
    return sorted(f"{mark.what} {mark.name} {mark.at + moved}" for mark in marks)


def _use_up(events: Iterator[Event]) -> None:
    for _ in events:
        raise AssertionError("an event that stays as it is becomes no other")


def _sent(one: ConnectionPlan) -> Iterator[Event]:
    """Yield what is sent, and before it what was said to a proxy."""
    if one.tunnel is not None:
        left = one.tunnel.end
        for event in one.trace.events(one.id):
            if event.direction is Direction.SENT and left:
                yield replace(event, payload=event.payload[:left])
                left -= min(left, len(event.payload))
    yield from one.events()


def _digest(events: Iterable[Event], form: Form) -> bytes:
    digest = hashlib.sha256()
    for event in events:
        if event.direction is Direction.SENT:
            data = event.payload.data
            digest.update(data if form == "hex" else data.translate(_SHOWN))
    return digest.digest()
