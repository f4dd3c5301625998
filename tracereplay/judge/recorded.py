"""The answers in a recording, read by the same reader as those of a live server.

curl says where an answer begins, so that each has a reader of its own: one whose body is not in the trace ends where
the next one begins, and swallows nothing. What the trace does not know is found by reading the answers twice, with two
different bytes in the place of each unknown one: where the two readings differ, nothing is known.

curl 8.5.0 shows chunked bodies without their chunks; such a body gets a chunk for each event, for the reader.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Self

from tracereplay.engine.answers import AnswerReader
from tracereplay.engine.outcome import Answer
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.step import Opening
from tracereplay.trace.event import Direction, Event, Info, Kind
from tracereplay.trace.framing import Chunked, is_chunked
from tracereplay.trace.response import is_interim_status, status_of
from tracereplay.trace.wording import news_of, speaks_of_tls

_OTHER = ord("-")  # than a dot, and as good as one in a header
_VERSION_BYTES = len(b"HTTP/1.1 ")


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """An answer as the trace has it, with dots for unknown bytes, and a ``shadow`` that has another byte there."""

    answer: Answer
    shadow: Answer


@dataclass(frozen=True, slots=True)
class Recording:
    """What was received on one connection: ``answers`` in their order, and the 1xx statuses before them.

    ``surplus`` counts the bytes that answer no request.
    """

    answers: tuple[RecordedAnswer, ...]
    interim: tuple[int, ...]
    requests: int
    unknown: int
    is_dechunked: bool
    surplus: int

    @classmethod
    def of(cls, plan: ConnectionPlan) -> Self:
        """Return what was received for what ``plan`` plays; the events of the trace are read once, or twice."""
        readers = list(_read(plan, swaps=False))
        unknown = plan.conversation.received.unknown.total
        shadows = list(_read(plan, swaps=True)) if unknown else readers
        pairs = zip_longest(_answers(readers), _answers(shadows))
        return cls(
            tuple(RecordedAnswer(one, shadow or one) for one, shadow in pairs if one is not None),
            tuple(status for reader in readers for status in reader.interim),
            len(plan.conversation.requests),
            unknown,
            any(warning.code == "dechunked" for warning in plan.trace.warnings),
            sum(reader.surplus for reader in readers),
        )


def _answers(readers: list[AnswerReader]) -> list[Answer]:
    return [answer for reader in readers for answer in reader.answers]


def _read(plan: ConnectionPlan, *, swaps: bool) -> Iterator[AnswerReader]:
    """Yield a reader for each answer, which has read it."""
    openings = iter([Opening(one.method, one.header("Upgrade") is not None) for one in plan.conversation.requests])
    chunks = Rechunking(is_wanted=any(warning.code == "dechunked" for warning in plan.trace.warnings))
    reader: AnswerReader | None = None
    has_begun = False
    for event in plan.recorded_events():
        if event.direction is Direction.SENT:
            continue
        status = status_of(event.payload.data) if event.kind is Kind.HEADER else None
        if status is not None and (reader is None or has_begun):
            opening = next(openings, None)
            if opening is not None:
                if reader is not None:
                    reader.feed(chunks.end())
                    yield reader
                reader = AnswerReader()
                reader.open(opening)
                has_begun = False
        has_begun = has_begun or (status is not None and not is_interim_status(status))
        if reader is not None:
            reader.feed(chunks.framed(event, _swapped(event) if swaps else event.payload.data))
    if reader is not None:
        if reader.answers and not reader.answers[-1].complete:
            end = _end(plan)
            if end is not None:
                reader.feed(chunks.end())
            if end == "closed":
                reader.close()
        yield reader


def _end(plan: ConnectionPlan) -> str | None:
    """Return whether the connection was ``kept`` or ``closed`` behind its last bytes; None where that tells nothing.

    Whatever else curl says there may be why it stopped.
    """
    end: str | None = None
    is_plain = True
    for placed in plan.trace.story():
        if placed.connection is None or placed.connection.id != plan.id:
            continue
        if isinstance(placed.item, Event):
            end, is_plain = None, True
        elif isinstance(placed.item, Info) and end is None:
            news = news_of(placed.item)
            if news is not None and news.what in ("kept", "closed"):
                end = news.what if is_plain else None
            is_plain = is_plain and speaks_of_tls(placed.item)
    return end


def _swapped(event: Event) -> bytes:
    """Return the bytes of an event with another byte in the place of each unknown one; a version stays one."""
    data = bytearray(event.payload.data)
    is_status_line = event.kind is Kind.HEADER and status_of(event.payload.data) is not None
    for start, end in event.payload.unknown_ranges():
        first = max(start, _VERSION_BYTES) if is_status_line else start
        data[first:end] = bytes([_OTHER]) * max(0, end - first)
    return bytes(data)


class Rechunking:
    """Puts chunks around the bodies of a trace that shows chunked ones without, if that ``is_wanted``."""

    def __init__(self, *, is_wanted: bool) -> None:
        self._is_wanted = is_wanted
        self._is_chunked = False
        self._is_without: bool | None = None  # None before the first byte of a body

    def framed(self, event: Event, data: bytes) -> bytes:
        """Return ``data``, which is that of ``event``, as it was on the wire."""
        if not self._is_wanted:
            return data
        if event.kind is Kind.HEADER:
            if status_of(data) is not None:
                self._is_chunked, self._is_without = False, None
            name, _, value = data.decode("latin-1").partition(":")
            self._is_chunked = self._is_chunked or (name.lower() == "transfer-encoding" and is_chunked(value))
            return data
        if self._is_without is None:
            trial = Chunked()
            trial.feed(data)
            self._is_without = self._is_chunked and trial.is_broken
        return b"%x\r\n%s\r\n" % (len(data), data) if self._is_without and data else data

    def end(self) -> bytes:
        """Return what ends the body that came last, now that another answer begins."""
        return b"0\r\n\r\n" if self._is_without else b""
