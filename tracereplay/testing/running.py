"""Runs a command to its end, or ends it: with all that it has started, for that may hold its output open."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

_GLANCE_SECONDS = 0.1


class StoppedError(RuntimeError):
    """A command was ended before its end, since nobody wants to know any more."""


def run(
    argv: Sequence[str], timeout_seconds: float, stop: threading.Event | None = None
) -> subprocess.CompletedProcess[str]:
    """Return what became of a command, and what it printed.

    Raises TimeoutExpired, StoppedError once ``stop`` is set, and OSError when it cannot be run. A Ctrl-C on the
    terminal does not reach it but through us.
    """
    if stop is not None and stop.is_set():
        raise StoppedError("it was stopped")
    with subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            out, err = _awaited(process, timeout_seconds, stop)
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(argv, process.returncode, out, err)


def _awaited(process: "subprocess.Popen[str]", timeout_seconds: float, stop: threading.Event | None) -> tuple[str, str]:
    deadline = time.monotonic() + timeout_seconds
    while True:
        left = deadline - time.monotonic()
        try:
            return process.communicate(timeout=max(0, min(left, _GLANCE_SECONDS)))
        except subprocess.TimeoutExpired:
            if left <= _GLANCE_SECONDS:
                raise subprocess.TimeoutExpired(process.args, timeout_seconds) from None
        if stop is not None and stop.is_set():
            raise StoppedError("it was stopped")
