"""Half-open ranges of byte offsets, in order: 24 bytes for each, whatever they cover."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator


class Spans:
    """A growing list of ranges; a range that continues the last one makes it longer."""

    __slots__ = ("_before", "_ends", "_starts", "total")

    def __init__(self) -> None:
        self._starts = array("Q")
        self._ends = array("Q")
        self._before = array("Q")  # how many bytes are in the ranges before each
        self.total = 0

    def add(self, start: int, end: int) -> None:
        """Add the range from ``start`` to ``end``, which begins at or after the end of the last one."""
        if start >= end:
            return
        if self._ends and self._ends[-1] == start:
            self._ends[-1] = end
        else:
            self._starts.append(start)
            self._ends.append(end)
            self._before.append(self.total)
        self.total += end - start

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._starts, self._ends, strict=True)

    def __len__(self) -> int:
        return len(self._starts)

    def holds(self, offset: int) -> bool:
        """Return whether ``offset`` is in one of the ranges."""
        at = bisect_right(self._starts, offset) - 1
        return at >= 0 and offset < self._ends[at]

    def meet(self, first: int, last: int) -> bool:
        """Return whether one of the ranges has an offset from ``first`` to ``last``, which itself is not meant."""
        at = bisect_right(self._ends, first)
        return at < len(self._starts) and self._starts[at] < last

    def meeting(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Yield the parts of the ranges that lie within the offsets ``first`` to ``last``."""
        for at in range(bisect_right(self._ends, first), len(self)):
            if self._starts[at] >= last:
                return
            yield max(self._starts[at], first), min(self._ends[at], last)

    def between(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Yield the ranges that hold the bytes ``first`` to ``last``, counted within the ranges alone."""
        for at in range(max(bisect_right(self._before, first) - 1, 0), len(self)):
            start, end, passed = self._starts[at], self._ends[at], self._before[at]
            if passed >= last:
                return
            low, high = max(first - passed, 0), min(last - passed, end - start)
            if low < high:
                yield start + low, start + high

    def offset_before(self, count: int) -> int:
        """Return where the byte is that has ``count`` bytes of the ranges before it; ``total`` gives the last end."""
        return self.offset_of(count + 1) - 1 if count < self.total else self.offset_of(count)

    def offset_of(self, count: int) -> int:
        """Return the offset that has ``count`` bytes of the ranges before it; ``total`` gives the last end."""
        if not self._starts:
            raise ValueError("no ranges")
        if count > self.total:
            raise ValueError(f"{count} bytes of {self.total}")
        at = max(bisect_left(self._before, count) - 1, 0)
        return self._starts[at] + count - self._before[at]
