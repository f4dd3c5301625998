"""A trace without its secrets: each byte of one is an ``x`` instead, in place.

Where it was sent a mark says what stood there, and how long it was: ``#: redacted Authorization 24 +6``. Elsewhere
nothing needs to know, and a comment says it: ``# redacted Set-Cookie.sid``.

Heads of both directions are looked at, and lines of information, in the text as it passes by; bodies pass by whole.
A head may come in several events: those are held back until its last line is complete.
"""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from tracereplay.trace.dump_text import row_at, rows_of
from tracereplay.trace.event import Direction, Event, Ids, Info, Item, Kind, Stray
from tracereplay.trace.passage import Blank, Passage
from tracereplay.trace.payload import Payload
from tracereplay.trace.reader import Form, read_items
from tracereplay.trace.reference import Reference
from tracereplay.trace.secret import HeadLines, Names, Secret, in_information
from tracereplay.trace.source import Source, Stream

_MOST_HELD_BYTES = 1 << 23
_WORDS = re.compile(rb"[^\r\n]+")


class _Copied(Source):
    """A source that keeps what is taken from it, until it is asked for."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._pieces: list[bytes] = []

    def skip(self, count: int, lines: int) -> None:
        """Move past ``count`` bytes, and keep them."""
        self._pieces.append(self.peek(count))
        super().skip(count, lines)

    def taken(self) -> bytes:
        """Return what was taken since this was asked last."""
        text = b"".join(self._pieces)
        self._pieces.clear()
        return text


@dataclass(slots=True)
class Found:
    """How many secrets of each name were found, and at which line of the trace the first."""

    counts: Counter[str] = field(default_factory=Counter)
    lines: dict[str, int] = field(default_factory=dict)

    def note(self, secrets: list[Secret], line: int) -> None:
        """Count what was found in the item at a line."""
        for one in secrets:
            self.counts[one.name] += 1
            self.lines.setdefault(one.name, line)


@dataclass(slots=True)
class _Head:
    """What is sent, or received, of heads on a connection: the line that is not complete yet, and where it stands."""

    lines: HeadLines
    found: Found
    is_sent: bool
    line: bytes = b""
    places: deque[tuple[Passage, int, int]] = field(default_factory=deque)

    def feed(self, passage: Passage, start: int, data: bytes, *, is_whole: bool) -> None:
        """Read on, in what is at ``start`` of a payload; with ``is_whole`` the last line ends with ``data``."""
        if data:
            self.line += data
            self.places.append((passage, start, len(data)))
            passage.unread += len(data)
        while end := self.line.find(b"\n") + 1:
            self._end_line(end)
        if is_whole:
            self.end()

    def end(self) -> None:
        """Take what there is for a line."""
        self._end_line(len(self.line))

    def _end_line(self, size: int) -> None:
        secrets = self.lines.find(self.line[:size])
        if secrets:
            passage = self.places[0][0]
            self.found.note(secrets, passage.line)
            if not self.is_sent:
                passage.comments += [one.name for one in secrets]
        self.line = self.line[size:]
        at = 0
        while at < size:
            passage, start, count = self.places.popleft()
            taken = min(count, size - at)
            passage.blanks += _blanks(secrets, at, taken, start, is_marked=self.is_sent)
            passage.unread -= taken
            if taken < count:
                self.places.appendleft((passage, start + taken, count - taken))
            at += taken


def _blanks(secrets: list[Secret], at: int, size: int, start: int, *, is_marked: bool) -> Iterator[Blank]:
    """Yield what of the secrets is in ``size`` bytes at ``at`` of a line, which are at ``start`` of a payload."""
    for one in secrets:
        first, last = max(one.start, at), min(one.end, at + size)
        if first < last:
            mark = f"{one.name} {one.end - one.start}" if is_marked and first == one.start else None
            yield Blank(first - at + start, last - at + start, mark)


def _blank(reference: Reference) -> Payload:
    """Return as many bytes as a dump refers to: what is in the file is not in the trace."""
    return Payload(bytes(reference.size))


_Key = tuple[Direction, Ids | None]


class Redaction:
    """Takes the secrets out of a trace; ``found`` says which there were."""

    def __init__(self, names: Names) -> None:
        self.found = Found()
        self._names = names
        self._heads: dict[_Key, _Head] = {}
        self._other_lines = HeadLines(names)
        self._held: deque[Passage] = deque()
        self._torn: tuple[_Key, int] | None = None  # the dump that has just ended early, and where

    def text(self, stream: Stream, form: Form) -> Iterator[bytes]:
        """Yield the text of the trace in ``stream`` without its secrets, in pieces, as soon as they are known."""
        source = _Copied(stream)
        at_line_start = True
        for item in read_items(source, form, of_day=True, refer=_blank):
            text = source.taken()
            if text:
                self._held.append(self._read(item, text, form))
            for passage in self._done():
                yield from passage.written(at_line_start=at_line_start)
                at_line_start = passage.text.endswith(b"\n")
        self._end_heads()
        for passage in self._done():
            yield from passage.written(at_line_start=at_line_start)
            at_line_start = passage.text.endswith(b"\n")

    def _done(self) -> Iterator[Passage]:
        if len(self._held) > 1 and sum(len(one.text) for one in self._held) > _MOST_HELD_BYTES:
            self._end_heads()
        while self._held and not self._held[0].unread:
            yield self._held.popleft()

    def _end_heads(self) -> None:
        for head in self._heads.values():
            head.end()

    def _read(self, item: Item, text: bytes, form: Form) -> Passage:
        torn, self._torn = self._torn, None
        if isinstance(item, Event):
            return self._read_event(item, text, form)
        row = row_at(text, 0, form) if torn and isinstance(item, Stray) else None
        if torn is not None and row is not None and row.offset >= torn[1]:
            passage = Passage(text, item.line, [row])
            self._head(torn[0]).feed(passage, row.offset, row.data, is_whole=False)
            self._torn = torn[0], row.offset + len(row.data)
            return passage
        passage = Passage(text, item.line)
        if isinstance(item, Info):
            self._blank_information(item, passage)
        else:
            self._blank_lines(passage, 0)
        return passage

    def _read_event(self, event: Event, text: bytes, form: Form) -> Passage:
        key = (event.direction, event.ids)
        passage = Passage(text, event.line)
        if event.kind is not Kind.HEADER:
            if event.kind is Kind.DATA and key in self._heads:
                self._heads.pop(key).end()
            return passage
        passage.rows, end = rows_of(text, len(event.payload), form)
        data = event.payload.data
        is_received = event.direction is Direction.RECEIVED
        if is_received and form == "ascii" and data.endswith(b".") and b"\n" not in data:
            data = data[:-1]  # it is a bare LF
        self._head(key).feed(passage, 0, data, is_whole=is_received and not event.is_torn)
        if event.is_torn:
            self._torn = key, len(data)
        self._blank_lines(passage, end)  # such as the head itself, where curl's output and its trace go the same way
        return passage

    def _head(self, key: _Key) -> _Head:
        if key not in self._heads:
            self._heads[key] = _Head(HeadLines(self._names), self.found, key[0] is Direction.SENT)
        return self._heads[key]

    def _blank_information(self, info: Info, passage: Passage) -> None:
        start = passage.text.index(info.mark) + len(info.mark)
        end = start + len(info.text)
        secrets = in_information(info.text, self._names)
        self._blank(passage, secrets, start)
        if secrets and secrets[-1].end == len(info.text):  # the value goes on in the lines behind
            rest = passage.text[end:]
            last = rest.rfind(b"'")
            pieces = [found.span() for found in _WORDS.finditer(rest, 0, max(last, 0))]
            passage.blank_text([Secret(secrets[-1].name, *piece) for piece in pieces], end)
        else:
            self._blank_lines(passage, end)

    def _blank_lines(self, passage: Passage, start: int) -> None:
        """Blank what is secret in text that belongs to no item."""
        for line in passage.text[start:].splitlines(keepends=True):
            secrets = self._other_lines.find(line) or in_information(line, self._names)
            self._blank(passage, secrets, start)
            start += len(line)

    def _blank(self, passage: Passage, secrets: list[Secret], start: int) -> None:
        self.found.note(secrets, passage.line)
        passage.blank_text(secrets, start)
