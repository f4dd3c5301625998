"""Bytes by reference: what was read from a file and sent, named in a trace instead of being shown in it.

    #: from upload.bin 65536 16384                    in a dump, in the place of rows: where they are, and how many
    #: source upload.bin 5368709120 sha256:6b1f…      at the end: how much of the file was read, and the hash of that

A name with a blank stands in double quotes, as JSON has it.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from tracereplay.trace.mark import FROM, SOURCE
from tracereplay.trace.payload import Payload

_NAME = rb'(?P<name>"(?:[^"\\]|\\.)*"|[^\s"]+)'
_FROM = re.compile(FROM + _NAME + rb" (?P<offset>\d{1,19}) (?P<size>\d{1,19})\r?\n")
_SOURCE = re.compile(SOURCE + _NAME + rb" (?P<size>\d{1,19}) sha256:(?P<digest>[0-9a-f]{64})\s*")
_PLAIN = re.compile(r'[^\s"\\#\x00-\x1f\x7f-\U0010ffff]+')
MOST_BYTES = 1 << 26  # that one line refers to: curl sends less in one go, and an event is in memory as a whole


@dataclass(frozen=True, slots=True)
class Reference:
    """``size`` bytes of the file ``name``, from ``offset`` on."""

    name: str
    offset: int
    size: int

    @property
    def text(self) -> bytes:
        """The line in a dump."""
        return b"%s%s %d %d\n" % (FROM, _quoted(self.name), self.offset, self.size)

    def stands_for(self, offsets: range, row_bytes: int) -> bool:
        """Return whether it can stand for rows of a dump, in which the bytes with these offsets come next."""
        is_whole = self.size % row_bytes == 0 or self.size == len(offsets)
        return 0 < self.size <= len(offsets) and is_whole and offsets.start % row_bytes == 0


Refer = Callable[[Reference], Payload]


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that was sent: ``size`` bytes were read from its beginning, and ``digest`` is their SHA-256, in hex."""

    name: str
    size: int
    digest: str
    line: int = 0

    @property
    def text(self) -> bytes:
        """The line at the end of a trace."""
        return b"%s%s %d sha256:%s\n" % (SOURCE, _quoted(self.name), self.size, self.digest.encode("ascii"))


def read_reference(line: bytes) -> Reference | None:
    """Return what a line of a dump refers to, None when it is another line."""
    found = _FROM.fullmatch(line)
    name = None if found is None else _unquoted(found["name"])
    if found is None or name is None or int(found["size"]) > MOST_BYTES:
        return None
    return Reference(name, int(found["offset"]), int(found["size"]))


def read_sent(line: bytes, number: int) -> Sent | None:
    """Return the file that the line with this number declares, None when it is another line."""
    found = _SOURCE.fullmatch(line)
    name = None if found is None else _unquoted(found["name"])
    return None if found is None or name is None else Sent(name, int(found["size"]), found["digest"].decode(), number)


def _quoted(name: str) -> bytes:
    return (name if _PLAIN.fullmatch(name) else json.dumps(name)).encode("ascii")


def _unquoted(text: bytes) -> str | None:
    try:
        name = json.loads(text) if text.startswith(b'"') else text.decode("utf-8", "surrogateescape")
    except ValueError:
        return None
    return name if isinstance(name, str) and name and "\0" not in name else None
