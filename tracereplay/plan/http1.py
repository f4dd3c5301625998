"""What curl did over HTTP/2 or 3, as HTTP/1.1: a translation, and not the bytes that were sent.

A trace shows such a request as HTTP/1 would write it, and the content of its DATA frames. So the head needs another
version in its first line, and loses the fields that HTTP/2 has no place for; a body whose length is not announced gets
chunk framing, a chunk for each recorded write. Streams that were under way at once are played one after the other, in
the order in which they began: each is read from the trace when its turn comes, and no body is ever kept.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Self

from tracereplay.errors import TraceError
from tracereplay.plan.streams import Stream, Streams, joined
from tracereplay.trace.connection import Connection
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Direction, Event, Kind
from tracereplay.trace.payload import Payload
from tracereplay.trace.request import Request
from tracereplay.trace.trace import Trace
from tracereplay.units import format_bytes

# curl lib/http.c, H2_NON_FIELD: shown, and not sent over HTTP/2. HTTP2-Settings goes with Upgrade: h2c.
_NOT_IN_HTTP2 = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"upgrade", b"http2-settings"})
_FRAMING = frozenset({b"transfer-encoding"})
_LINE_END = b"\r\n"
_LINE = re.compile(rb".*?\r\n|.+", re.DOTALL)
_CHUNKED = b"Transfer-Encoding: chunked\r\n"
_LAST_CHUNK = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Translation:
    """The conversation of one connection as HTTP/1.1 would have had it: ``conversation`` counts what is then sent."""

    trace: Trace
    recorded: Conversation
    streams: tuple[Stream, ...]
    conversation: Conversation

    @classmethod
    def of(cls, trace: Trace, recorded: Conversation) -> Self:
        """Return the translation of a conversation. Raises TraceError when its streams cannot be told apart."""
        streams = Streams(trace, recorded)
        for _ in streams.sort():
            pass
        for one in streams.all:
            if one.announced is not None and one.body_bytes > one.announced:
                raise TraceError(
                    f"the body has {format_bytes(one.body_bytes)}, and its head announces {one.announced:,}",
                    trace=trace.name,
                    line=one.line,
                    hint="record again: tracereplay record",
                )
        known = recorded.connection
        connection = Connection(known.id, known.host, known.address, known.port, known.tls)
        marks = tuple(mark for mark in recorded.marks if mark.what == "redacted")  # no other byte is there
        conversation = replace(recorded, connection=connection, sent=type(recorded.sent)(), marks=marks)
        translation = cls(trace, recorded, tuple(streams.all), conversation)
        for event in translation.events():
            if event.direction is Direction.SENT:
                connection.requests.feed(event.kind, event.payload.data, event.line)
                conversation.sent.add(event)
        connection.requests.finish()
        conversation.sent.ambiguous_line = recorded.sent.ambiguous_line
        conversation.sent.unknown.read_again_by(translation._payloads)
        return translation

    @property
    def is_multiplexed(self) -> bool:
        """Whether a request began before the one before it was all sent."""
        return any(after.first < before.last for before, after in pairwise(self.streams))

    def events(self) -> Iterator[Event]:
        """Yield the events of the translation, one request after the other, and what was received in between."""
        is_multiplexed = self.is_multiplexed
        story: Iterator[tuple[Event, Stream | None]] | None = None
        position = 0
        for stream in self.streams:
            if story is None or stream.first < position:
                story, position = Streams(self.trace, self.recorded).sort(), 0
            translated = partial(_translated, stream)
            for event, owner in story:
                if owner is None:
                    if not is_multiplexed or _answers(event, stream):
                        yield event
                    continue
                if owner.first == stream.first:
                    yield from translated(event, is_last=position == stream.last)
                position += 1
                if position > stream.last:
                    break
        for event, owner in story or ():
            if owner is None and (not is_multiplexed or _answers(event, self.streams[-1])):
                yield event

    def refuse_unfinished(self, requests: Sequence[Request], end: int) -> None:
        """Raise TraceError when another of ``requests`` begins before ``end`` where one was not all sent.

        HTTP/2 and 3 can drop a request and go on; to HTTP/1.1 what comes next would be the rest of it.
        """
        for before, after in pairwise(requests):
            if not before.is_complete and after.start < end:
                raise TraceError(
                    f"this request was not all sent, and another follows on connection {self.recorded.id}:"
                    " HTTP/1.1 cannot go on behind it",
                    trace=self.trace.name,
                    line=before.line,
                    hint=f"play it up to there: --truncate {after.start}",
                )

    def _payloads(self) -> Iterator[Payload]:
        return (event.payload for event in self.events() if event.direction is Direction.SENT)


def _answers(event: Event, stream: Stream) -> bool:
    """Return whether what was received is certainly for this stream, and so may set its pace."""
    return event.ids is not None and event.ids.transfer == stream.transfer


def _translated(stream: Stream, event: Event, *, is_last: bool) -> Iterator[Event]:
    """Yield what is sent for one recorded event of the stream."""
    is_chunked = _gets_chunks(stream)
    if event.kind is Kind.HEADER:
        # A head that came in pieces goes out with the first: they are of one request, and of one moment.
        if event.line == stream.line:
            head = _head(stream, is_chunked=is_chunked)
            yield replace(event, payload=head, declared_bytes=len(head) + stream.head_lacks_bytes)
    elif not is_chunked:
        yield event
    elif event.declared_bytes:
        end = b"" if event.is_torn else _LINE_END
        size = b"%x\r\n" % event.declared_bytes
        chunk = joined((Payload(size), event.payload, Payload(end)))
        lacking = event.declared_bytes - len(event.payload)
        yield replace(event, payload=chunk, declared_bytes=len(chunk) + lacking)
    if is_last and is_chunked and stream.is_whole and not event.is_torn:
        yield replace(event, kind=Kind.DATA, payload=Payload(_LAST_CHUNK), declared_bytes=len(_LAST_CHUNK))


def _gets_chunks(stream: Stream) -> bool:
    has_length = any(_name(line) == b"content-length" for line in _LINE.findall(stream.head.data))
    return stream.body_bytes > 0 and not stream.is_wire and not has_length


def _head(stream: Stream, *, is_chunked: bool) -> Payload:
    """Return the head as HTTP/1.1; each line that is kept keeps what is known of it."""
    if stream.is_wire and stream.head.data.startswith(b"CONNECT "):
        return stream.head
    dropped = _NOT_IN_HTTP2 if stream.is_wire else _NOT_IN_HTTP2 | _FRAMING
    parts: list[Payload] = []
    at = 0
    for line in _LINE.findall(stream.head.data):
        kept = stream.head[at : at + len(line)]
        if at == 0:
            version = line.rindex(b" ") + 1
            kept = joined((kept[:version], Payload(b"HTTP/1.1\r\n")))
        elif line == _LINE_END and is_chunked:
            kept = Payload(_CHUNKED + _LINE_END)
        elif _name(line) in dropped:
            kept = Payload(b"")
        parts.append(kept)
        at += len(line)
    return joined(parts)


def _name(line: bytes) -> bytes:
    return line.partition(b":")[0].strip().lower()
