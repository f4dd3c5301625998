"""Tells the content of an HTTP/1 body from its framing, by offset, while it passes by (RFC 9112, 6 and 7)."""

import re
from dataclasses import dataclass
from typing import Literal

# A CR LF that is split over two events is two dots in --trace-ascii; within one event it is known.
_LINE_END, _LINE_END_SPLIT = b"\r\n", b".."
_LONGEST_LINE_BYTES = 1 << 14
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;|$)")
_CHUNK_SIZE_BEGUN = re.compile(rb"[0-9A-Fa-f]{1,16}[ \t]*(?:;.*)?[\r.]?", re.DOTALL)

_LENGTH = re.compile(r"[0-9]{1,19}")


def length_of(value: str) -> int | None:
    """Return what the value of a Content-Length says, None when it is no number."""
    return int(value) if _LENGTH.fullmatch(value) else None


def is_chunked(value: str) -> bool:
    """Return whether the value of a Transfer-Encoding says that the body comes in chunks."""
    return "chunked" in value.lower()


@dataclass(slots=True)
class Counted:
    """A body of a known length: its content is the body. ``left`` is None when nothing says how long it is."""

    left: int | None

    def feed(self, data: bytes) -> list[tuple[int, int]]:
        """Return the content in ``data`` as half-open offsets into it."""
        count = len(data) if self.left is None else min(len(data), self.left)
        if self.left is not None:
            self.left -= count
        return [(0, count)] if count else []

    @property
    def is_complete(self) -> bool:
        """Whether the body has all come."""
        return self.left == 0


@dataclass(slots=True)
class Chunked:
    """A chunked body: sizes, content and trailers. What turns out not to be chunked is content, never complete."""

    _state: Literal["size", "content", "gap", "trailer", "end", "broken"] = "size"
    _left: int = 0
    _line: bytes = b""

    def feed(self, data: bytes) -> list[tuple[int, int]]:
        """Return the content in ``data`` as half-open offsets into it."""
        spans = []
        at = 0
        while at < len(data) and self._state != "end":
            if self._state in ("content", "broken"):
                count = len(data) - at if self._state == "broken" else min(self._left, len(data) - at)
                spans.append((at, at + count))
                at += count
                self._left -= count
                if self._state == "content" and not self._left:
                    self._state = "gap"
            else:
                self._line += data[at : at + 1]
                at += 1
                if self._line.endswith(_LINE_END) or (at == 1 and self._line.endswith(_LINE_END_SPLIT)):
                    self._end_line(self._line[:-2].rstrip(b"\r."))
                elif len(self._line) > _LONGEST_LINE_BYTES:
                    self._state = "broken"
        if self._state == "size" and self._line and not _CHUNK_SIZE_BEGUN.fullmatch(self._line):
            self._state = "broken"
        return spans

    @property
    def is_broken(self) -> bool:
        """Whether something stood there that is not chunked."""
        return self._state == "broken"

    @property
    def is_complete(self) -> bool:
        """Whether the last chunk and the trailers have come."""
        return self._state == "end"

    def _end_line(self, line: bytes) -> None:
        self._line = b""
        if self._state == "gap":
            self._state = "size" if not line else "broken"
        elif self._state == "trailer":
            self._state = "trailer" if line else "end"
        else:
            size = _CHUNK_SIZE.match(line)
            self._left = int(size[1], 16) if size else 0
            self._state = "broken" if size is None else "content" if self._left else "trailer"


def framed(body: Chunked | Counted, name: str, value: str) -> Chunked | Counted:
    """Return what ``body`` is, as known so far, once its head has this field, too: chunks outdo a length."""
    match name.lower():
        case "transfer-encoding" if is_chunked(value):
            return Chunked()
        case "content-length" if isinstance(body, Counted):
            length = length_of(value)
            return body if length is None else Counted(length)
        case _:
            return body
