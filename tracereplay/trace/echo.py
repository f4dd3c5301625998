"""Skips what curl wrote to the stream that its trace went to: bodies, and headers with ``-i``, raw.

With ``--trace -`` the body of an answer stands right behind the event that dumps it. It is skipped by its
content and by nothing else, so that a body which looks like a trace fools nobody: what the event shows, or the
content of its chunks, or what gzip makes of it, is what must stand there. What is raw has no doubts: they are
resolved by it. The progress meter, which comes another way, may stand before the body or break into it; it is
stray.

A trace in a file of its own has no echo, and must not lose an item that happens to read like the body before
it. So a body that looks like an item is skipped only where an item follows it, unless others were not echoed.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tracereplay.trace.event import Event, Kind, Stray
from tracereplay.trace.framing import Chunked
from tracereplay.trace.payload import Payload
from tracereplay.trace.response import is_interim_status, status_of
from tracereplay.trace.source import Source

_SURE_BYTES = 16  # fewer known bytes agree with anything: then an item must follow
_LONGEST_METER_BYTES = 4096
_LONGEST_PROBE_BYTES = 256
_MOST_PENDING_BYTES = 1 << 17
_BUFFER_BYTES = 4096
_TIME = rb"[0-2]\d:[0-5]\d:[0-6]\d\.\d{6} "
_IDS = rb"(?:\[\d+-(?:\d+|x)\] )?"
_MARK = rb"(?:== Info: |\* |(?:=> Send|<= Recv) (?:header|data|SSL data), \d+ bytes \(0x)"
_GLUED = re.compile(rb"== Info: |(?:=> Send|<= Recv) |" + _TIME)
_ITEMS = {
    (is_timed, has_ids): re.compile((_TIME if is_timed else b"") + (_IDS if has_ids else b"") + _MARK)
    for is_timed in (False, True)
    for has_ids in (False, True)
}
_EVENT = re.compile(rb"(?:=> Send|<= Recv) ")  # a trace ends with information: what is last and has more is an echo
_SHOWN = bytes(byte if 0x20 <= byte <= 0x7E else 0x2E for byte in range(256))
_SHOWN_OLD = _SHOWN[:0x7F] + b"\x7f" + _SHOWN[0x80:]  # to 7.84.0
_NOT_WRITTEN = frozenset({401, 407, 417})  # and 3xx: curl may ignore their bodies

Pieces = tuple[Payload, ...]


@dataclass(slots=True)
class _Answer:
    """How the body of the answer that comes in is framed and coded."""

    status: int
    chunked: Chunked | None = None
    decoder: "zlib._Decompress | None" = None


@dataclass(slots=True)
class Echo:
    """Follows the events of a trace, and takes their echo from its source."""

    is_seen: bool | None = None  # whether bodies are echoed at all; None as long as nothing tells
    _answers: dict[int | None, _Answer] = field(default_factory=dict)
    _pending: Pieces = ()

    def take(self, source: Source, event: Event) -> tuple[Event, tuple[Stray, ...]]:
        """Take the echo of ``event``; return the event, its doubts resolved, and what stood in between."""
        spans, decoded = self._follow(event)
        payload = event.payload
        if not payload or event.is_torn:
            return event, ()
        items = _ITEMS[event.time_ns is not None, event.ids is not None]
        whole = ((0, len(payload)),)
        for place, pieces in (
            (whole, (payload,)),
            *(((spans, tuple(payload[start:end] for start, end in spans)),) if spans != whole else ()),
            ((), (Payload(decoded),)),
            ((), (*self._pending, payload)),
        ):
            found = self._find(source, pieces, items) if any(pieces) else None
            if found is not None:
                self.is_seen = self.is_seen or event.kind is Kind.DATA
                self._pending = ()
                raw, strays = _taken(source, found)
                return (_resolved(event, place, raw) if place else event), strays
        self._remember(source, event, items)
        return event, ()

    def _follow(self, event: Event) -> tuple[tuple[tuple[int, int], ...], bytes]:
        """Return where the content of the chunks lies in an event, and what it decodes to."""
        key = event.ids.connection if event.ids else None
        data = event.payload.data
        if event.kind is Kind.HEADER:
            status = status_of(data)
            if status is not None and not is_interim_status(status):
                self._answers[key] = _Answer(status)
            elif key in self._answers:
                _read_header(self._answers[key], data)
            return (), b""
        answer = self._answers.get(key)
        if answer is None:
            return (), b""
        spans = ((0, len(data)),) if answer.chunked is None else tuple(answer.chunked.feed(data))
        content = [event.payload[start:end] for start, end in spans]
        if answer.decoder is not None and any(one.unknown for one in content):
            answer.decoder = None
        return spans, _decoded(answer, b"".join(one.data for one in content))

    def _find(self, source: Source, pieces: Pieces, items: re.Pattern[bytes]) -> list[tuple[int, int]] | None:
        """Return the parts of the text ahead that are the echo of ``pieces``, None when there is none."""
        size = sum(map(len, pieces))
        text = source.peek(size + _LONGEST_METER_BYTES)
        if items.match(text):
            is_alike = items.match(pieces[0].data) and _agree(text[:size], _cut(pieces, len(text)))
            if not is_alike or self.is_seen is False:
                return None
            is_cut_off = len(text) < size + _LONGEST_METER_BYTES and b"\n" not in text[size:]  # within the next item
            is_last = is_cut_off and any(_EVENT.search(piece.data) for piece in pieces)
            is_sure = self.is_seen or is_last or len(text) < size or items.match(text, size)  # or it is cut off in it
            return [(0, min(size, len(text)))] if is_sure else None
        if _agree(text[: min(size, len(text))], _cut(pieces, len(text))):
            is_sure = _known_bytes(pieces) >= _SURE_BYTES or len(text) <= size or items.match(text, size)
            return [(0, min(size, len(text)))] if is_sure else None
        return None if self.is_seen is False else _find_around_meter(text, pieces, items)

    def _remember(self, source: Source, event: Event, items: re.Pattern[bytes]) -> None:
        """Take note that no echo was there: it may come together with that of the next event."""
        if event.kind is not Kind.DATA:
            return
        key = event.ids.connection if event.ids else None
        status = self._answers[key].status if key in self._answers else 0
        is_written = status not in _NOT_WRITTEN and not 300 <= status < 400
        if self.is_seen is None and is_written and items.match(source.peek(_LONGEST_PROBE_BYTES)):
            self.is_seen = False
        pending = (*self._pending, event.payload)
        self._pending = pending if sum(map(len, pending)) <= _MOST_PENDING_BYTES else ()


def _read_header(answer: _Answer, line: bytes) -> None:
    name, _, value = line.lower().partition(b":")
    if name == b"transfer-encoding" and b"chunked" in value:
        answer.chunked = Chunked()
    elif name == b"content-encoding" and value.strip() in (b"gzip", b"x-gzip", b"deflate"):
        answer.decoder = zlib.decompressobj(zlib.MAX_WBITS | 32)


def _decoded(answer: _Answer, content: bytes) -> bytes:
    if answer.decoder is None:
        return b""
    try:
        return answer.decoder.decompress(content, _MOST_PENDING_BYTES * 64)
    except zlib.error:
        answer.decoder = None
        return b""


def _shows(text: bytes, payload: Payload) -> bool:
    """Return whether curl shows ``text`` as ``payload``: exactly in hex; in ascii dots for what is no character."""
    if not payload.marks:
        return text == payload.data
    if text.endswith(b"\r") and payload.data.endswith(b"\r"):  # half of a CR LF that is cut here
        text, payload = text[:-1], payload[:-1]
    if text.startswith(b"\n") and payload.data.startswith(b"\n"):
        text, payload = text[1:], payload[1:]
    lines = text.split(b"\r\n")
    return any(
        b"\r\n".join([line.translate(shown) for line in lines]) == payload.data for shown in (_SHOWN, _SHOWN_OLD)
    )


def _agree(text: bytes, pieces: Pieces) -> bool:
    at = 0
    for piece in pieces:
        if not _shows(text[at : at + len(piece)], piece):
            return False
        at += len(piece)
    return at == len(text)


def _cut(pieces: Pieces, size: int) -> Pieces:
    """Return the first ``size`` bytes of ``pieces``."""
    return tuple(_between(pieces, 0, size))


def _between(pieces: Pieces, start: int, end: int) -> Iterator[Payload]:
    at = 0
    for piece in pieces:
        low, high = max(start - at, 0), min(end - at, len(piece))
        if low < high:
            yield piece[low:high]
        at += len(piece)


def _known_bytes(pieces: Pieces) -> int:
    return sum(len(piece) - piece.unknown - piece.inferred for piece in pieces)


def _find_around_meter(text: bytes, pieces: Pieces, items: re.Pattern[bytes]) -> list[tuple[int, int]] | None:
    """Return the parts of ``text`` that are the echo of ``pieces``, with the progress meter before or within them.

    It breaks in where curl's buffer was full: the rest of the body comes when the buffer is flushed.
    """
    size = sum(map(len, pieces))
    low, high = 0, min(size, len(text))
    while low < high:  # how much of it agrees
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _agree(text[:middle], _cut(pieces, middle)) else (low, middle - 1)
    for begun in dict.fromkeys((low - low % _BUFFER_BYTES or low, low, 0)):
        rest = tuple(_between(pieces, begun, size))
        probe = _pattern(next(_between(rest, 0, _LONGEST_PROBE_BYTES)))
        for found in probe.finditer(text, begun + 1):
            end = found.start() + size - begun
            if _holds_item(text[begun : found.start()], items):
                break
            is_sure = _known_bytes(rest) >= _SURE_BYTES or end == len(text) or items.match(text, end)
            if is_sure and _agree(text[found.start() : end], rest):
                return [(0, begun), (found.start(), end)]
    return None


def _holds_item(text: bytes, items: re.Pattern[bytes]) -> bool:
    """Return whether an item begins in ``text``; the meter has no line end, and touches what follows it."""
    return _GLUED.search(text) is not None or any(
        items.match(text, line.end()) for line in re.finditer(rb"\n|\A", text)
    )


def _pattern(payload: Payload) -> re.Pattern[bytes]:
    """Return a pattern for text that curl may show as ``payload``."""
    marks = payload.marks or bytes(len(payload))
    parts = [b"." if mark else re.escape(payload.data[at : at + 1]) for at, mark in enumerate(marks)]
    return re.compile(b"".join(parts), re.DOTALL)


def _taken(source: Source, parts: list[tuple[int, int]]) -> tuple[bytes, tuple[Stray, ...]]:
    """Take the text up to the end of ``parts``; return what is in them, and what lies between."""
    raw, strays = [], []
    at = 0
    for start, end in parts:
        if at < start:
            strays.append(Stray(source.line, source.take(start - at)))
        raw.append(source.take(end - start))
        at = end
    return b"".join(raw), tuple(strays)


def _resolved(event: Event, spans: tuple[tuple[int, int], ...], raw: bytes) -> Event:
    """Return the event with the bytes in ``spans`` known to be ``raw``, as far as that goes."""
    payload = event.payload
    if not payload.marks:
        return event
    data, marks = bytearray(payload.data), bytearray(payload.marks)
    at = 0
    for start, end in spans:
        count = min(end - start, len(raw) - at)
        data[start : start + count] = raw[at : at + count]
        marks[start : start + count] = bytes(count)
        at += count
    return replace(event, payload=Payload(bytes(data), bytes(marks) if any(marks) else b""))
