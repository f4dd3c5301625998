"""What comes before the last act: everything is acknowledged, and read where the peer would throw it away."""

from typing import Literal

from tracereplay.engine.actions import Action, Drain, Wait
from tracereplay.plan.step import Leave


class Departure:
    """The way out of one play. ``is_done`` once the last act is."""

    def __init__(self, *, at_once: bool = False) -> None:
        self.is_done = False
        self._is_acknowledged = at_once
        self._is_read = at_once
        self._settles_until_ns: int | None = None  # where it cannot be known what is read

    def delay(self, leave: Leave, now_ns: int, patience_ns: int, *, has_reader: bool) -> Action | None:
        """Return what is to be done before the last act, None when it may come."""
        if not self._is_acknowledged:
            return Drain(patience_ns)
        if not has_reader or not leave.way.discards or not leave.settle_ns:
            return None
        if not self._is_read:
            return Drain(leave.settle_ns, until_read=True)
        if self._settles_until_ns is not None and now_ns < self._settles_until_ns:
            return Wait(self._settles_until_ns)
        return None

    def drained(self, leave: Leave, left: int | None, now_ns: int) -> Literal["acknowledged", "read"]:
        """Take note that the wait of a Drain is over, and how much is ``left``; return what was waited for."""
        self._is_read = self._is_acknowledged
        self._is_acknowledged = True
        if self._is_read and left is None:
            self._settles_until_ns = now_ns + leave.settle_ns
        return "read" if self._is_read else "acknowledged"
