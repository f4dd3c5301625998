"""Masks secrets in the heads that others shall look at: a ``*`` for each byte of them."""

from collections.abc import Iterator

from tracereplay.trace.discreet import MASK
from tracereplay.trace.secret import USUAL, HeadLines


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
