"""Finds the uploaded files in a multipart body, by offset, while the body passes by (RFC 2046, 7578)."""

import re
from dataclasses import dataclass, field

_BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))', re.IGNORECASE)
_FILENAME = re.compile(rb"^content-disposition:.*;\s*filename\*?=", re.IGNORECASE | re.MULTILINE)
_QUOTED_FILENAME = re.compile(rb'^content-disposition:.*;\s*filename="((?:[^"\\]|\\.)*)"', re.IGNORECASE | re.MULTILINE)
_NAME = re.compile(
    rb"^content-disposition:[^;\r\n]*"
    rb"(?:;\s*[a-z0-9*-]+=(?:\"(?:[^\"\\]|\\.)*\"|[^;\s]*))*?;\s*name=(?:\"((?:[^\"\\]|\\.)*)\"|([^;\s]+))",
    re.IGNORECASE | re.MULTILINE,
)
_LONGEST_HEAD_BYTES = 1 << 16


def boundary_of(content_type: str) -> bytes | None:
    """Return the boundary that a Content-Type names, None when it is not multipart."""
    found = _BOUNDARY.search(content_type)
    if found is None or not content_type.lower().startswith("multipart/"):
        return None
    quoted, token = found.groups()
    boundary = re.sub(r"\\(.)", r"\1", quoted) if token is None else token
    return boundary.encode("latin-1", "replace") or None


@dataclass(slots=True)
class Part:
    """One part of a body: its head, and where that and its content lie, as half-open offsets into the whole content.

    ``is_whole`` when the delimiter behind it was sent, too.
    """

    head: bytes
    head_start: int
    start: int
    end: int
    is_whole: bool = False

    @property
    def is_file(self) -> bool:
        """Whether it is a file, and no field."""
        return _FILENAME.search(self.head) is not None

    @property
    def name(self) -> bytes | None:
        """The name of the field, as it stands between the quotes; None without one."""
        found = _NAME.search(self.head)
        return None if found is None else found[1] if found[2] is None else found[2]

    @property
    def filename(self) -> bytes | None:
        """The name of the file, as it stands between the quotes; None for a field."""
        found = _QUOTED_FILENAME.search(self.head)
        return found[1] if found else None

    @property
    def name_at(self) -> int:
        """Where the name of the file begins in the head, -1 without one."""
        found = _QUOTED_FILENAME.search(self.head)
        return found.start(1) if found else -1


@dataclass(slots=True)
class MultipartScanner:
    """Fed with the content of a body, piece by piece; ``files`` are half-open offsets into that content, ``parts`` all.

    Only the delimiter itself is looked for, and not the CR LF before it: where a piece ends between CR and
    LF, ``--trace-ascii`` shows neither.
    """

    boundary: bytes
    files: list[tuple[int, int]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    _tail: bytes = b""
    _offset: int = 0  # of the content that _tail begins with
    _file_start: int | None = None
    _in_head: bool = False
    _ended: bool = False

    def feed(self, data: bytes) -> None:
        """Read on in the content."""
        if self._ended:
            return
        self._tail += data
        while self._step():
            pass

    def close(self) -> None:
        """Say that the content ends here: a file that is still open ends with it."""
        if self._file_start is not None:
            self.files.append((self._file_start, self._offset + len(self._tail)))
            self._file_start = None
        if self.parts and not self.parts[-1].is_whole and not self._in_head:
            self.parts[-1].end = self._offset + len(self._tail)
        self._ended = True

    def _step(self) -> bool:
        return self._read_head() if self._in_head else self._read_data()

    def _read_head(self) -> bool:
        end = self._tail.find(b"\r\n\r\n")
        if end < 0:
            if len(self._tail) > _LONGEST_HEAD_BYTES:
                self._ended = True
            return False
        head, head_start = self._tail[: end + 4], self._offset
        self._drop(end + 4)
        self.parts.append(Part(head, head_start, self._offset, self._offset))
        self._file_start = self._offset if self.parts[-1].is_file else None
        self._in_head = False
        return True

    def _read_data(self) -> bool:
        delimiter = b"--" + self.boundary
        found = self._tail.find(delimiter)
        # What follows the delimiter tells a part from the end: two more bytes are needed.
        if found < 0 or found + len(delimiter) + 2 > len(self._tail):
            if found < 0:
                self._drop(max(0, len(self._tail) - len(delimiter) - 2))
            return False
        if self._file_start is not None:
            self.files.append((self._file_start, max(self._file_start, self._offset + found - 2)))
            self._file_start = None
        if self.parts:
            self.parts[-1].end = max(self.parts[-1].start, self._offset + found - 2)
            self.parts[-1].is_whole = True
        after = self._tail[found + len(delimiter) : found + len(delimiter) + 2]
        self._drop(found + len(delimiter) + (0 if after == b"--" else 2))
        self._in_head = after != b"--"
        self._ended = after == b"--"
        return not self._ended

    def _drop(self, count: int) -> None:
        self._tail = self._tail[count:]
        self._offset += count
