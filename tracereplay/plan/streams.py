"""Tells the requests of one HTTP/2 or 3 connection apart, of which several may be under way at once.

With ``--trace-ids`` curl says which transfer an event belongs to. Without, a piece of a body belongs to the one
request that still has something to send; where there are several, nothing decides, and that is refused.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tracereplay.errors import TraceError
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Direction, Event, Info, Kind
from tracereplay.trace.payload import Payload
from tracereplay.trace.request import RequestScanner
from tracereplay.trace.response import is_interim_status, status_of
from tracereplay.trace.trace import Trace

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,19})[ \t]*\r\n", re.IGNORECASE)
_UPGRADE = re.compile(rb"\r\nupgrade:[ \t]*h2c[ \t]*\r\n", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_BODILESS = (b"GET ", b"HEAD ", b"CONNECT ")
# curl lib/transfer.c and lib/request.c, 7.1 to 8.22
_SAYS_ALL_SENT = re.compile(rb"We are completely uploaded|upload completely sent off|Request completely sent off")
_SAYS_STOPPED = re.compile(rb"stop send|abort upload")


@dataclass(slots=True)
class Stream:
    """One request as the trace shows it; ``first`` and ``last`` are the positions of its events among all sent."""

    line: int
    transfer: int | None
    first: int
    last: int = 0
    head: Payload = field(default_factory=lambda: Payload(b""))
    head_lacks_bytes: int = 0  # where the trace is torn in it
    announced: int | None = None
    body_bytes: int = 0
    is_said_whole: bool = False
    is_answered: bool = False
    is_stopped: bool = False

    @property
    def in_head(self) -> bool:
        """Whether the end of its head has not come."""
        return not self.head.data.endswith(_HEAD_END)

    @property
    def is_wire(self) -> bool:
        """Whether it was HTTP/1 on the wire too: a tunnel through a proxy, and the request that asks for HTTP/2."""
        is_http1 = b" HTTP/1" in self.head.data.partition(b"\r\n")[0]
        return is_http1 and (self.head.data.startswith(b"CONNECT ") or _UPGRADE.search(self.head.data) is not None)

    @property
    def is_whole(self) -> bool:
        """Whether all of its body was sent, where no length was announced: curl says so, or the server answered."""
        return self.is_said_whole or (self.is_answered and not self.is_stopped)

    @property
    def may_send(self) -> bool:
        """Whether a part of a body can still be its own."""
        if self.in_head or self.is_said_whole:
            return False
        if self.announced is not None:
            return self.body_bytes < self.announced
        return not self.head.data.startswith(_BODILESS)

    def take(self, event: Event, position: int) -> None:
        """Take in the next event that it sends."""
        self.last = position
        if event.kind is Kind.DATA:
            self.body_bytes += event.declared_bytes
            return
        self.head = joined((self.head, event.payload))
        self.head_lacks_bytes += event.declared_bytes - len(event.payload)
        length = _LENGTH.search(self.head.data)
        self.announced = int(length[1]) if length else None


class Streams:
    """Reads the story of a connection, and gives each sent event its stream; ``all`` grows."""

    def __init__(self, trace: Trace, conversation: Conversation) -> None:
        self.all: list[Stream] = []
        self._trace = trace
        self._id = conversation.id
        self._open: list[Stream] = []  # that are not answered
        self._answers = 0

    def sort(self) -> Iterator[tuple[Event, Stream | None]]:
        """Yield the events, in the order of the trace; received ones have no stream. Raises TraceError."""
        position = 0
        for placed in self._trace.story():
            item = placed.item
            if placed.connection is None or placed.connection.id != self._id:
                continue
            if isinstance(item, Info):
                self._read_info(item)
            elif isinstance(item, Event) and item.is_payload:
                if item.direction is Direction.SENT:
                    stream = self._owner(item, position)
                    stream.take(item, position)
                    position += 1
                    yield item, stream
                else:
                    self._read_answer(item)
                    yield item, None

    def _owner(self, event: Event, position: int) -> Stream:
        found = self._of_transfer(event.ids.transfer) if event.ids is not None else None
        if event.kind is Kind.HEADER:
            heads = [one for one in self._open if one.in_head] if event.ids is None else [found] if found else []
            if (not heads or not heads[-1].in_head) and RequestScanner().begins_request(event.payload.data):
                found = Stream(event.line, None if event.ids is None else event.ids.transfer, position)
                self.all.append(found)
                self._open.append(found)
                return found
            candidates = heads
        elif event.ids is not None:
            candidates = [found] if found else []
        else:
            candidates = [one for one in self._open if one.may_send] or self.all[-1:]
        if len(candidates) != 1:
            raise TraceError(
                f"several requests are under way on connection {self._id}, and nothing tells of which this is",
                trace=self._trace.name,
                line=event.line,
                hint="record with --trace-ids (curl 8.2.0 on), as tracereplay record does, or without --parallel",
            )
        return candidates[0]

    def _of_transfer(self, transfer: int) -> Stream | None:
        return next((one for one in reversed(self.all) if one.transfer == transfer), None)

    def _read_info(self, info: Info) -> None:
        says_whole = _SAYS_ALL_SENT.search(info.text) is not None
        if not says_whole and not _SAYS_STOPPED.search(info.text):
            return
        if info.ids is not None:
            found = self._of_transfer(info.ids.transfer)
        else:
            sending = [one for one in self._open if one.may_send] or self._open
            found = sending[0] if len(sending) == 1 else None
        if found is not None:
            found.is_said_whole = found.is_said_whole or says_whole
            found.is_stopped = found.is_stopped or not says_whole

    def _read_answer(self, event: Event) -> None:
        status = status_of(event.payload.data) if event.kind is Kind.HEADER else None
        if status is None or status == 101 or is_interim_status(status):
            return
        self._answers += 1
        if event.ids is not None:
            found = self._of_transfer(event.ids.transfer)
            answered = [found] if found is not None else []
        else:
            answered = self._open if self._answers >= len(self.all) else []
        for one in answered:
            one.is_answered = True
        self._forget_answered()

    def _forget_answered(self) -> None:
        # An answer may come early: what is still to be sent of a request goes on, until the next one begins.
        self._open = [one for one in self._open if not one.is_answered or one is self.all[-1]]


def joined(parts: Iterable[Payload]) -> Payload:
    """Return the payloads as one, each byte with its mark."""
    parts = list(parts)
    data = b"".join(part.data for part in parts)
    marks = b"".join(part.marks or bytes(len(part)) for part in parts)
    return Payload(data, marks if any(marks) else b"")
