"""The only clock: monotonic nanoseconds."""

import time


def now_ns() -> int:
    """Return the time now, in nanoseconds since some moment that does not change."""
    return time.monotonic_ns()
