"""Where a sweep prints: when nobody takes it any more, the sweep ends, and its files are still written."""

import threading
from collections.abc import Iterable

from tracereplay.cli.door import put
from tracereplay.errors import SystemFault


class Outlet:
    """The standard output of what ``stop`` ends.

    ``fault`` is why it takes no more, which is to be raised when all files are written; None while it does.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self.fault: BrokenPipeError | SystemFault | None = None

    def put(self, pieces: Iterable[str]) -> None:
        """Print each piece on a line, at once, for only so it is known here that nobody reads it."""
        try:
            if self.fault is None:
                put(pieces, now=True)
        except (BrokenPipeError, SystemFault) as fault:
            self.fault = fault
            self._stop.set()
