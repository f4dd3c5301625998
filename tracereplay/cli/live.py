"""The strip of a sweep that is under way, on a terminal."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tracereplay.show.paint import Paint
from tracereplay.show.sweep import OPEN, mark, strip

if TYPE_CHECKING:
    from tracereplay.judge.verdict import Verdict

_REFRESH_SECONDS = 0.1
_WIDTH = 40
_GONE = "\r\x1b[K"


class Live:
    """Shows how far a sweep of so many plays has come, if it is to be shown and stderr is a terminal."""

    def __init__(self, plays: int, *, is_shown: bool) -> None:
        self._is_shown = is_shown and sys.stderr.isatty()
        self._marks: dict[tuple[str, str], str] = {}
        self._plays = plays
        self._paint = Paint.on(sys.stderr)
        self._shown_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_shown:
            print(_GONE, end="", file=sys.stderr, flush=True)

    def show(self, verdict: "Verdict") -> None:
        """Take a verdict in."""
        if not self._is_shown:
            return
        self._marks[verdict.place, verdict.how] = mark(verdict)
        now = time.monotonic()
        if now < self._shown_at + _REFRESH_SECONDS:
            return
        self._shown_at = now
        marks = list(self._marks.values())
        line = strip(marks + [OPEN] * (self._plays - len(marks)), self._paint, _WIDTH)
        print(f"{_GONE}[{line}] {len(marks):,} of {self._plays:,}", end="", file=sys.stderr, flush=True)
