"""The command line: each file reads the options of one command, makes one call of the library, and prints."""

import atexit
import gc
import os
import signal
import sys

from tracereplay import __version__

__all__ = ["main"]

INTERRUPTED = 130


def main() -> None:
    """Run the command line of this process, and exit."""
    if sys.argv[1:] in (["--version"], ["-V"]):  # Typer would take most of the time
        print(f"tracereplay {__version__}")
        return
    if hasattr(gc, "freeze"):  # only CPython has it
        # What is left at the end dies with the process; to search it for cycles takes a seventh of a short command.
        atexit.register(gc.freeze)
    is_usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_usual:  # an exception in the middle of an import can become any other
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    from tracereplay.cli.app import main as run  # noqa: PLC0415

    if is_usual:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()
