"""Other bytes in the place of recorded ones: what every edit of the content comes down to.

A plan is made of events, so an edit of what is sent gives other events, and a conversation that counts them: all that
comes later (places, cuts, pauses, rates) is found in what will be sent, and knows of no edit; one may follow another.
Content of any size is read when its turn comes, in pieces; what comes before and after it in the same recorded write
stays a write of its own, while a few bytes stay within the write in which they were.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, chain

from tracereplay.plan.content import Content
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Direction, Event, Kind
from tracereplay.trace.meaning import PlacedMark
from tracereplay.trace.payload import Payload, joined
from tracereplay.trace.request import Request, RequestScanner
from tracereplay.trace.spans import Spans
from tracereplay.trace.unknown import Unknown


@dataclass(frozen=True, slots=True)
class Splice:
    """``content`` in the place of the bytes from ``start`` to ``end`` of what is sent on a connection.

    ``kind`` says what it is where it may differ from what stands there: the first bytes of a body behind a head.
    """

    start: int
    end: int
    content: bytes | Content = field(repr=False)  # a secret may be in it
    kind: Kind | None = None

    @property
    def size_bytes(self) -> int:
        """How many bytes there are instead."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.size_bytes


class Splicer:
    """Puts other bytes into the events that it is fed with, in their order; ``splices`` are in order, too."""

    def __init__(self, splices: Iterable[Splice]) -> None:
        self._to_come = deque(splices)
        self._offset = 0

    def feed(self, event: Event) -> Iterator[Event]:
        """Yield what becomes of the event: itself, where nothing does. Take all before the next one is fed."""
        if event.direction is Direction.RECEIVED:
            yield event
            return
        offset, self._offset = self._offset, self._offset + len(event.payload)
        if not self._to_come or not self._begins(self._to_come[0], self._offset):
            yield event
            return
        yield from self._spliced(event, offset)

    @staticmethod
    def _begins(splice: Splice, end: int) -> bool:
        """Return whether the splice is for what comes before ``end``; bytes are put in behind those before them."""
        return splice.start < end or splice.start == splice.end == end

    def _spliced(self, event: Event, offset: int) -> Iterator[Event]:
        at, size = 0, len(event.payload)
        missing = event.declared_bytes - size  # of an event that is torn
        kept = Payload(b"")
        while self._to_come and self._begins(self._to_come[0], offset + size):
            splice = self._to_come[0]
            first, last = splice.start - offset, min(splice.end - offset, size)
            if first >= 0:
                kept = joined([kept, event.payload[at:first]])
                if isinstance(splice.content, bytes) and splice.kind in (None, event.kind):
                    kept = joined([kept, Payload(splice.content)])
                else:
                    pieces = [splice.content] if isinstance(splice.content, bytes) else splice.content.pieces()
                    yield from _as_events(event, [kept])
                    yield from _as_events(replace(event, kind=splice.kind or event.kind), map(Payload, pieces))
                    kept = Payload(b"")
            at = max(at, last)
            if splice.end > offset + size:
                break
            self._to_come.popleft()
        tail = joined([kept, event.payload[at:]])
        yield from _as_events(event, [tail], missing if at < size else 0)


def spliced(events: Iterable[Event], splices: Sequence[Splice]) -> Iterator[Event]:
    """Yield the events with other bytes, at the time of the first that they replace; ``splices`` are in order."""
    splicer = Splicer(splices)
    return chain.from_iterable(map(splicer.feed, events))


def contents(edits: Iterable[Sequence[Splice]]) -> list[tuple[int, int, Content]]:
    """Return what content the edits put in, and from where to where of what is sent; none that was edited again."""
    found: list[tuple[int, int, Content]] = []
    for splices in edits:
        found = [
            (start + _grown(splices, start), end + _grown(splices, start), content)
            for start, end, content in found
            if not any(one.start < end and start < one.end for one in splices)
        ]
        for number, one in enumerate(splices):
            if not isinstance(one.content, bytes):
                start = one.start + _grown(splices[:number], one.start)
                found.append((start, start + one.size_bytes, one.content))
    return found


def _grown(splices: Iterable[Splice], offset: int) -> int:
    """Return by how many bytes all has moved that comes after ``offset``."""
    return sum(one.size_bytes - (one.end - one.start) for one in splices if one.end <= offset)


def _as_events(like: Event, payloads: Iterable[Payload], missing_bytes: int = 0) -> Iterator[Event]:
    for payload in payloads:
        if payload.data:
            yield replace(like, payload=payload, declared_bytes=len(payload) + missing_bytes, marks=())


def edited(
    conversation: Conversation, splices: Sequence[Splice], old: Request | None, new: Request | None
) -> Conversation:
    """Return the conversation that counts what is sent with ``splices``, in which ``old`` has become ``new``.

    ``old`` is None where no request is touched, and ``new`` where it is left out.
    """
    moved = _Moved(splices)
    requests = [new if one is old else moved.request(one) for one in conversation.requests]
    sent = conversation.sent
    total = moved.offset(sent.bytes)
    last = max((one.end for one in splices), default=0)
    is_torn_there = last == sent.bytes and len(requests) == 1  # what was torn is not sent
    return replace(
        conversation,
        connection=replace(
            conversation.connection, requests=RequestScanner([one for one in requests if one is not None])
        ),
        sent=replace(
            sent,
            bytes=total,
            unknown=Unknown.of(moved.spans(_outside(sent.unknown, splices)), total),
            torn_line=None if is_torn_there else sent.torn_line,
        ),
        marks=tuple(replace(one, at=moved.place(one.at)) for one in conversation.marks if not moved.is_gone(one)),
    )


class _Moved:
    """Where what is kept is once there are other bytes in the place of some."""

    def __init__(self, splices: Sequence[Splice]) -> None:
        self._splices = splices
        self._ends = [one.end for one in splices]
        self._grown = [0, *accumulate(one.size_bytes - (one.end - one.start) for one in splices)]

    def offset(self, offset: int) -> int:
        return offset + self._grown[bisect_right(self._ends, offset)]

    def place(self, at: int) -> int:
        """Return where a place is: as far behind the start of what is replaced as it was, or at its end."""
        number = bisect_right(self._ends, at)
        if number == len(self._splices) or self._splices[number].start >= at:
            return self.offset(at)
        splice = self._splices[number]
        return self.offset(splice.start) + min(at - splice.start, splice.size_bytes)

    def is_gone(self, mark: PlacedMark) -> bool:
        """Return whether a mark says that a secret is left out where there are other bytes now."""
        if mark.what != "redacted":
            return False
        number = bisect_right(self._ends, mark.at)
        return number < len(self._splices) and self._splices[number].start <= mark.at

    def spans(self, spans: Iterable[tuple[int, int]]) -> Spans:
        result = Spans()
        for start, end in spans:
            result.add(self.offset(start), self.offset(end - 1) + 1)
        return result

    def request(self, request: Request) -> Request:
        return replace(
            request,
            start=self.offset(request.start),
            head_end=None if request.head_end is None else self.offset(request.head_end),
            end=self.offset(request.end),
            content=self.spans(request.content),
            files=self.spans(request.files),
        )


def _outside(ranges: Iterable[tuple[int, int]], splices: Sequence[Splice]) -> Iterator[tuple[int, int]]:
    """Yield what of the ranges no splice replaces; where bytes are put in, a range ends and another begins."""
    to_come = deque(splices)
    for start, end in ranges:
        at = start
        while to_come and to_come[0].end <= start:
            to_come.popleft()
        for splice in to_come:
            if splice.start >= end:
                break
            if at < splice.start:
                yield at, splice.start
            at = max(at, splice.end)
        if at < end:
            yield at, end
