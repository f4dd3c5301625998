"""Bytes and what is not known of them.

Law 1 lives here: a byte is known, inferred or unknown, and the mark stays with it through slicing.
``--trace-ascii`` prints every byte outside 0x20-0x7e as a dot, so that a dot in it may be any of 162
bytes. Such a byte is *unknown* in data, and *inferred* to be a dot in a line of a head, where others hardly occur.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

KNOWN, INFERRED, UNKNOWN = 0, 1, 2

_UNKNOWN_RUN = re.compile(rb"\x02+")
_LONE_UNKNOWN = re.compile(rb"(?<=[^\x02])\x02(?=[^\x02])")
_ALL_UNKNOWN = bytes((KNOWN, UNKNOWN, UNKNOWN))


@dataclass(frozen=True, slots=True)
class Payload:
    """The bytes of an event, with a mark for each: ``KNOWN``, ``INFERRED`` or ``UNKNOWN``.

    ``data`` holds a ``.`` wherever a byte is not known. ``marks`` is as long as ``data``, or empty when
    all is known.
    """

    data: bytes
    marks: bytes = b""

    def __post_init__(self) -> None:
        if self.marks and len(self.marks) != len(self.data):
            raise ValueError(f"{len(self.marks)} marks for {len(self.data)} bytes")

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, part: slice) -> "Payload":
        """Return the bytes in ``part``, each with its mark."""
        return Payload(self.data[part], self.marks[part])

    @property
    def unknown(self) -> int:
        """How many bytes are unknown."""
        return self.marks.count(UNKNOWN)

    @property
    def inferred(self) -> int:
        """How many bytes are inferred to be a dot."""
        return self.marks.count(INFERRED)

    def unknown_ranges(self, base: int = 0) -> Iterator[tuple[int, int]]:
        """Yield the runs of unknown bytes as half-open offsets, counted from ``base``."""
        for run in _UNKNOWN_RUN.finditer(self.marks):
            yield base + run.start(), base + run.end()

    def with_dots_inferred(self) -> "Payload":
        """Return the payload of a head, in which a dot within a line is inferred to be a dot.

        A line of a head ends in CR LF. So a dot at an end of the payload may be half of one, or a bare LF, and
        where no CR LF is seen the payload is no head: there the dots stay unknown.
        """
        if not self.marks or b"\r\n" not in self.data:
            return self
        start = len(self.data) - len(self.data.lstrip(b"."))
        end = len(self.data.rstrip(b"."))
        inside = self.marks[start:end].replace(b"\x02", b"\x01")
        return Payload(self.data, self.marks[:start] + inside + self.marks[end:])

    def with_known(self, start: int, data: bytes) -> "Payload":
        """Return the payload in which the bytes from ``start`` on are known to be ``data``."""
        end = start + len(data)
        known = self.marks and self.marks[:start] + bytes(len(data)) + self.marks[end:]
        return Payload(self.data[:start] + data + self.data[end:], known if any(known) else b"")

    def with_lone_dots_inferred(self, start: int, end: int) -> "Payload":
        """Return the payload in which a dot from ``start`` to ``end`` is inferred to be one, but not beside another.

        A character outside ASCII is at least two dots in UTF-8.
        """
        start, end = max(start - 1, 0), min(end + 1, len(self))  # with a neighbour on each side, or none is known
        inside = _LONE_UNKNOWN.sub(b"\x01", self.marks[start:end])
        return Payload(self.data, self.marks[:start] + inside + self.marks[end:])

    def strict(self) -> "Payload":
        """Return the payload with nothing inferred: what was, is unknown."""
        return Payload(self.data, self.marks.translate(_STRICT)) if self.marks else self


def joined(parts: Sequence[Payload]) -> Payload:
    """Return the payloads as one."""
    data = b"".join(part.data for part in parts)
    if not any(part.marks for part in parts):
        return Payload(data)
    return Payload(data, b"".join(part.marks or bytes(len(part)) for part in parts))


_STRICT = _ALL_UNKNOWN + bytes(range(3, 256))
