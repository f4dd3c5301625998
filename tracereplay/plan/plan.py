"""A plan: what shall happen on each connection of a trace. A value, and never in memory as a whole."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self

from tracereplay.errors import PlanError, TraceError
from tracereplay.plan import edit
from tracereplay.plan.edit import Pace
from tracereplay.plan.http1 import Translation
from tracereplay.plan.place import find, read_pause, read_place
from tracereplay.plan.script import script
from tracereplay.plan.step import Leave
from tracereplay.plan.way import Way, way_named
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.doubts import refuse_unknown, refuse_unsound
from tracereplay.trace.event import Direction, Event
from tracereplay.trace.trace import Trace
from tracereplay.units import SECOND_NS, duration_ns, format_bytes, rate_bytes

_SPEED = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a connection ends early: the place as it was written, and how many bytes are sent before it."""

    spec: str
    at: int


@dataclass(frozen=True, slots=True)
class ConnectionPlan:
    """What shall happen on one connection.

    ``opens_after`` are the connections that had ended before this one began, ``opens_in_ns`` is how long
    after that (or after the start of all) it began. With a ``translation`` the conversation is that.
    """

    trace: Trace
    conversation: Conversation
    pace: Pace
    way: Way = Way.FIN
    hold_ns: int | None = None
    cut: Cut | None = None
    pauses: tuple[tuple[int, int], ...] = ()
    opens_after: tuple[int, ...] = ()
    opens_in_ns: int = 0
    translation: Translation | None = None

    @property
    def id(self) -> int:
        """The number of the connection."""
        return self.conversation.id

    @property
    def planned_bytes(self) -> int:
        """How many bytes the whole conversation sends."""
        return self.conversation.sent.bytes

    @property
    def sends_bytes(self) -> int:
        """How many bytes are sent with the cut."""
        return self.planned_bytes if self.cut is None else self.cut.at

    @property
    def speaks_http(self) -> bool:
        """Whether the answers are HTTP/1 messages."""
        return bool(self.conversation.requests)

    @property
    def translated_from(self) -> str | None:
        """``h2`` or ``h3`` when what is sent is a translation of that to HTTP/1.1, None when it is the recording."""
        return None if self.translation is None else self.translation.recorded.protocol

    def events(self) -> Iterator[Event]:
        """Yield the events that are played, and those that were received, in their order."""
        return self.trace.events(self.id) if self.translation is None else self.translation.events()

    def as_http1(self) -> Self:
        """Return the plan for the connection as HTTP/1.1, the same where it speaks that already."""
        if self.conversation.protocol not in ("h2", "h3"):
            return self
        translation = Translation.of(self.trace, self.conversation)
        return replace(self, translation=translation, conversation=translation.conversation)

    def steps(self) -> edit.Steps:
        """Yield what to do, in order; the last step leaves. Close it if it is not used up: it reads the trace."""
        steps = edit.paced(
            script(self.events(), self.conversation.requests, one_by_one=self.translation is not None), self.pace
        )
        if self.cut is None:
            steps = edit.ended(steps, self.way, self.hold_ns)
        else:
            steps = edit.cut(steps, self.cut.at, Leave(self.way, self.hold_ns, is_cut=True))
        for at_bytes, pause_ns in self.pauses:
            steps = edit.paused(steps, at_bytes, pause_ns)
        return steps


@dataclass(frozen=True, slots=True)
class Plan:
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
        """Return the plan to do all that curl did. Raises TraceError when it sent nothing."""
        sending = [one for one in trace.conversations if one.sent.bytes]
        if not sending:
            raise TraceError("curl sent nothing in this trace", trace=trace.name, hint=f"tracereplay show {trace.name}")
        pace = Pace() if trace.is_timed else Pace(speed=None)
        main = max(sending, key=lambda one: one.sent.bytes)
        start_ns = min((one.start_ns for one in sending if one.start_ns is not None), default=0)
        return cls(trace, tuple(_connection(trace, one, sending, pace, start_ns) for one in sending), main.id)

    def about(self, connection: int) -> Self:
        """Return the plan with edits meant for this connection, and not for the one that sends most."""
        self.trace.conversation(connection)
        if all(one.id != connection for one in self.connections):
            raise PlanError(f"connection {connection} sends nothing, or comes after the cut: name it before the cut")
        return replace(self, main=connection)

    def as_http1(self) -> Self:
        """Return the plan that sends what curl sent over HTTP/2 and 3 as HTTP/1.1: a translation, not the recording.

        Streams that were under way at once are played one after the other. It comes before cuts, pauses and rates,
        which count what is then sent. Raises PlanError after them, TraceError when streams cannot be told apart.
        """
        if any(one.cut or one.pauses or one.pace.rate_bytes for one in self.connections):
            raise PlanError(
                "as_http1() comes before cuts, pauses and rates: they count the bytes that are then sent",
                hint="trace.plan().as_http1().truncated(…)",
            )
        return replace(self, connections=tuple(one.as_http1() for one in self.connections))

    def truncated(self, spec: str) -> Self:
        """Return the plan that ends at a place, such as ``50%``, ``body:64k`` or ``-1``.

        Connections that curl opened after that byte are not opened. Raises SpecError, PlanError.
        """
        at = find(read_place(spec), self.main_connection.conversation)
        plan = self._edited(cut=Cut(spec, at))
        if len(self.connections) == 1:
            return plan
        position = self._position_of(at)
        return replace(
            plan,
            connections=tuple(one for one in plan.connections if (one.conversation.first or 0) <= position),
        )

    def leaving(self, how: str | Way, *, hold: str | None = None) -> Self:
        """Return the plan that leaves in this way; ``hold`` is how long to stay after ``half`` and ``stall``."""
        way = how if isinstance(how, Way) else way_named(how)
        if hold is not None and not way.stays:
            raise PlanError(
                f"--hold says how long to stay, and a client that leaves by {way.value} does not",
                hint="it goes with --close half and --close stall",
            )
        return self._edited(way=way, hold_ns=None if hold is None else duration_ns(hold))

    def paused(self, spec: str) -> Self:
        """Return the plan with a pause, such as ``body:50%=2s``. Raises SpecError, PlanError."""
        place, length_ns = read_pause(spec)
        at = find(place, self.main_connection.conversation)
        return self._edited(pauses=(*self.main_connection.pauses, (at, length_ns)))

    def at_speed(self, speed: str) -> Self:
        """Return the plan at so many times the recorded speed; ``max`` waits for nothing but the peer."""
        if speed == "max":
            return self._paced(Pace(speed=None))
        factor = Fraction(speed) if _SPEED.fullmatch(speed) else Fraction(0)
        if factor <= 0:
            raise PlanError(f"{speed!r} is not a speed", hint="write a factor such as 2 or 0.5, or max")
        return self._paced(Pace(factor)) if self.trace.is_timed else self

    def limited(self, rate: str) -> Self:
        """Return the plan as a trickle of so many bytes in a second, such as ``3k``."""
        return self._paced(Pace(rate_bytes=Fraction(rate_bytes(rate))))

    def lasting(self, duration: str) -> Self:
        """Return the plan with what the main connection sends spread evenly over a time, such as ``4s``."""
        length_ns = duration_ns(duration)
        if length_ns == 0:
            raise PlanError("a duration of 0 spreads nothing", hint="to send at once, use --speed max")
        rate = Fraction(self.main_connection.planned_bytes * SECOND_NS, length_ns)
        return self._paced(Pace(rate_bytes=rate))

    def accepting(self, *, unknown: bool = False, torn: bool = False) -> Self:
        """Return the plan that also sends unknown bytes as dots, or plays a torn trace as far as it goes."""
        return replace(self, sends_dots=self.sends_dots or unknown, keeps_torn=self.keeps_torn or torn)

    @property
    def main_connection(self) -> ConnectionPlan:
        """The connection that edits are meant for: the one that sends most, unless another was named."""
        return next(one for one in self.connections if one.id == self.main)

    def check(self) -> None:
        """Raise TraceError when what is to be sent is not known: bytes, their connection, or their end."""
        for one in self.connections:
            self._check_connection(one)

    def _check_connection(self, one: ConnectionPlan) -> None:
        name, conversation = self.trace.name, one.conversation
        if conversation.protocol in ("h2", "h3"):
            raise TraceError(
                f"connection {one.id} speaks HTTP/{conversation.protocol[1]}: its headers in the trace are how"
                " curl shows them, not what was sent",
                trace=name,
                hint="send a translation of it with --as-http1, or record with curl --http1.1",
            )
        if one.translation is not None:
            one.translation.refuse_unfinished(one.sends_bytes)
        for direction in Direction:
            refuse_unsound(self.trace, conversation, direction)
        for at, _ in one.pauses:
            if at > one.sends_bytes:
                raise PlanError(
                    f"a pause at byte {at:,} comes after the cut at byte {one.sends_bytes:,}",
                    hint="pause before the cut, or cut later",
                )
        # A count of bytes means the same byte in a torn trace; a share, or a place counted from the end, does not.
        is_within = one.cut is not None and read_place(one.cut.spec).share == 0
        if conversation.sent.torn_line is not None and not self.keeps_torn and not is_within:
            raise TraceError(
                f"the trace is torn here: {format_bytes(conversation.sent.bytes)} of connection {one.id} are there",
                trace=name,
                line=conversation.sent.torn_line,
                hint="it stops where curl was killed; play what is there with --torn keep",
            )
        if not self.sends_dots:
            refuse_unknown(self.trace, conversation, Direction.SENT, one.sends_bytes)

    def _edited(self, **changes: object) -> Self:
        edited = (replace(one, **changes) if one.id == self.main else one for one in self.connections)  # type: ignore[arg-type]
        return replace(self, connections=tuple(edited))

    def _paced(self, pace: Pace) -> Self:
        return replace(self, connections=tuple(replace(one, pace=pace) for one in self.connections))

    def _position_of(self, at: int) -> int:
        """Return the position in the trace of the event that sends byte ``at`` of the main connection."""
        sent = line = 0
        for event in self.main_connection.events():
            if event.direction is Direction.SENT:
                sent, line = sent + len(event.payload), event.line
                if sent >= at:
                    break
        events = (placed for placed in self.trace.story() if isinstance(placed.item, Event))
        for position, placed in enumerate(events):
            assert isinstance(placed.item, Event)
            if placed.item.line == line and placed.item.direction is Direction.SENT:
                return position
        raise AssertionError("the place was found within what is sent")


def _connection(
    trace: Trace, conversation: Conversation, others: list[Conversation], pace: Pace, start_ns: int
) -> ConnectionPlan:
    before = [one for one in others if (one.last or 0) < (conversation.first or 0)]
    ended_ns = max((one.end_ns for one in before if one.end_ns is not None), default=start_ns)
    opens_in_ns = 0 if conversation.start_ns is None else max(0, conversation.start_ns - ended_ns)
    return ConnectionPlan(
        trace, conversation, pace, opens_after=tuple(one.id for one in before), opens_in_ns=opens_in_ns
    )
