"""Resolves doubts while a trace is read: events in, events out, with fewer unknown bytes and none guessed.

What is known besides the trace is a value, ``Known``: the CR LFs that were reasoned out (``seams.py``), the
heads of parts, and the files that were sent. Each reading of the trace makes a ``Mending`` of it, which gives
each event what is known of its bytes, by their offset in what was sent on the connection.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from tracereplay.errors import TraceError
from tracereplay.trace.connection import Connection
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Direction, Event, Kind
from tracereplay.trace.fill import Fill
from tracereplay.trace.payload import UNKNOWN, Payload
from tracereplay.trace.response import status_of
from tracereplay.trace.upload import disagreement, uploads_of

_CR_LF = b"\r\n"
_UNKNOWN = bytes((UNKNOWN,))

Spans = Iterable[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the bytes that were sent, by connection: ``seams`` are CRs, ``heads`` those of parts."""

    trace: str
    seams: dict[int, list[int]] = field(default_factory=dict)
    heads: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    fills: tuple[Fill, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.seams or self.heads or self.fills)

    def filled_by(self, fills: Iterable[Fill]) -> "Known":
        """Return what is known with files besides."""
        return replace(self, fills=tuple(fills))


def heads_of(conversations: Iterable[Conversation]) -> dict[int, list[tuple[int, int]]]:
    """Return where the heads of parts lie in what was sent, by connection."""
    found: dict[int, list[tuple[int, int]]] = {}
    for one in conversations:
        for upload in uploads_of(one):
            if upload.part is not None and b"." in upload.part.head:
                spans = upload.request.content.between(upload.part.head_start, upload.part.start)
                found.setdefault(one.id, []).extend(spans)
    return found


class Mending:
    """Gives events what is known of their bytes, in one reading of a trace; ``reasoned`` counts bytes."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._sent: dict[int, _Sent] = {}
        self._in_head: set[int] = set()
        self.reasoned = 0

    def mend(self, connection: Connection, event: Event) -> Event:
        """Return the event with what is known of its bytes. Raises TraceError when a file disagrees with it."""
        if not event.is_payload:
            return event
        if event.direction is Direction.RECEIVED:
            payload = self._with_line_end(connection.id, event) if event.kind is Kind.HEADER else event.payload
        elif self._known:
            sent = self._sent.get(connection.id)
            if sent is None:
                sent = self._sent[connection.id] = _Sent.of(connection.id, self._known)
            payload = sent.mend(event.payload)
            self.reasoned += sent.reasoned
            sent.reasoned = 0
        else:
            payload = event.payload
        return event if payload is event.payload else replace(event, payload=payload)

    def _with_line_end(self, number: int, event: Event) -> Payload:
        """Return a line of the head of an answer: what is not ended by CR LF is ended by LF."""
        data = event.payload.data
        if status_of(data) is not None:
            self._in_head.add(number)
        if number not in self._in_head or event.is_torn:
            return event.payload
        payload = event.payload
        # Two dots may be a CR LF as well: a row of which the trace does not show how it ends.
        if payload.marks[-1:] == _UNKNOWN and payload.marks[-2:-1] != _UNKNOWN:
            payload = Payload(data + _CR_LF, payload.marks + bytes(2)).with_dots_inferred()[: len(data)]
            payload = payload.with_known(len(data) - 1, b"\n")
            self.reasoned += 1
        if data in (_CR_LF, b".", b"\n", b".."):
            self._in_head.discard(number)
        return payload


@dataclass(slots=True)
class _Cursor:
    """Goes through ranges once, in order: which of them, and which part of each, is in the bytes at hand."""

    _spans: Iterator[tuple[int, int]]
    _now: tuple[int, int] | None = None
    _passed: int = 0

    @classmethod
    def over(cls, spans: Spans) -> "_Cursor":
        cursor = cls(iter(spans))
        cursor._now = next(cursor._spans, None)
        return cursor

    def within(self, first: int, last: int) -> Iterator[tuple[int, int, int]]:
        """Yield (start, end, offset among the ranges alone) of what lies between ``first`` and ``last``."""
        while self._now is not None and self._now[0] < last:
            start, end = self._now
            low, high = max(start, first), min(end, last)
            if low < high:
                yield low, high, self._passed + low - start
            if end > last:
                return
            self._passed += end - start
            self._now = next(self._spans, None)


@dataclass(slots=True)
class _Sent:
    """What is known of all that is sent on one connection."""

    trace: str
    number: int
    seams: _Cursor
    heads: _Cursor
    fills: list[tuple[Fill, _Cursor, _Cursor]]
    offset: int = 0
    reasoned: int = 0

    @classmethod
    def of(cls, number: int, known: Known) -> "_Sent":
        return cls(
            known.trace,
            number,
            _Cursor.over((seam, seam + 2) for seam in known.seams.get(number, ())),
            _Cursor.over(known.heads.get(number, ())),
            [
                (fill, _Cursor.over(fill.spans()), _Cursor.over(fill.name_spans()))
                for fill in known.fills
                if fill.upload.connection == number
            ],
        )

    def mend(self, payload: Payload) -> Payload:
        first, last = self.offset, self.offset + len(payload)
        self.offset = last
        for start, end, at in self.seams.within(first, last):
            if payload.marks[start - first] == UNKNOWN:
                payload = payload.with_known(start - first, _CR_LF[at % 2 : at % 2 + end - start])
                self.reasoned += end - start
        for fill, spans, name_spans in self.fills:
            for start, end, at in spans.within(first, last):
                data = fill.read(at, end - start)
                self._check(fill, payload[start - first : end - first], data, is_end=end == last)
                payload = payload.with_known(start - first, data)
            for start, end, at in name_spans.within(first, last):
                name, shown = fill.name[at : at + end - start], payload[start - first : end - first]
                if disagreement(shown, name, ends_event=end == last) is None:  # in hex a dot is a dot
                    payload = payload.with_known(start - first, name)
        if payload.marks:
            for start, end, _ in self.heads.within(first, last):
                payload = payload.with_lone_dots_inferred(start - first, end - first)
        return payload

    def _check(self, fill: Fill, shown: Payload, data: bytes, *, is_end: bool) -> None:
        if len(data) == len(shown) and disagreement(shown, data, ends_event=is_end) is None:
            return
        raise TraceError(f"{fill.path} was changed while it was in use", trace=self.trace)
