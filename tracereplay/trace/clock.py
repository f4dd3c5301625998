"""Makes time out of ``--trace-time``: a time of day, without a date, which may wrap or jump.

Source: curl src/tool_cb_dbg.c; to 8.11.0 the clock is monotonic but for midnight, from 8.11.1 on it is
the wall clock, and may be set back.
"""

DAY_NS = 86_400 * 1_000_000_000


def time_of_day_ns(text: str) -> int:
    """Return the nanoseconds since midnight of ``HH:MM:SS.uuuuuu``."""
    hours, minutes, seconds = text.split(":")
    whole, _, micros = seconds.partition(".")
    return ((int(hours) * 60 + int(minutes)) * 60 + int(whole)) * 1_000_000_000 + int(micros) * 1_000


class RisingClock:
    """Turns times of day into times that never fall: midnight adds a day, a step back is held."""

    def __init__(self) -> None:
        self._latest_ns: int | None = None
        self._days_ns = 0

    def rise(self, of_day_ns: int) -> int:
        """Return the time for a time of day, in nanoseconds since the midnight before the trace began."""
        time_ns = of_day_ns + self._days_ns
        if self._latest_ns is not None:
            if time_ns < self._latest_ns - DAY_NS // 2:
                self._days_ns += DAY_NS
                time_ns += DAY_NS
            time_ns = max(time_ns, self._latest_ns)
        self._latest_ns = time_ns
        return time_ns
