"""Short ways to read text in a test, and an independent account of what each form can show."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace

from tracereplay.trace import dump_ascii, dump_hex
from tracereplay.trace.event import Direction, Event, Ids, Info, Item, Kind
from tracereplay.trace.payload import INFERRED, KNOWN, UNKNOWN, Payload
from tracereplay.trace.reader import Form, read_items
from tracereplay.trace.source import Source
from tracereplay.trace.writer import write_items

SENT, RECEIVED = Direction.SENT, Direction.RECEIVED
HEADER, DATA, TLS = Kind.HEADER, Kind.DATA, Kind.TLS

LETTERS = {KNOWN: "k", INFERRED: "i", UNKNOWN: "?"}


class Dribble(io.BytesIO):
    """A stream that gives at most a few bytes at a time, as a pipe may."""

    def __init__(self, text: bytes, most_bytes: int) -> None:
        super().__init__(text)
        self._most_bytes = most_bytes

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self._most_bytes if size is None or size < 0 else min(size, self._most_bytes))


def source_of(text: bytes, most_bytes: int | None = None) -> Source:
    """Return a source over ``text`` that comes in pieces of ``most_bytes``."""
    if most_bytes is None:
        return Source(io.BytesIO(text))
    return Source(Dribble(text, most_bytes), chunk_bytes=most_bytes)


def read(text: bytes, form: Form, most_bytes: int | None = None) -> list[Item]:
    return list(read_items(source_of(text, most_bytes), form))


def events_of(items: Iterable[Item]) -> list[Event]:
    return [item for item in items if isinstance(item, Event)]


def taken(form: Form, text: bytes, size: int, line_end: bytes = b"\n") -> Payload:
    """Return what the dump ``text`` of ``size`` bytes is read as."""
    take = dump_hex.take if form == "hex" else dump_ascii.take
    return take(source_of(text), size, line_end)


def marks_of(payload: Payload) -> str:
    """Return the marks as letters: known, inferred, or unknown (``?``)."""
    return "".join(LETTERS[mark] for mark in payload.marks or bytes(len(payload)))


def as_ascii_shows(data: bytes) -> Payload:
    """Return what of ``data`` is left in ascii: dots for what is no character, unless it is a CR LF."""
    parts = [bytes(byte if 0x20 <= byte <= 0x7E else 0x2E for byte in part) for part in data.split(b"\r\n")]
    shown = b"\r\n".join(parts)
    marks = shown.replace(b"\r\n", b"\0\0").translate(bytes(UNKNOWN if byte == 0x2E else KNOWN for byte in range(256)))
    return Payload(shown, marks if any(marks) else b"")


def agrees(payload: Payload, data: bytes) -> bool:
    """Return whether every byte that ``payload`` says to know is the one that stands there in ``data``."""
    marks = payload.marks or bytes(len(payload))
    known = zip(payload.data, marks, data, strict=False)
    return len(payload) <= len(data) and all(mark != KNOWN or byte == true for byte, mark, true in known)


def event(
    data: bytes,
    kind: Kind = DATA,
    direction: Direction = SENT,
    *,
    time_ns: int | None = None,
    ids: Ids | None = None,
    declared_bytes: int | None = None,
    line: int = 1,
) -> Event:
    """Return an event whose bytes are all known."""
    size = len(data) if declared_bytes is None else declared_bytes
    return Event(line, time_ns, ids, direction, kind, Payload(data), size)


def info(text: str | bytes, *, time_ns: int | None = None, ids: Ids | None = None) -> Info:
    return Info(1, time_ns, ids, text.encode() if isinstance(text, str) else text)


def text_of(items: Iterable[Item], form: Form = "hex") -> bytes:
    return b"".join(write_items(items, form))


def as_read(items: Iterable[Item], pieces: Iterable[bytes], form: Form) -> Iterator[Item]:
    """Yield the items as they must be read from ``pieces``, their text: with lines, and as the form shows them."""
    line = 1
    for item, text in zip(items, pieces, strict=True):
        placed = replace(item, line=line)
        if isinstance(placed, Event) and form == "ascii":
            shown = as_ascii_shows(placed.payload.data)
            shown = shown.with_dots_inferred() if placed.kind is HEADER else shown
            placed = replace(placed, payload=shown)
        yield placed
        line += text.count(b"\n")
