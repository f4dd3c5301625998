"""Sizes, rates and durations: text becomes a number once, at the door.

Sizes are bytes with suffixes that count in 1,024, as in curl (``--limit-rate 64k`` is 65,536).
Durations are nanoseconds; a bare number is seconds, as in curl (``--max-time 2.5``).
"""

import re
from decimal import Decimal

from tracereplay.errors import PlanError

SECOND_NS = 1_000_000_000
LONGEST_NS = 366 * 24 * 3_600 * SECOND_NS

_SIZE = re.compile(r"(\d{1,19}(?:\.\d{1,9})?)([kmgtKMGT]?)(?:i?[bB])?", re.ASCII)
_DURATION = re.compile(r"(\d{1,19}(?:\.\d{1,9})?)(ns|us|ms|s|m|h)?", re.ASCII)
_EXPONENTS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_UNITS_NS = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": SECOND_NS,
    "m": 60 * SECOND_NS,
    "h": 3_600 * SECOND_NS,
}


def size_bytes(text: str) -> int:
    """Return the number of bytes that ``text`` names: ``65536``, ``64k``, ``1.5M``, ``5GiB``.

    Raises PlanError for anything else.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise PlanError(
            f"{text!r} is not a size",
            hint="write bytes, or a number with k, M, G or T (1,024-based, as in curl): 65536, 64k, 1.5M",
        )
    number, suffix = found.groups()
    return int(Decimal(number) * 1024 ** _EXPONENTS[suffix.lower()])


def rate_bytes(text: str) -> int:
    """Return the bytes in a second that ``text`` names: a size, with or without ``/s``; never 0."""
    rate = size_bytes(text.strip().removesuffix("/s"))
    if rate == 0:
        raise PlanError("a rate of 0 bytes in a second never ends", hint="to stop and stay, use --close stall")
    return rate


def duration_ns(text: str | float) -> int:
    """Return the nanoseconds that ``text`` names: ``2``, ``2.5s``, ``300ms``, ``1m``; a number is seconds.

    Raises PlanError for anything else.
    """
    found = _DURATION.fullmatch(str(text).strip())
    if found is None:
        raise PlanError(
            f"{text!r} is not a duration",
            hint="write seconds, or a number with us, ms, s, m or h: 2, 2.5s, 300ms, 1m",
        )
    number, unit = found.groups()
    length_ns = int(Decimal(number) * _UNITS_NS[unit or "s"])
    if length_ns > LONGEST_NS:
        raise PlanError(f"{text!r} is longer than a year", hint="for as long as the peer stays, leave it out")
    return length_ns


def format_bytes(count: int) -> str:
    """Return ``count`` for a person to read, exact: ``1,048,759 bytes``."""
    return f"{count:,} byte{'' if count == 1 else 's'}"


def format_duration(ns: int) -> str:
    """Return a span of time for a person to read: ``840 us``, ``12.3 ms``, ``2.85 s``."""
    if ns < 1_000_000:
        return f"{ns / 1_000:.0f} us"
    if ns < SECOND_NS:
        return f"{ns / 1_000_000:.1f} ms"
    return f"{ns / SECOND_NS:.2f} s"
