"""A tunnel through an HTTP proxy, as it was recorded: what was said to the proxy is no part of what is played.

curl asks for it by CONNECT, in the clear; all that follows the answer, TLS too, is between curl and the server. So the
conversation begins after it, and places, cuts and counts are those of the server. The CONNECT is kept as it was, to
ask the proxy again; one that was refused before (407) is not. A CONNECT that came to nothing is a request as any other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Self

from tracereplay.plan.splice import Splice
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Direction, Event, Kind
from tracereplay.trace.request import Request, RequestScanner, split_host
from tracereplay.trace.response import ResponseScanner
from tracereplay.trace.spans import Spans
from tracereplay.trace.trace import Trace


@dataclass(frozen=True, slots=True)
class Tunnel:
    """A tunnel to ``host`` at ``port``: ``head`` is the CONNECT that the proxy granted.

    ``recorded`` is the conversation with what was said to the proxy, which are its first ``end`` bytes; ``live`` are
    the secrets that were put into the head.
    """

    host: str
    port: int
    head: bytes = field(repr=False)  # a password may be in it
    recorded: Conversation = field(repr=False)
    end: int
    live: tuple[Splice, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, trace: Trace, recorded: Conversation) -> Self | None:
        """Return the tunnel in which a conversation was recorded.

        None when it was in none, nothing was sent in it, or the proxy itself was spoken to over TLS.
        """
        asked = list(takewhile(lambda request: request.is_tunnel, recorded.requests))
        end = asked[-1].head_end if asked else None
        if end is None or end >= recorded.sent.bytes:
            return None
        host, port = split_host(asked[-1].target)
        said = _said(trace, recorded.id, end)
        return None if said is None or port is None else cls(host, port, said[asked[-1].start :], recorded, end)

    def beyond(self, conversation: Conversation) -> Conversation:
        """Return ``conversation`` without what was said to the proxy."""
        requests = [self._moved(one) for one in conversation.requests if one.start >= self.end]
        sent = conversation.sent
        return replace(
            conversation,
            connection=replace(conversation.connection, requests=RequestScanner(requests)),
            sent=replace(sent, bytes=sent.bytes - self.end, unknown=sent.unknown.beyond(self.end)),
            marks=tuple(replace(one, at=one.at - self.end) for one in conversation.marks if one.at >= self.end),
        )

    def events_beyond(self, events: Iterable[Event]) -> Iterator[Event]:
        """Yield the events without what was said to the proxy, and its answers."""
        left = self.end
        answers = ResponseScanner()
        is_granted = False
        for event in events:
            if event.direction is Direction.RECEIVED:
                if is_granted:
                    yield event
                else:
                    is_granted = _feed(answers, event)
                continue
            size = len(event.payload)
            if left < size:
                is_granted = True
                yield replace(event, payload=event.payload[left:], declared_bytes=event.declared_bytes - left)
            left = max(0, left - size)

    def _moved(self, request: Request) -> Request:
        return replace(
            request,
            start=request.start - self.end,
            head_end=None if request.head_end is None else request.head_end - self.end,
            end=request.end - self.end,
            content=self._moved_spans(request.content),
            files=self._moved_spans(request.files),
        )

    def _moved_spans(self, spans: Spans) -> Spans:
        moved = Spans()
        for start, end in spans:
            moved.add(start - self.end, end - self.end)
        return moved


def _said(trace: Trace, connection: int, end: int) -> bytes | None:
    """Return the first ``end`` bytes that were sent, None when the proxy did not grant a tunnel after them."""
    said = b""
    answers = ResponseScanner()
    is_granted = False
    for placed in trace.story():
        event = placed.item
        if not isinstance(event, Event) or placed.connection is None or placed.connection.id != connection:
            continue
        if event.kind is Kind.TLS:
            if len(said) < end:
                return None
        elif event.direction is Direction.RECEIVED:
            is_granted = is_granted or _feed(answers, event)
        elif len(said) < end:
            said += event.payload.data
        else:
            break
    return said[:end] if is_granted else None


def _feed(answers: ResponseScanner, event: Event) -> bool:
    """Read on in the answers of the proxy; return whether the tunnel is there with this event."""
    answers.feed(event.kind, event.payload.data, method="CONNECT")
    return not answers.in_head and answers.status is not None and 200 <= answers.status < 300
