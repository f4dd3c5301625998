"""The unknown bytes of one direction: counted, and the first ranges of them kept.

An ascii trace of binary data has more ranges than memory should hold. The rest is read from the trace again,
whenever it is asked for.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Self

from tracereplay.trace.payload import Payload
from tracereplay.trace.spans import Spans

KEPT_RANGES = 1 << 16


class Unknown:
    """Ranges of unknown bytes, in order, as half-open offsets; ``total`` is how many bytes are in them."""

    __slots__ = ("_again", "_end", "_first", "_kept_end", "total")

    def __init__(self) -> None:
        self._first = Spans()
        self._again: Callable[[], Iterable[Payload]] | None = None
        self._kept_end: int | None = None  # where keeping was given up; None while all is kept
        self._end = 0
        self.total = 0

    @classmethod
    def of(cls, ranges: Spans, end: int) -> Self:
        """Return what has just these unknown bytes before ``end``, all of them kept."""
        unknown = cls()
        unknown._first, unknown._end = ranges, end
        unknown.total = ranges.total
        return unknown

    def beyond(self, start: int) -> "Unknown":
        """Return what is unknown from ``start`` on, counted from there."""
        rest = Unknown()
        for first, last in self._first:
            rest._first.add(max(first, start) - start, max(last, start) - start)
        rest._kept_end = None if self._kept_end is None else self._kept_end - start
        rest._end = self._end - start
        rest.total = self.total - self.before(start)
        if self._again is not None:
            rest._again = partial(_without, self._again, start)
        return rest

    def add(self, payload: Payload) -> None:
        """Add what is unknown of the next payload."""
        if self._kept_end is None:
            if len(self._first) < KEPT_RANGES:
                for start, end in payload.unknown_ranges(self._end):
                    self._first.add(start, end)
            elif payload.unknown:
                self._kept_end = self._end
        self._end += len(payload)
        self.total += payload.unknown

    def read_again_by(self, again: Callable[[], Iterable[Payload]]) -> None:
        """Let ``again`` tell all the payloads once more, in their order."""
        self._again = again

    def __iter__(self) -> Iterator[tuple[int, int]]:
        if self._kept_end is None:
            return iter(self._first)
        return _merged(span for base, payload in self._payloads() for span in payload.unknown_ranges(base))

    def before(self, end: int) -> int:
        """Return how many bytes before ``end`` are unknown."""
        if end >= self._end:
            return self.total
        if self._kept_end is None or end <= self._kept_end:
            return sum(min(stop, end) - start for start, stop in self._first if start < end)
        return sum(payload[: max(0, end - base)].unknown for base, payload in self._payloads())

    def meet(self, start: int, end: int) -> bool:
        """Return whether one of the bytes from ``start`` to ``end`` is unknown."""
        if self._kept_end is None or self._first.meet(start, end):
            return self._first.meet(start, end)
        return any(payload[max(0, start - base) : max(0, end - base)].unknown for base, payload in self._payloads())

    def _payloads(self) -> Iterator[tuple[int, Payload]]:
        assert self._again is not None
        base = 0
        for payload in self._again():
            yield base, payload
            base += len(payload)


def _without(again: Callable[[], Iterable[Payload]], start: int) -> Iterator[Payload]:
    """Yield the payloads without their first ``start`` bytes."""
    left = start
    for payload in again():
        yield payload[min(left, len(payload)) :]
        left = max(0, left - len(payload))


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the ranges with those joined that go on in the next payload."""
    start = end = 0
    for begin, stop in spans:
        if begin == end:
            end = stop
            continue
        if start < end:
            yield start, end
        start, end = begin, stop
    if start < end:
        yield start, end
