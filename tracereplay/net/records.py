"""Which plaintext lies in which bytes of the wire: the records of TLS that were sent, and where each ends."""

from bisect import bisect_right

_FEW = 4096


class Records:
    """The ends of records, in bytes of the wire and of plaintext; those that nobody asks for any more are dropped.

    Any thread may ask while one adds and drops.
    """

    def __init__(self) -> None:
        self._ends = [(0, 0)]  # the first may be dropped ones, as one
        self._many = _FEW

    @property
    def are_many(self) -> bool:
        """Whether it is time to drop some."""
        return len(self._ends) >= self._many

    def add(self, wire_end: int, plain_end: int) -> None:
        """Note a record that ends there."""
        self._ends.append((wire_end, plain_end))

    def plain(self, wire: int) -> int:
        """Return how much plaintext the records hold that end within the first ``wire`` bytes of the wire."""
        ends = self._ends
        return ends[_count(ends, wire) - 1][1]

    def drop(self, wire: int) -> None:
        """Forget the records that end within the first ``wire`` bytes; nobody asks for fewer any more."""
        self._ends = self._ends[_count(self._ends, wire) - 1 :]
        self._many = 2 * len(self._ends) + _FEW


def _count(ends: list[tuple[int, int]], wire: int) -> int:
    return max(1, bisect_right(ends, wire, key=lambda end: end[0]))
