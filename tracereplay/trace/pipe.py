"""A pipe with a name, or the one of ``<(…)`` in a shell: read once, to its end, and not waited for without end."""

import contextlib
import os
import threading
from pathlib import Path
from typing import BinaryIO

PATIENCE_SECONDS = 10.0


def opened_pipe(path: Path) -> BinaryIO:
    """Return the pipe at ``path``, open for reading, once somebody writes to it.

    Raises OSError when nobody has opened it for writing after PATIENCE_SECONDS. Ctrl-C ends the wait.
    """
    is_vain = threading.Event()

    def give_up() -> None:
        is_vain.set()
        with contextlib.suppress(OSError):  # who waited is gone
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))  # so that who waits to open it goes on

    timer = threading.Timer(PATIENCE_SECONDS, give_up)
    timer.daemon = True
    timer.start()
    try:
        stream = path.open("rb")
    finally:
        timer.cancel()
    if is_vain.is_set():
        stream.close()
        raise TimeoutError(0, f"it is a pipe, and nobody has written to it for {PATIENCE_SECONDS:g} s")
    return stream
