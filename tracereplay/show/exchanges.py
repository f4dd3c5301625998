"""The HTTP exchanges in a trace, each with what is known of its request, its answer, and their times.

The law of memory: a trace is read once, and a body of more than MOST_BODY_BYTES is counted, and not kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Direction, Event, Kind
from tracereplay.trace.framing import Chunked, Counted, framed
from tracereplay.trace.payload import Payload
from tracereplay.trace.request import Request
from tracereplay.trace.response import is_blank_line, is_interim_status, status_of
from tracereplay.trace.trace import Trace

MOST_BODY_BYTES = 1 << 20


@dataclass(slots=True)
class Message:
    """What came of a request, or of its answer; ``content`` is its body without chunks, as far as it is kept.

    ``content_bytes`` and ``unknown`` count all of that, ``body_bytes`` is with the chunks. Times are as in an Event.
    """

    head: bytearray = field(default_factory=bytearray)
    content: bytearray = field(default_factory=bytearray)
    content_bytes: int = 0
    body_bytes: int = 0
    unknown: int = 0
    is_complete: bool = False
    first_ns: int | None = None
    last_ns: int | None = None

    @property
    def is_kept(self) -> bool:
        """Whether ``content`` is all of it."""
        return self.content_bytes == len(self.content)

    def passes(self, event: Event) -> None:
        """Take note of when a part of it was sent or received."""
        self.first_ns = event.time_ns if self.first_ns is None else self.first_ns
        self.last_ns = event.time_ns if event.time_ns is not None else self.last_ns

    def takes(self, payload: Payload) -> None:
        """Take in a piece of the content."""
        self.content_bytes += len(payload)
        self.unknown += payload.unknown
        if self.content_bytes <= MOST_BODY_BYTES:
            self.content += payload.data
        else:
            self.content.clear()


@dataclass(slots=True)
class Exchange:
    """A ``request`` as it was ``sent``, what was ``received`` for it, None without, and the 1xx before that."""

    conversation: Conversation
    request: Request
    sent: Message = field(default_factory=Message)
    received: Message | None = None
    interim: list[int] = field(default_factory=list)


def exchanges(trace: Trace) -> Iterator[Exchange]:
    """Yield the exchanges on all connections of ``trace``, each when it is over. Raises TraceError."""
    trace.verify()
    readers = {one.id: _Reader(one) for one in trace.conversations}
    for placed in trace.story():
        event = placed.item
        if isinstance(event, Event) and event.is_payload and placed.connection is not None:
            yield from readers[placed.connection.id].feed(event)
    for reader in readers.values():
        yield from reader.open


class _Reader:
    """Reads one connection. ``open`` are the exchanges that are not over."""

    def __init__(self, conversation: Conversation) -> None:
        self.open: list[Exchange] = []
        self._conversation = conversation
        self._begun = 0
        self._at = 0
        self._answering: Exchange | None = None
        self._body: Chunked | Counted = Counted(0)
        self._in_head = self._is_interim = False

    def feed(self, event: Event) -> Iterator[Exchange]:
        """Read on, and yield what is over."""
        if event.direction is Direction.SENT:
            self._send(event)
        elif event.kind is Kind.HEADER:
            yield from self._receive_head(event)
        elif self._answering is not None and self._answering.received is not None:
            answer = self._answering.received
            answer.passes(event)
            answer.body_bytes += len(event.payload)
            for start, end in self._body.feed(event.payload.data):
                answer.takes(event.payload[start:end])
            answer.is_complete = answer.is_complete or self._body.is_complete

    def _send(self, event: Event) -> None:
        start, end = self._at, self._at + len(event.payload)
        self._at = end
        requests = self._conversation.requests
        while self._begun < len(requests) and requests[self._begun].start < end:
            self.open.append(Exchange(self._conversation, requests[self._begun]))
            self._begun += 1
        for one in self.open:
            low, high = max(start, one.request.start), min(end, one.request.end)
            if low < high:
                _take(one, event, low - start, high - start, start)

    def _receive_head(self, event: Event) -> Iterator[Exchange]:
        data = event.payload.data
        status = status_of(data)
        if status is not None:
            self._in_head = True
            self._is_interim = is_interim_status(status)
            if not self._is_interim and self._answering is not None:
                self.open.remove(self._answering)
                yield self._answering
                self._answering = None
            waiting = next((one for one in self.open if one.received is None), None)
            if waiting is not None and self._is_interim:
                waiting.interim.append(status)
            elif not self._is_interim:
                self._answering, self._body = waiting, Counted(None)
                if waiting is not None:
                    waiting.received = Message()
        if self._answering is not None and self._answering.received is not None and not self._is_interim:
            self._answering.received.passes(event)
            self._take_line(self._answering, self._answering.received, data)

    def _take_line(self, exchange: Exchange, answer: Message, data: bytes) -> None:
        if not self._in_head:
            answer.body_bytes += len(data)  # a trailer
            return
        answer.head += data
        if is_blank_line(data):
            self._in_head = False
            status = status_of(bytes(answer.head))
            method = exchange.request.method
            is_tunnel = method == "CONNECT" and status is not None and 200 <= status < 300
            if is_tunnel or method == "HEAD" or status in (204, 304):
                self._body = Counted(0)
            answer.is_complete = self._body.is_complete
        else:
            name, _, value = data.decode("latin-1").partition(":")
            self._body = framed(self._body, name, value.strip())


def _take(one: Exchange, event: Event, low: int, high: int, base: int) -> None:
    """Take in what of ``event``, which begins at byte ``base``, is of this request: from ``low`` to ``high`` in it."""
    one.sent.passes(event)
    request, payload = one.request, event.payload
    head_end = high if request.head_end is None else min(max(request.head_end - base, low), high)
    one.sent.head += payload.data[low:head_end]
    one.sent.body_bytes += high - head_end
    one.sent.is_complete = request.is_complete
    for start, end in request.content.meeting(base + head_end, base + high):
        one.sent.takes(payload[start - base : end - base])
