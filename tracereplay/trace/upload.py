"""What a client sent as a file, and whether a file on disk can be it.

A file agrees when every byte that the trace shows is the same in it, and when it has, wherever the trace
shows a dot, a byte that curl shows so: nothing printable but a dot, and no CR LF within one event.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

from tracereplay.trace.conversation import Conversation
from tracereplay.trace.multipart import Part
from tracereplay.trace.payload import UNKNOWN, Payload
from tracereplay.trace.request import Request

_DOT = 0x2E
_HIDDEN = bytes(byte not in range(0x20, 0x7F) or byte == _DOT for byte in range(256))
_CR_LF_ALONE = bytes(byte if byte in b"\r\n" else 0 for byte in range(256))
_FULL_IF_UNKNOWN = bytes(0xFF if mark == UNKNOWN else 0 for mark in range(256))
_FULL_IF_SET = bytes(0xFF if byte else 0 for byte in range(256))


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it was sent: the content of a part, or of a body that is no multipart.

    ``start`` and ``end`` are offsets into the content of the body; ``name`` is as the trace shows it, None where
    it shows none. ``is_whole`` when the trace shows that it was sent to its end.
    """

    connection: int
    request: Request
    name: bytes | None
    start: int
    end: int
    is_whole: bool
    is_file: bool = True
    part: Part | None = None

    @property
    def size(self) -> int:
        """How many of its bytes were sent."""
        return self.end - self.start

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yield where its bytes lie in all that was sent on the connection."""
        return self.request.content.between(self.start, self.end)

    def called(self, path: Path) -> bytes | None:
        """Return the name of the file at ``path`` as the trace would have it, None where it has another one."""
        if self.name is None:
            return None
        name = path.name.encode("utf-8", "surrogateescape")
        for written in {
            name,
            name.replace(b"\\", b"\\\\").replace(b'"', b'\\"'),
            name.replace(b'"', b"%22"),
        }:
            if len(written) == len(self.name) and all(
                shown == byte or (shown == _DOT and _HIDDEN[byte])
                for shown, byte in zip(self.name, written, strict=True)
            ):
                return written
        return None


def uploads_of(conversation: Conversation) -> Iterator[Upload]:
    """Yield what was uploaded on a connection, in order: files, and fields, which have no name."""
    for request in conversation.requests:
        total = request.content.total
        if request.parts:
            for part in request.parts:
                is_file = part.filename is not None
                yield Upload(
                    conversation.id, request, part.filename, part.start, part.end, part.is_whole, is_file, part
                )
        elif total:
            path = request.target.partition("?")[0].rpartition("/")[2]
            name = unquote_to_bytes(path) if request.method == "PUT" and path else None
            yield Upload(conversation.id, request, name, 0, total, request.is_complete)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The first byte at which a file is not what the trace shows."""

    at: int
    shown: str
    has: str


def disagreement(shown: Payload, data: bytes, *, ends_event: bool) -> Disagreement | None:
    """Return where ``data`` cannot be what ``shown`` shows, None if it can.

    ``ends_event``: the last two bytes of an event may be a CR LF that shows as dots, where the trace is torn.
    """
    size = len(data)
    if not shown.marks:
        return None if shown.data == data else _first(shown, data, _bits(shown.data) ^ _bits(data))
    unknown = _bits(shown.marks.translate(_FULL_IF_UNKNOWN))
    whole = (1 << 8 * size) - 1
    differs = (_bits(shown.data) ^ _bits(data)) & (whole ^ unknown)
    differs |= unknown & (whole ^ _bits(data.translate(_HIDDEN).translate(_FULL_IF_SET)))
    if b"\r\n" in data:
        swallowed = (
            data.translate(_CR_LF_ALONE).replace(b"\r\n", b"\xff\xff").replace(b"\r", b"\0").replace(b"\n", b"\0")
        )
        pairs = _bits(swallowed[:-2] + b"\0\0" if ends_event else swallowed)
        differs |= unknown & pairs
    return _first(shown, data, differs)


def _bits(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _first(shown: Payload, data: bytes, differs: int) -> Disagreement | None:
    if not differs:
        return None
    at = len(data) - 1 - (differs.bit_length() - 1) // 8
    mark = shown.marks[at] if shown.marks else 0
    return Disagreement(at, "a dot" if mark == UNKNOWN else _named(shown.data[at : at + 1]), _named(data[at : at + 2]))


def _named(data: bytes) -> str:
    """Return the byte, or CR LF, that ``data`` begins with, for people."""
    if data[:2] == b"\r\n":
        return "CR LF"
    return repr(chr(data[0])) if 0x20 <= data[0] < 0x7F else f"0x{data[0]:02x}"
