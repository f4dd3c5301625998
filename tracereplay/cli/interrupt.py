"""Ctrl-C while something runs in the background.

Python raises KeyboardInterrupt wherever it happens to be, in the middle of taking a lock too, which then breaks.
So it is only noted here, and raised where we wait.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupts_noted(noted: threading.Event | None = None) -> Iterator[threading.Event]:
    """Yield an event that the first Ctrl-C sets, ``noted`` or a new one.

    The second is as usual, and so is one that is ignored (``nohup``).
    """
    noted = threading.Event() if noted is None else noted

    def note(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        noted.set()

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield noted
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
