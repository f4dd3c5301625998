"""Skips what curl wrote to the stream that its trace went to: bodies, and headers with ``-i``, raw.

With ``--trace -`` the body of an answer stands right behind the event that dumps it. It is skipped by its
content and by nothing else, so that a body which looks like a trace fools nobody: what the event shows, or the
content of its chunks, or what gzip makes of it, is what must stand there. What is raw has no doubts: they are
resolved by it. The progress meter, which comes another way, may stand before the body or break into it; it is
stray.

A trace in a file of its own has no echo, and must not lose an item that happens to read like the body before
it. Text that reads both ways is an echo where it cannot be items, and items where it cannot be an echo. What nothing
decides is neither: it is stray, line by line, and resolves nothing; rows of a dump among it are a fault.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from tracereplay.trace.alike import LONGEST_METER_BYTES, SHOWN, Pieces, Places, find, find_converted, shows
from tracereplay.trace.course import Course, Reading, Spans
from tracereplay.trace.event import Event, Info, Item, Kind, Stray
from tracereplay.trace.mark import LOOKED_AT_BYTES, Mark, behind_marks, take_marks
from tracereplay.trace.payload import Payload
from tracereplay.trace.source import Source

_LONGEST_MARK_BYTES = 256
_LONGEST_ITEM_BYTES = 1 << 18
_MOST_PENDING_BYTES = 1 << 17
_TIME = rb"[0-2]\d:[0-5]\d:[0-6]\d\.\d{6} "
_IDS = rb"(?:\[\d+-(?:\d+|x)\] )?"
_MARK = rb"(?:== Info: |\* |(?:=> Send|<= Recv) (?:header|data|SSL data), \d+ bytes \(0x)"
_ITEMS = {
    (is_timed, has_ids): re.compile((_TIME if is_timed else b"") + (_IDS if has_ids else b"") + _MARK)
    for is_timed in (False, True)
    for has_ids in (False, True)
}
_KEPT = re.compile(rb"[^\n]*left intact\r?\n")


@dataclass(slots=True)
class Echo:
    """Follows the items of a trace, and takes their echo from its source."""

    read: Callable[[Source], Iterable[Item]]  # as items, whatever else it may be
    _course: Course = field(default_factory=Course)
    _pending: list[Payload] = field(default_factory=list)  # what was not echoed: it may come with the next
    _pending_bytes: int = 0

    def follow(self, item: Info | Event) -> None:
        """Take note of information, or of the head of a request: what has no echo."""
        self._course.read(item)

    def awaits(self, line: bytes) -> bool:
        """Return whether a line is of a body that was not echoed so far: it may come late."""
        shown = line.rstrip(b"\r\n").translate(SHOWN)
        at_its_own = re.compile(rb"(?:\A|[\r\n.])%s(?:[\r\n.]|\Z)" % re.escape(shown))
        return any(at_its_own.search(payload.data) for payload in self._pending)

    def take(self, source: Source, event: Event, line_end: bytes) -> tuple[Event, tuple[Mark | Stray, ...]]:
        """Take the echo of ``event``, whose dump has this line end; return it, and what stood in between.

        Its doubts are resolved, but not where the line ends of the trace were converted: those of its echo were too.
        """
        spans, decoded = self._course.read(event)
        if not event.payload or event.is_torn:
            return event, ()
        marks = self._marks_before(source, event, spans, decoded)
        known, strays = self._take(source, event, line_end, (spans, decoded))
        return known, (*marks, *strays)

    def _marks_before(self, source: Source, event: Event, spans: Spans, decoded: bytes) -> list[Mark]:
        """Take the marks that stand before the echo of ``event``, and are not of it themselves."""
        if source.peek(1) != b"#":
            return []
        payloads = [event.payload, *(event.payload[slice(*span)] for span in spans[:1]), Payload(decoded)]
        probes = [one[:_LONGEST_MARK_BYTES] for one in (*payloads, *self._pending[:1]) if one]
        text = source.peek(LOOKED_AT_BYTES)
        last = behind_marks(text)
        first = text.find(b"\n", len(text[:last].rstrip())) + 1  # blank lines behind a mark may be of the body
        is_own, *ends = (any(shows(text[at : at + len(one)], one) for one in probes) for at in (0, first, last))
        end = first if ends[0] else last
        return take_marks(source, end) if any(ends) and not is_own else []

    def _take(
        self, source: Source, event: Event, line_end: bytes, content: tuple[Spans, bytes]
    ) -> tuple[Event, tuple[Stray, ...]]:
        spans, decoded = content
        items = _ITEMS[event.time_ns is not None, event.ids is not None]
        is_item = items.match(source.peek(_LONGEST_MARK_BYTES)) is not None
        for place, pieces in self._candidates(source, event, spans, decoded):
            if is_item and not items.match(_beginning(pieces)):
                continue
            found = _found(source, pieces, items, line_end)
            if found is None:
                continue
            reading = self._judged(source, event, found[-1][1], items) if is_item else Reading.ECHO
            if reading is Reading.ITEMS:
                break
            self._pending, self._pending_bytes = [], 0
            if reading is Reading.UNDECIDED:
                return event, tuple(_lines(source, found[-1][1]))
            self._course.note(event, is_echoed=True)
            raw, strays = _taken(source, found)
            return (_resolved(event, place, raw) if line_end == b"\n" else event), strays
        self._remember(event, is_written_elsewhere=is_item and bool(spans))
        return event, ()

    def _candidates(self, source: Source, event: Event, spans: Spans, decoded: bytes) -> Iterator[tuple[Spans, Pieces]]:
        """Yield what the echo may consist of, with the places of the event that it shows."""
        payload = event.payload
        whole = ((0, len(payload)),)
        yield whole, (payload,)
        if spans and spans != whole:
            yield spans, tuple(payload[start:end] for start, end in spans)
        if decoded:
            yield (), (Payload(decoded),)
        if self._pending:
            probe = self._pending[0][:_LONGEST_MARK_BYTES]
            if shows(source.peek(len(probe)), probe):
                yield (), (*self._pending, payload)
                self._pending, self._pending_bytes = [], 0  # so that many small ones take no more than their time

    def _judged(self, source: Source, event: Event, size: int, items: re.Pattern[bytes]) -> Reading:
        """Return how text is to be read that is an item, and whose first ``size`` bytes are the echo of ``event``."""
        told = self._course.reading_behind(event)
        if told is not None:
            return told
        text = source.peek(size + _LONGEST_ITEM_BYTES)
        ahead, passed = Source(io.BytesIO(text)), list[Item]()
        for item in self.read(ahead):
            passed.append(item)
            is_torn = isinstance(item, Event) and item.is_torn and b"\n" in text[ahead.position :]
            if is_torn or self._is_foreign(item, event):
                return Reading.ECHO
            if ahead.position >= size:
                break
        if not self._course.allows(event, passed):
            return Reading.ECHO
        behind = text[size:]
        is_cut_off = b"\n" not in behind and len(behind) < _LONGEST_ITEM_BYTES
        is_sound = not any(isinstance(item, Stray) for item in passed)
        if is_sound and ahead.position > size and not is_cut_off and not items.match(behind):
            return Reading.ITEMS
        if is_sound and self._course.misses_more_than(event) and _KEPT.match(behind):
            return Reading.ITEMS
        is_last = not behind and all(isinstance(item, Info) for item in passed)  # with which a trace ends
        return Reading.ITEMS if is_last else Reading.UNDECIDED

    def _is_foreign(self, item: Item, event: Event) -> bool:
        """Return whether no item of this trace looks like that."""
        if isinstance(item, Mark | Stray):
            return False
        is_of_another_release = isinstance(item, Info) and item.mark != (self._course.mark or item.mark)
        return is_of_another_release or (item.time_ns is None) != (event.time_ns is None)

    def _remember(self, event: Event, *, is_written_elsewhere: bool) -> None:
        """Take note that no echo was there: it may come together with that of the next event."""
        if is_written_elsewhere:
            self._course.note(event, is_echoed=False)
        if event.kind is not Kind.DATA:
            return
        self._pending.append(event.payload)
        self._pending_bytes += len(event.payload)
        if self._pending_bytes > _MOST_PENDING_BYTES:
            self._pending, self._pending_bytes = [], 0


def _beginning(pieces: Pieces) -> bytes:
    """Return what the mark of an item would stand in."""
    found = b""
    for piece in pieces:
        found += piece.data[:_LONGEST_MARK_BYTES]
        if len(found) >= _LONGEST_MARK_BYTES:
            break
    return found


def _found(source: Source, pieces: Pieces, items: re.Pattern[bytes], line_end: bytes) -> Places | None:
    size = sum(map(len, pieces))
    found = None
    if line_end == b"\r\n":
        found = find_converted(source.peek(2 * size + _LONGEST_MARK_BYTES), pieces, items)
    return found or find(source.peek(size + LONGEST_METER_BYTES), pieces, items)


def _lines(source: Source, size: int) -> Iterator[Stray]:
    """Take so many bytes; yield them line by line."""
    line = source.line
    for number, text in enumerate(source.take(size).splitlines(keepends=True), line):
        yield Stray(number, text)


def _taken(source: Source, places: Places) -> tuple[bytes, tuple[Stray, ...]]:
    """Take the text up to the end of ``places``; return what is in them, and what lies between."""
    raw, strays = [], []
    at = 0
    for start, end in places:
        if at < start:
            strays.append(Stray(source.line, source.take(start - at)))
        raw.append(source.take(end - start))
        at = end
    return b"".join(raw), tuple(strays)


def _resolved(event: Event, spans: Spans, raw: bytes) -> Event:
    """Return the event with the bytes in ``spans`` known to be ``raw``, as far as that goes."""
    payload = event.payload
    if not payload.marks or not spans:
        return event
    data, marks = bytearray(payload.data), bytearray(payload.marks)
    at = 0
    for start, end in spans:
        count = min(end - start, len(raw) - at)
        data[start : start + count] = raw[at : at + count]
        marks[start : start + count] = bytes(count)
        at += count
    return replace(event, payload=Payload(bytes(data), bytes(marks) if any(marks) else b""))
