"""The lines that a witness writes, and the file that they go to.

A line is shorter than 4 KiB, and written at once to the end of the file, so that those of several processes do not mix.
"""

import itertools
import json
import os
import sys
import time
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Literal, cast

VERSION = 1
VARIABLE = "TRACEREPLAY_WITNESS"

State = Literal["called", "read", "done"]
End = Literal["open", "clean", "short", "error"]

_MOST_CHARACTERS = 200  # of a text in a line
_MOST_DIGITS = 20
_TOLD = "tracereplay.witness"  # the key of a request, under which stand the files that it is told in
_numbers = itertools.count()


class Log:
    """A file that lines are added to. Where that cannot be, the standard error output says so, once.

    A line says how many before it were ``lost``, since the last that was written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lost = 0
        self._is_torn = False
        try:
            path.open("ab").close()
        except OSError as error:
            _say(error)

    def add(self, value: dict[str, object]) -> None:
        """Write a line, in one piece."""
        lost, is_torn = self._lost, self._is_torn
        line = json.dumps({**value, "lost": lost}, separators=(",", ":")).encode() + b"\n"
        whole = b"\n" + line if is_torn else line
        try:
            with self.path.open("ab", buffering=0) as file:
                count = file.write(whole) or 0
            if count < len(whole):  # the disk is full: the rest would be refused
                self._is_torn = True
                raise OSError(f"a line was not written as a whole to {self.path}")  # noqa: TRY301 - as any other
        except OSError as error:
            self._lost += 1
            if self._lost == 1:
                _say(error)
        else:
            self._lost, self._is_torn = 0, False


class Request:
    """What is known of one request."""

    def __init__(self, log: Log, **head: object) -> None:
        self._log = log
        texts = {name: value[:_MOST_CHARACTERS] if isinstance(value, str) else value for name, value in head.items()}
        self._head = {"version": VERSION, "pid": os.getpid(), "number": next(_numbers), **texts}
        self.read = 0
        self.end: End = "open"
        self.error: str | None = None
        self.status: int | None = None
        self.failed: str | None = None
        self.tell("called")

    def take(self, count: int, end: End) -> None:
        """Write down a read of so many bytes."""
        self.read += count
        self.end = end
        self.tell("read")

    def break_off(self, error: str) -> None:
        """Write down a read that failed."""
        self.end, self.error = "error", error
        self.tell("read")

    def fail(self, error: BaseException) -> None:
        """Write down that the application ended with this."""
        self.failed = type(error).__name__
        self.tell("done")

    def tell(self, state: State) -> None:
        """Write a line."""
        known = {"read": self.read, "end": self.end, "error": self.error, "status": self.status, "failed": self.failed}
        self._log.add({**self._head, "at": round(time.time(), 6), "state": state, **known})


def log_of(path: str | os.PathLike[str] | None) -> Log | None:
    """Return the log at ``path``, or the one that the environment names; None without either."""
    name = os.environ.get(VARIABLE) if path is None else os.fspath(path)
    return Log(Path(name).absolute()) if name else None


def is_told(request: MutableMapping[str, object], log: Log) -> bool:
    """Return whether a witness further out tells of this request in that log; say that this one does."""
    files = cast("set[Path]", request.setdefault(_TOLD, set()))
    is_so = log.path in files
    files.add(log.path)
    return is_so


def number(value: object) -> int | None:
    """Return a number, that may be written in digits; None for what is none."""
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) < _MOST_DIGITS else None
    return int(value) if isinstance(value, int) else None


def _say(error: OSError) -> None:
    with suppress(OSError, ValueError, AttributeError):  # it may be full, closed, or none at all
        sys.stderr.write(f"tracereplay.witness: {error}\n")
