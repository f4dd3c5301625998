"""A plan: what shall happen on each connection of a trace. A value, and never in memory as a whole."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self

from tracereplay.errors import PlanError, TraceError
from tracereplay.plan.connection import ConnectionPlan, connection_plan
from tracereplay.plan.cut import Cut
from tracereplay.plan.edit import Pace
from tracereplay.plan.editing import Editable, Revise
from tracereplay.plan.find import cut_at, find, mark_at
from tracereplay.plan.place import read_pause, read_place
from tracereplay.plan.secrets import Secrets
from tracereplay.plan.segments import read_segments
from tracereplay.plan.step import SETTLE_NS
from tracereplay.plan.stretch import Stretch, read_factor
from tracereplay.plan.way import Way, way_named
from tracereplay.trace.event import Direction, Event
from tracereplay.trace.trace import Trace
from tracereplay.units import SECOND_NS, duration_ns, rate_bytes

__all__ = ["ConnectionPlan", "Cut", "Plan"]

_SPEED = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Plan(Editable):
    """What shall happen on all the connections of a trace, in the order in which they are opened.

    Each method returns another plan. ``sends_dots`` and ``keeps_torn`` say that the user wants unknown
    bytes sent as dots, and a torn trace played as far as it goes.
    """

    trace: Trace
    connections: tuple[ConnectionPlan, ...]
    main: int
    sends_dots: bool = False
    keeps_torn: bool = False

    @classmethod
    def of(cls, trace: Trace) -> Self:
        """Return the plan to do all that curl did. Raises TraceError when that is nothing, or a file has changed."""
        trace.verify()
        sending = [one for one in trace.conversations if one.sent.bytes]
        if not sending:
            raise TraceError("curl sent nothing in this trace", trace=trace.name, hint=f"tracereplay show {trace.name}")
        pace = Pace() if trace.is_timed else Pace(speed=None)
        start_ns = min((one.start_ns for one in sending if one.start_ns is not None), default=0)
        connections = tuple(connection_plan(trace, one, sending, pace, start_ns) for one in sending)
        return cls(trace, connections, max(connections, key=lambda one: one.planned_bytes).id)

    def about(self, connection: int | None = None, *, request: int | None = None) -> Self:
        """Return the plan with edits meant for this connection, and not for the one that sends most.

        ``request`` of it, counted from 1, is then edited, and not the one with the largest body.
        """
        if request is not None:
            return self._about_request(request) if connection is None else self.about(connection).about(request=request)
        if connection is None:
            return self
        self.trace.conversation(connection)
        if all(one.id != connection for one in self.connections):
            raise PlanError(f"connection {connection} sends nothing, or comes after the cut: name it before the cut")
        return replace(self, main=connection)

    def as_http1(self) -> Self:
        """Return the plan that sends what curl sent over HTTP/2 and 3 as HTTP/1.1: a translation, not the recording.

        Streams that were under way at once are played one after the other. It comes before cuts, pauses and rates,
        which count what is then sent. Raises PlanError after them, TraceError when streams cannot be told apart.
        """
        self._refuse_late("as_http1()")
        return replace(self, connections=tuple(one.as_http1() for one in self.connections))

    def retimed(self, factor: str) -> Self:
        """Return the plan in which everything takes so many times as long as it was recorded: ``2``, ``0.5``.

        A speed counts after that. Raises PlanError for a trace without times, and after pauses and rates.
        """
        self._refuse_late("retimed()")
        if not self.trace.is_timed:
            raise PlanError(f"{self.trace.name} has no times", hint="record with --trace-time, or: tracereplay record")
        origin_ns = min(one.conversation.start_ns or 0 for one in self.connections)
        stretch = Stretch(read_factor(factor), origin_ns)
        longer = (
            replace(one, stretch=stretch, opens_in_ns=int(one.opens_in_ns * stretch.factor)) for one in self.connections
        )
        return replace(self, connections=tuple(longer))

    def truncated(self, spec: str) -> Self:
        """Return the plan that ends at a place, such as ``50%``, ``body:64k``, ``-1``, or ``wire:20000`` over TLS.

        ``answer:50%`` ends it when so much has been read as was received there in the recording. Connections that curl
        opened after that byte are not opened. Raises SpecError, PlanError.
        """
        place = read_place(spec)
        cut = cut_at(place, self.main_connection)
        mark = mark_at(place, self.main_connection)
        way = self.main_connection.way if mark is None or mark.way is None else Way(mark.way)
        plan = self._edited(cut=cut, way=way)
        if len(self.connections) == 1:
            return plan
        position = self._position_of(cut)
        return replace(
            plan,
            connections=tuple(one for one in plan.connections if (one.conversation.first or 0) <= position),
        )

    def marked(self) -> Self:
        """Return the plan as the marks in the trace want it: with their pauses, and where it has no cut, the default.

        Raises PlanError when there is a line that should be a mark and is none.
        """
        for fault in self.trace.warnings:
            if fault.code == "mark":
                raise PlanError(
                    f"{self.trace.name}:{fault.line}: {fault.message}",
                    hint="mend the line, or play without marks: --no-marks",
                )
        plan = self._cut_by_default()
        paused = (replace(one, pauses=(*one.pauses, *one.marked_pauses())) for one in plan.connections)
        return replace(plan, connections=tuple(paused))

    def _cut_by_default(self) -> Self:
        named = (mark.name for one in self.trace.conversations for mark in one.marks if mark.what == "default")
        name = next(named, None)
        if name is None or any(one.cut for one in self.connections):
            return self
        has_it = (one.id for one in self.connections if any(mark.is_called(name) for mark in one.conversation.marks))
        return replace(self, main=next(has_it, self.main)).truncated(f"@{name}")

    def leaving(self, how: str | Way, *, hold: str | None = None, settle: str | None = None) -> Self:
        """Return the plan that leaves in this way; ``hold`` is how long to stay after ``half`` and ``stall``.

        Before a reset the server's application is waited for until it has read all, or reads nothing for ``settle``,
        0.3 s unless it is given; where that cannot be known, for so long.
        """
        way = how if isinstance(how, Way) else way_named(how)
        if hold is not None and not way.stays:
            raise PlanError(
                f"--hold says how long to stay, and a client that leaves by {way.value} does not",
                hint="it goes with --close half and --close stall",
            )
        if settle is not None and not way.discards:
            raise PlanError(
                f"--settle waits until the server has read what would be lost, and {way.value} loses nothing",
                hint="it goes with --close rst",
            )
        settle_ns = SETTLE_NS if settle is None else duration_ns(settle)
        return self._edited(way=way, hold_ns=None if hold is None else duration_ns(hold), settle_ns=settle_ns)

    def paused(self, spec: str) -> Self:
        """Return the plan with a pause, such as ``body:50%=2s``. Raises SpecError, PlanError."""
        place, length_ns = read_pause(spec)
        at = find(place, self.main_connection)
        return self._edited(pauses=(*self.main_connection.pauses, (at, length_ns)))

    def at_speed(self, speed: str) -> Self:
        """Return the plan at so many times the recorded speed; ``max`` waits for nothing but the peer."""
        if speed == "max":
            return self._paced(speed=None, rate_bytes=None)
        factor = Fraction(speed) if _SPEED.fullmatch(speed) else Fraction(0)
        if factor <= 0:
            raise PlanError(f"{speed!r} is not a speed", hint="write a factor such as 2 or 0.5, or max")
        return self._paced(speed=factor, rate_bytes=None) if self.trace.is_timed else self

    def limited(self, rate: str) -> Self:
        """Return the plan as a trickle of so many bytes in a second, such as ``3k``."""
        return self._paced(rate_bytes=Fraction(rate_bytes(rate)))

    def lasting(self, duration: str) -> Self:
        """Return the plan with what the main connection sends spread evenly over a time, such as ``4s``."""
        length_ns = duration_ns(duration)
        if length_ns == 0:
            raise PlanError("a duration of 0 spreads nothing", hint="to send at once, use --speed max")
        rate = Fraction(self.main_connection.planned_bytes * SECOND_NS, length_ns)
        return self._paced(rate_bytes=rate)

    def idle_limited(self, limit: str) -> Self:
        """Return the plan with every recorded gap shortened to ``limit``, such as ``2s``; a speed counts after that."""
        limit_ns = duration_ns(limit)
        plan = self._paced(idle_limit_ns=limit_ns)
        shorter = (replace(one, opens_in_ns=min(one.opens_in_ns, limit_ns)) for one in plan.connections)
        return replace(plan, connections=tuple(shorter))

    def in_segments(self, segments: str) -> Self:
        """Return the plan that sends in such writes: ``recorded``, ``mtu``, a size, ``random:SEED``, or joined.

        ``lockstep``, ``lockstep:1k`` and so on wait before each write until the server's application has read the last
        one. ``joined`` writes have up to 64 KiB, and end where the client waits; at byte 217, too, with ``at:217``.
        Raises PlanError.
        """
        read = read_segments(segments)
        last = self.main_connection.planned_bytes
        if read.ends and read.ends[-1] >= last:
            raise PlanError(f"no write can end at byte {read.ends[-1]:,}: the last of them ends at {last:,}")
        return self._edited(segments=read)

    def accepting(self, *, unknown: bool = False, torn: bool = False) -> Self:
        """Return the plan that also sends unknown bytes as dots, or plays a torn trace as far as it goes."""
        return replace(self, sends_dots=self.sends_dots or unknown, keeps_torn=self.keeps_torn or torn)

    def with_secrets(self, sources: Mapping[str, str] | None = None, *, keep: bool = False) -> Self:
        """Return the plan that sends live values for what was redacted in the trace.

        ``sources`` say for each name where its value is: ``{"Authorization": "env:TOKEN"}``, ``file:PATH``, or
        ``redacted`` to send the x's. What is not named is taken from ``TRACEREPLAY_SECRET_AUTHORIZATION``, or sent as
        it is with ``keep``. It comes after other edits, and before cuts, pauses and rates. Raises PlanError after
        them, and when a value is not to be had; ``check()`` raises for what is missing then.
        """
        self._refuse_late("with_secrets()")
        secrets = Secrets(sources or {}, keep)
        if sources:
            found = (gap for one in self.connections for gap in (*one.gaps(), *one.tunnel_gaps()))
            secrets = secrets.named_in(found, (self.trace.conversation(one.id) for one in self.connections))
        return replace(self, connections=tuple(one.with_secrets(secrets) for one in self.connections))

    @property
    def main_connection(self) -> ConnectionPlan:
        """The connection that edits are meant for: the one that sends most, unless another was named."""
        return next(one for one in self.connections if one.id == self.main)

    def check(self) -> None:
        """Raise TraceError when what is to be sent is not known: bytes, their connection, or their end."""
        for one in self.connections:
            one.check(sends_dots=self.sends_dots, keeps_torn=self.keeps_torn)

    def _about_request(self, number: int) -> Self:
        count = len(self.main_connection.conversation.requests)
        if not 0 < number <= count:
            raise PlanError(f"there is no request {number}: connection {self.main} sends {count}, counted from 1")
        return self._edited(subject=number - 1)

    def _revised(self, name: str, revise: Revise) -> Self:
        self._refuse_late(name)
        main = self.main_connection
        revised = main.revised(revise(main))
        return replace(self, connections=tuple(revised if one.id == main.id else one for one in self.connections))

    def _keeping_length(self) -> Self:
        return self._edited(keeps_length=True)

    def _refuse_late(self, edit: str) -> None:
        if any(one.cut or one.pauses or one.pace.rate_bytes for one in self.connections):
            raise PlanError(
                f"{edit} comes before cuts, pauses and rates: they count the bytes that are then sent",
                hint=f"trace.plan().{edit.replace('()', '(…)')}.truncated(…)",
            )

    def _edited(self, **changes: object) -> Self:
        edited = (replace(one, **changes) if one.id == self.main else one for one in self.connections)  # type: ignore[arg-type]
        return replace(self, connections=tuple(edited))

    def _paced(self, **changes: object) -> Self:
        paced = (replace(one, pace=replace(one.pace, **changes)) for one in self.connections)  # type: ignore[arg-type]
        return replace(self, connections=tuple(paced))

    def _position_of(self, cut: Cut) -> int:
        """Return the position in the trace of the event at whose byte the main connection is cut."""
        count, direction = (cut.at, Direction.SENT) if cut.reads is None else (cut.reads, Direction.RECEIVED)
        moved = line = 0
        for event in self.main_connection.events():
            if event.direction is direction:
                moved, line = moved + len(event.payload), event.line
                if moved >= count:
                    break
        events = (placed for placed in self.trace.story() if isinstance(placed.item, Event))
        for position, placed in enumerate(events):
            assert isinstance(placed.item, Event)
            if placed.item.line == line and placed.item.direction is direction:
                return position
        raise AssertionError("the place was found within what is sent")
