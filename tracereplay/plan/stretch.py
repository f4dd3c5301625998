"""Recorded times, made longer or shorter: every time keeps its share of the way."""

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from tracereplay.errors import PlanError
from tracereplay.trace.event import Event, Info

_FACTOR = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)
_US_NS = 1_000  # a trace has microseconds

_Timed = TypeVar("_Timed", bound=Event | Info)


@dataclass(frozen=True, slots=True)
class Stretch:
    """All times count from ``origin_ns``, and are ``factor`` times as far from it, to the microsecond."""

    factor: Fraction
    origin_ns: int

    def event(self, item: _Timed) -> _Timed:
        """Return the event, or line of information, with its time."""
        return item if item.time_ns is None else replace(item, time_ns=self.time_ns(item.time_ns))

    def time_ns(self, at_ns: int) -> int:
        """Return where the time is then."""
        return self.origin_ns + round((at_ns - self.origin_ns) * self.factor / _US_NS) * _US_NS


def read_factor(text: str) -> Fraction:
    """Return the factor that ``text`` names: ``2``, ``0.5``. Raises PlanError."""
    factor = Fraction(text) if _FACTOR.fullmatch(text) else Fraction(0)
    if factor <= 0:
        raise PlanError(f"{text!r} is no factor", hint="2 makes everything take twice as long, 0.5 half as long")
    return factor
