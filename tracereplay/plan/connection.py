"""What shall happen on one connection: a value, whose steps are read from the trace when they are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from tracereplay.errors import PlanError, TraceError
from tracereplay.plan import edit
from tracereplay.plan.cut import Cut
from tracereplay.plan.edit import Pace
from tracereplay.plan.http1 import Translation
from tracereplay.plan.message import Message, Revision, patched, read_head, with_parts
from tracereplay.plan.place import read_place
from tracereplay.plan.region import main_request
from tracereplay.plan.script import script
from tracereplay.plan.secrets import Gap, Secrets, gaps, refuse_missing
from tracereplay.plan.segments import RECORDED, Segments, segmented
from tracereplay.plan.splice import Splice, edited, spliced
from tracereplay.plan.step import SETTLE_NS, Leave
from tracereplay.plan.stretch import Stretch
from tracereplay.plan.tunnel import Tunnel
from tracereplay.plan.way import Way
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.doubts import refuse_torn, refuse_unknown, refuse_unsound
from tracereplay.trace.event import Direction, Event, Kind
from tracereplay.trace.request import Request
from tracereplay.trace.trace import Trace


@dataclass(frozen=True, slots=True)
class ConnectionPlan:
    """What shall happen on one connection.

    ``opens_after`` are the connections that had ended before this one began, ``opens_in_ns`` is how long
    after that (or after the start of all) it began. The conversation is what will be sent: that in the ``tunnel``,
    or of the ``translation``, where there is one, with the ``edits``, one after the other. They are meant for
    the request ``subject``, from 0, None for the one with the largest body; with ``keeps_length`` what frames it stays.
    ``missing`` are the redacted secrets that nothing was given for, None before it is known which those are, and
    ``live`` is the edit that put the others in.
    """

    trace: Trace
    conversation: Conversation
    pace: Pace
    way: Way = Way.FIN
    hold_ns: int | None = None
    settle_ns: int = SETTLE_NS
    cut: Cut | None = None
    pauses: tuple[tuple[int, int], ...] = ()
    segments: Segments = RECORDED
    opens_after: tuple[int, ...] = ()
    opens_in_ns: int = 0
    tunnel: Tunnel | None = None
    translation: Translation | None = None
    edits: tuple[tuple[Splice, ...], ...] = ()
    subject: int | None = None
    keeps_length: bool = False
    stretch: Stretch | None = None
    missing: tuple[Gap, ...] | None = None
    live: tuple[Splice, ...] = ()

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
    def is_edited(self) -> bool:
        """Whether it sends something else than what was recorded, but for the secrets that were redacted."""
        return bool(self.edits) and self.edits != (self.live,)

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
        events = self.recorded_events() if self.translation is None else self._in_tunnel(self.translation.events())
        for splices in self.edits:
            events = spliced(events, splices)
        return events if self.stretch is None else map(self.stretch.event, events)

    def recorded_events(self) -> Iterator[Event]:
        """Yield the events as they were recorded, without what was said to a proxy for a tunnel."""
        return self._in_tunnel(self.trace.events(self.id))

    def _in_tunnel(self, events: Iterator[Event]) -> Iterator[Event]:
        return events if self.tunnel is None else self.tunnel.events_beyond(events)

    def message(self, request: Request | None = None) -> Message:
        """Return a request to edit, the one that edits are meant for by default.

        Raises PlanError when there is none, or it is no HTTP/1.
        """
        requests = self.conversation.requests
        if self.conversation.protocol in ("h2", "h3"):
            raise PlanError(
                f"connection {self.id} speaks HTTP/{self.conversation.protocol[1]}: its headers are not sent as"
                " they are shown, and so cannot be edited",
                hint="edit a translation of it, while it is played: tracereplay play --as-http1",
            )
        if request is None:
            request = main_request(self.conversation) if self.subject is None else requests[self.subject]
        if request is None or request.head_end is None:
            what = "no HTTP request" if request is None else "no whole head"
            raise PlanError(f"connection {self.id} sends {what}, so that there is nothing to edit")
        head = read_head(self.events(), request.start, request.head_end)
        return Message(self.id, request, head, self.events, self.conversation.sent.unknown, self.keeps_length)

    def revised(self, revision: Revision) -> Self:
        """Return the plan with an edit more; those that follow are meant for the same request."""
        splices = tuple(one for one in revision.splices if one.start < one.end or one.size_bytes)
        requests = self.conversation.requests
        at = next((number for number, one in enumerate(requests) if one is revision.old), None)
        subject = at if self.subject is None else self.subject
        if revision.new is None and at is not None and subject is not None:
            subject = None if subject == at else subject - (at < subject)
        conversation = edited(self.conversation, splices, revision.old, revision.new)
        edits = (*self.edits, splices) if splices else self.edits
        plan = replace(self, edits=edits, conversation=conversation, subject=subject)
        if not revision.moves_parts or revision.new is None:
            return plan
        message = plan.message(revision.new)
        return replace(plan, conversation=edited(conversation, (), revision.new, with_parts(message)))

    def gaps(self) -> tuple[Gap, ...]:
        """Return where something was redacted in what is sent."""
        sent = ((one.kind, one.payload.data) for one in self.events() if one.direction is Direction.SENT)
        return gaps(self.trace.conversation(self.id), sent)

    def tunnel_gaps(self) -> tuple[Gap, ...]:
        """Return where something was redacted in what asks a proxy for the tunnel."""
        if self.tunnel is None:
            return ()
        head = self.tunnel.head
        return gaps(self.tunnel.recorded, [(Kind.HEADER, head)], -len(head))

    def with_secrets(self, secrets: Secrets) -> Self:
        """Return the plan that sends live values where they were redacted, as far as there are any."""
        found, found_there = self.gaps(), self.tunnel_gaps()
        if not found and not found_there:
            return self
        splices, missing = secrets.fill(found)
        plan = self.revised(Revision(splices)) if splices else self
        if self.tunnel is not None:
            asked, missing_there = secrets.fill(found_there)
            size = len(self.tunnel.head)
            moved = [replace(one, start=one.start + size, end=one.end + size) for one in asked]
            tunnel = replace(self.tunnel, head=patched(self.tunnel.head, moved), live=asked)
            plan, missing = replace(plan, tunnel=tunnel), (*missing, *missing_there)
        return replace(plan, missing=missing, live=splices)

    def as_http1(self) -> Self:
        """Return the plan for the connection as HTTP/1.1, the same where it speaks that already."""
        if self.conversation.protocol not in ("h2", "h3"):
            return self
        translation = Translation.of(self.trace, self.conversation)
        translated = translation.conversation
        conversation = translated if self.tunnel is None else self.tunnel.beyond(translated)
        return replace(self, translation=translation, conversation=conversation)

    def check(self, *, sends_dots: bool, keeps_torn: bool) -> None:
        """Raise TraceError when what is to be sent is not known, PlanError when the edits do not go together."""
        name, conversation = self.trace.name, self.conversation
        if conversation.protocol in ("h2", "h3"):
            raise TraceError(
                f"connection {self.id} speaks HTTP/{conversation.protocol[1]}: its headers in the trace are how"
                " curl shows them, not what was sent",
                trace=name,
                hint="send a translation of it with --as-http1, or record with curl --http1.1",
            )
        if self.translation is not None:
            self.translation.refuse_unfinished(conversation.requests, self.sends_bytes)
        missing = (*self.gaps(), *self.tunnel_gaps()) if self.missing is None else self.missing
        refuse_missing(missing, self.sends_bytes)
        for direction in Direction:
            refuse_unsound(self.trace, conversation, direction)
        for at, _ in self.pauses:
            if at > self.sends_bytes:
                raise PlanError(
                    f"a pause at byte {at:,} comes after the cut at byte {self.sends_bytes:,}",
                    hint="pause before the cut, or cut later",
                )
        # A count of bytes means the same byte in a torn trace; a share, or a place counted from the end, does not.
        is_within = self.cut is not None and self.cut.wire_bytes is None and read_place(self.cut.spec).is_counted
        if not keeps_torn and not is_within:
            refuse_torn(self.trace, conversation, Direction.SENT, verb="play")
        if not sends_dots:
            if self.tunnel is not None:
                refuse_unknown(self.trace, self.tunnel.recorded, Direction.SENT, self.tunnel.end)
            refuse_unknown(self.trace, conversation, Direction.SENT, self.sends_bytes)

    def marked_pauses(self) -> Iterator[tuple[int, int]]:
        """Yield the pauses that are marked in the trace, before the cut: where, and how long in nanoseconds.

        Raises PlanError when they stand in what is not sent as it was recorded.
        """
        recorded = () if self.translation is None else self.translation.recorded.marks
        if any(mark.what == "pause" for mark in recorded):
            raise PlanError(
                f"a pause is marked in what curl sent on connection {self.id}, and a translation of that is sent",
                hint="leave out all marks with --no-marks",
            )
        for mark in self.conversation.marks:
            if mark.duration_ns is not None and mark.at <= self.sends_bytes:
                yield mark.at, mark.duration_ns

    def steps(self) -> edit.Steps:
        """Yield what to do, in order; the last step leaves. Close it if it is not used up: it reads the trace."""
        steps = edit.paced(
            script(self.events(), self.conversation.requests, one_by_one=self.translation is not None), self.pace
        )
        leave = Leave(self.way, self.hold_ns, is_cut=self.cut is not None, settle_ns=self.settle_ns)
        steps = (
            edit.ended(steps, leave) if self.cut is None else edit.cut(steps, self.cut.at, leave, reads=self.cut.reads)
        )
        for at_bytes, pause_ns in self.pauses:
            steps = edit.paused(steps, at_bytes, pause_ns)
        return segmented(steps, self.segments)


def connection_plan(
    trace: Trace, conversation: Conversation, others: list[Conversation], pace: Pace, start_ns: int
) -> ConnectionPlan:
    """Return the plan to do on a connection all that curl did; ``others`` are all that are played.

    What was said to an HTTP proxy for a tunnel is not played: it is what comes before.
    """
    before = [one for one in others if (one.last or 0) < (conversation.first or 0)]
    ended_ns = max((one.end_ns for one in before if one.end_ns is not None), default=start_ns)
    opens_in_ns = 0 if conversation.start_ns is None else max(0, conversation.start_ns - ended_ns)
    tunnel = Tunnel.of(trace, conversation)
    return ConnectionPlan(
        trace,
        conversation if tunnel is None else tunnel.beyond(conversation),
        pace,
        opens_after=tuple(one.id for one in before),
        opens_in_ns=opens_in_ns,
        tunnel=tunnel,
    )
