"""Masks secrets in what others shall look at, the heads and the commands: a ``*`` for each byte of them."""

import shlex
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from tracereplay.trace.secret import USUAL, HeadLines

if TYPE_CHECKING:
    from tracereplay.judge.finding import Sweep
    from tracereplay.judge.verdict import Verdict

MASK = b"*"


class Masking:
    """Fed with the heads that are sent on a connection, or received, in their order; a line may come in pieces."""

    def __init__(self) -> None:
        self._lines = HeadLines(USUAL)
        self._line = b""

    def find(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield where the secrets of the lines are that end in ``data``, as offsets into it; below 0 is before it."""
        at = -len(self._line)
        *whole, self._line = (self._line + data).split(b"\n")
        for line in whole:
            for one in self._lines.find(line + b"\n"):
                yield at + one.start, at + one.end
            at += len(line) + 1

    def rest(self) -> Iterator[tuple[int, int]]:
        """Yield those of the line that has not ended yet, as offsets from where it goes on."""
        size = len(self._line)
        for one in self._lines.find(self._line):
            yield one.start - size, one.end - size

    def masked(self, data: bytes) -> bytes:
        """Return ``data`` with its secrets masked; what may turn out to be one is."""
        text = bytearray(data)
        found = [*self.find(data), *((start + len(data), end + len(data)) for start, end in self.rest())]
        for start, end in found:
            text[max(0, start) : max(0, end)] = MASK * (max(0, end) - max(0, start))
        return bytes(text)

    def end(self) -> None:
        """Say that no head goes on here."""
        self._line = b""


def masked_command(command: str) -> str:
    """Return a command without the secrets that were given in it: a header, a key of a query, a user of a URL."""
    words = shlex.split(command)
    masked = [_masked_word(word) for word in words]
    return command if masked == words else shlex.join(masked)


def shareable(sweep: "Sweep") -> "Sweep":
    """Return the sweep as others may see it."""
    return replace(sweep, verdicts=tuple(one if one.command is None else _shareable(one) for one in sweep.verdicts))


def _shareable(verdict: "Verdict") -> "Verdict":
    assert verdict.command is not None
    beside = verdict.command.replace(f" --truncate {shlex.quote(verdict.spec)}", "", 1)
    return replace(verdict, command=masked_command(verdict.command)) if _has_secret(beside) else verdict


@lru_cache(64)
def _has_secret(command: str) -> bool:
    return masked_command(command) != command


def _masked_word(word: str) -> str:
    return Masking().masked(word.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")
