"""How late sends were: what a user must know to trust a run, or to dismiss it."""

from dataclasses import dataclass
from typing import Self

from tracereplay.engine.spread import Spread


@dataclass(frozen=True, slots=True)
class Lateness:
    """From when a send was due to when its first byte was handed to our kernel, over ``sends`` of them.

    The median and the 99th percentile are at most 1/64 above the true ones; the maximum is exact.
    """

    sends: int
    median_ns: int
    p99_ns: int
    max_ns: int

    @classmethod
    def of(cls, spread: Spread) -> Self | None:
        """Return what ``spread`` comes to, None when nothing was measured."""
        if not spread.count:
            return None
        return cls(spread.count, spread.quantile(0.5), spread.quantile(0.99), spread.most)
