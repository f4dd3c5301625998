"""What the benchmarks share: traces made of nothing but a seed, and a table of what was measured."""

import gzip
import random
from collections.abc import Iterator, Sequence
from itertools import chain, count
from pathlib import Path
from typing import Literal

from tracereplay.trace.event import Direction, Event, Ids, Info, Item, Kind
from tracereplay.trace.payload import Payload
from tracereplay.trace.reader import Form
from tracereplay.trace.writer import write_items
from tracereplay.units import size_bytes

Content = Literal["binary", "short lines", "long lines"]
EVENT_BYTES = 1 << 16  # what curl sends in one go
_SEED = 3
_POOL_BYTES = 1 << 21
_WORDS = b"abcdefghijklmnopqrstuvwxyz0123456789,;- "
_LINE_CHARACTERS = {"short lines": (40, 64), "long lines": (65, 200)}  # a row of a dump holds 64


def size(text: str) -> int:
    """Return the number of bytes that ``64MiB`` is."""
    return size_bytes(text)


def payloads(content: Content, event_bytes: int = EVENT_BYTES) -> Iterator[bytes]:
    """Yield payloads without end, the same each time."""
    pool = _pool(content)
    for number in count():
        start = number * 4099 % (len(pool) - event_bytes)
        yield pool[start : start + event_bytes]


def _pool(content: Content) -> bytes:
    chance = random.Random(_SEED)  # noqa: S311 - the same each time
    if content == "binary":
        return chance.randbytes(_POOL_BYTES)
    lines = bytearray()
    characters = range(*_LINE_CHARACTERS[content])
    while len(lines) < _POOL_BYTES:
        lines += bytes(chance.choices(_WORDS, k=chance.choice(characters))) + b"\r\n"
    return bytes(lines)


def write_upload(path: Path, content: Content, form: Form, trace_bytes: int, event_bytes: int = EVENT_BYTES) -> int:
    """Write the trace of an upload, of about ``trace_bytes``, gzipped if ``path`` says so; return its size."""
    body = [next(bodies) for bodies in [payloads(content, event_bytes)] for _ in range(16)]
    (dump,) = write_items([_sent(Kind.DATA, body[0])], form)
    events = max(1, trace_bytes // len(dump))
    dumps = list(write_items([_sent(Kind.DATA, data) for data in body], form))
    written = 0
    with gzip.open(path, "wb", compresslevel=1) if path.suffix == ".gz" else path.open("wb") as stream:
        for piece in chain(write_items(_opening(events * event_bytes), form), (dumps[n % 16] for n in range(events))):
            written += stream.write(piece)
    return written


def _opening(body_bytes: int) -> Iterator[Item]:
    yield Info(1, None, None, b"Connected to 127.0.0.1 (127.0.0.1) port 80 (#0)")
    head = f"POST /files HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {body_bytes}\r\n\r\n"
    yield _sent(Kind.HEADER, head.encode())


def _sent(kind: Kind, data: bytes) -> Event:
    return Event(1, None, None, Direction.SENT, kind, Payload(data), len(data))


def small_events(events: int, form: Form) -> bytes:
    """Return the trace of many short lines, each an event with its time and ids."""
    line = b"X-Line: of an ordinary head\r\n"
    one = Event(1, 0, Ids(0, 0), Direction.RECEIVED, Kind.HEADER, Payload(line), len(line))
    return b"".join(write_items([one] * events, form))


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; the first column is text, the others are numbers."""
    marks = ["---", *("---:" for _ in titles[1:])]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (titles, marks, *rows))
