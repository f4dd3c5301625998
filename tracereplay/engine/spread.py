"""How a quantity is spread over many measurements, in constant memory."""

_EXACT_BITS = 7  # a bucket is 1/64 to 1/128 of its values wide


class Spread:
    """Counts whole numbers (nanoseconds, bytes). ``count``, ``least`` and ``most`` are exact.

    A quantile is at most 1/64 above the true one, and never below it.
    """

    def __init__(self) -> None:
        self.count = 0
        self.least = 0
        self.most = 0
        self._buckets: dict[int, int] = {}  # by the largest value of each

    def add(self, value: int) -> None:
        """Count one measurement; one below 0 counts as 0."""
        value = max(0, value)
        self.least = min(self.least, value) if self.count else value
        self.most = max(self.most, value)
        self.count += 1
        shift = max(0, value.bit_length() - _EXACT_BITS)
        top = ((value >> shift) + 1 << shift) - 1
        self._buckets[top] = self._buckets.get(top, 0) + 1

    def quantile(self, share: float) -> int:
        """Return the value that ``share`` of the measurements do not exceed. Raises ValueError without any."""
        if not self.count:
            raise ValueError("nothing was measured")
        left = share * self.count
        for top, count in sorted(self._buckets.items()):
            left -= count
            if left <= 0:
                return min(top, self.most)
        return self.most
