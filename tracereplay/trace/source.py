"""A trace as bytes to be taken from the front: looked at before they are taken, lines counted."""

from typing import Protocol

CHUNK_BYTES = 1 << 16
LONGEST_LINE_BYTES = 1 << 16


class Stream(Protocol):
    """What a trace is read from."""

    def read(self, count: int, /) -> bytes:
        """Return the next bytes, at most so many; none at the end."""


class Source:
    """A reader that looks ahead, in constant memory: what is looked at at most, plus one chunk."""

    def __init__(self, stream: Stream, *, chunk_bytes: int = CHUNK_BYTES) -> None:
        self._stream = stream
        self._chunk_bytes = chunk_bytes
        self._buffer = b""
        self._at = 0
        self._before = 0  # bytes that have left the buffer
        self._ended = False
        self.line = 1

    def peek(self, count: int) -> bytes:
        """Return the next ``count`` bytes without taking them; fewer only at the end of the trace."""
        self._fill(count)
        return self._buffer[self._at : self._at + count]

    def peek_line(self, limit_bytes: int = LONGEST_LINE_BYTES) -> bytes:
        """Return the next line with its line feed, or its first ``limit_bytes`` when it is longer."""
        end = self._buffer.find(b"\n", self._at)
        if end < 0:
            self._fill(limit_bytes)
            end = self._buffer.find(b"\n", self._at)
        return self._buffer[self._at : min(end + 1 or len(self._buffer), self._at + limit_bytes)]

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes and move past them."""
        taken = self.peek(count)
        self.skip(len(taken), taken.count(b"\n"))
        return taken

    def skip(self, count: int, lines: int) -> None:
        """Move past ``count`` bytes that were looked at, and hold so many line feeds: counting takes time."""
        self._at += count
        self.line += lines

    @property
    def position(self) -> int:
        """How many bytes were taken."""
        return self._before + self._at

    @property
    def is_at_end(self) -> bool:
        """Whether nothing is left."""
        return not self.peek(1)

    def _fill(self, count: int) -> None:
        missing = count - (len(self._buffer) - self._at)
        if missing <= 0 or self._ended:
            return
        parts = [self._buffer[self._at :]]
        self._before += self._at
        self._at = 0
        while missing > 0:
            part = self._stream.read(max(missing, self._chunk_bytes))
            if not part:
                self._ended = True
                break
            parts.append(part)
            missing -= len(part)
        self._buffer = b"".join(parts)
