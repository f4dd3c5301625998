"""A trace without its secrets: each byte of one is an ``x`` instead, in place.

Where it was sent a mark says what stood there, and how long it was: ``#: redacted Authorization 24 +6``. Elsewhere
nothing needs to know, and a comment says it: ``# redacted Set-Cookie.sid``.

Heads of both directions are looked at, and lines of information, in the text as it passes by; bodies pass by whole.
A head may come in several events: those are held back until its last line is complete.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from tracereplay.errors import TraceError
from tracereplay.trace.blanking import BodyReader, Found, HeadReader
from tracereplay.trace.body_secret import BodyNames, BodyScanner
from tracereplay.trace.dump_text import row_at, rows_of
from tracereplay.trace.event import Direction, Event, Ids, Info, Item, Kind, Stray
from tracereplay.trace.passage import Passage
from tracereplay.trace.payload import Payload
from tracereplay.trace.reader import Form, read_items
from tracereplay.trace.reference import Reference
from tracereplay.trace.secret import TEXT, HeadLines, Names, Secret, in_information
from tracereplay.trace.source import Source, Stream

_MOST_HELD_BYTES = 1 << 23
_NOTES = re.compile(rb"^#.*\n?", re.MULTILINE)
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


_Key = tuple[Direction, Ids | None]


class Redaction:
    """Takes the secrets out of a trace, or of its answers alone; ``found`` says which there were.

    ``referred`` are the files that hold bytes of bodies: those were not looked at, though bodies should be.
    """

    def __init__(self, names: Names, in_bodies: BodyNames | None = None, *, in_what_is_sent: bool = True) -> None:
        self._in_what_is_sent = in_what_is_sent
        self.found = Found()
        self.referred: set[str] = set()
        names = names if in_bodies is None else replace(names, texts=in_bodies.texts)
        self._names = names
        self._in_bodies = in_bodies
        self._bodies: dict[_Key, BodyReader] = {}
        self._heads: dict[_Key, HeadReader] = {}
        self._other_lines = HeadLines(names)
        self._held: deque[Passage] = deque()
        self._torn: tuple[_Key, int] | None = None  # the dump that has just ended early, and where

    def text(self, stream: Stream, form: Form) -> Iterator[bytes]:
        """Yield the text of the trace in ``stream`` without its secrets, in pieces, as soon as they are known."""
        source = _Copied(stream)
        at_line_start = True
        for item in read_items(source, form, of_day=True, refer=self._unread):
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

    def _unread(self, reference: Reference) -> Payload:
        """Return as many bytes as a dump refers to: what is in the file is not in the trace."""
        if self._in_bodies is not None:
            self.referred.add(reference.name)
        return Payload(bytes(reference.size))

    def _done(self) -> Iterator[Passage]:
        if len(self._held) > 1 and sum(len(one.text) for one in self._held) > _MOST_HELD_BYTES:
            self._end_heads()
        while self._held and not self._held[0].unread:
            yield self._held.popleft()

    def _end_heads(self) -> None:
        for head in self._heads.values():
            head.end()
        for body in self._bodies.values():
            body.end()

    def _read(self, item: Item, text: bytes, form: Form) -> Passage:
        torn, self._torn = self._torn, None
        is_answer = isinstance(item, Event) and item.direction is Direction.RECEIVED
        if not is_answer and not self._in_what_is_sent:
            return Passage(text, item.line)
        if isinstance(item, Event):
            return self._read_event(item, text, form)
        row = row_at(text, 0, form) if torn and isinstance(item, Stray) else None
        if torn is not None and row is not None and row.offset >= torn[1]:
            passage = Passage(text, item.line, [row])
            if torn[0] in self._bodies:
                self._bodies[torn[0]].feed(passage, row.data, row.offset)
            else:
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
            if event.kind is Kind.DATA and self._in_bodies is not None:
                self._read_body(event, passage, form, self._in_bodies)
            return passage
        if key in self._bodies:
            self._bodies.pop(key).end()
        passage.rows, end = rows_of(text, len(event.payload), form)
        data = event.payload.data
        is_received = event.direction is Direction.RECEIVED
        if is_received and form == "ascii" and data.endswith(b".") and b"\n" not in data:
            data = data[:-1]  # it is a bare LF
        if form == "ascii" and not is_received:
            data = self._head(key).with_line_end(data)
        self._head(key).feed(passage, 0, data, is_whole=is_received and not event.is_torn)
        if event.is_torn:
            self._torn = key, len(data)
        self._blank_lines(passage, end)  # such as the head itself, where curl's output and its trace go the same way
        return passage

    def _read_body(self, event: Event, passage: Passage, form: Form, names: BodyNames) -> None:
        size = len(event.payload)
        passage.dump = size, form
        if not _ends_dump(passage.text, size, form) and _behind_dump(passage.text, size, form):
            raise TraceError(
                "the body stands in it twice, for it went the same way as the trace, and only dumps are redacted",
                trace="the trace",
                line=event.line,
                hint="write it without what is not of the trace: tracereplay convert TRACE --to hex -o dumps.txt",
            )
        key = (event.direction, event.ids)
        if key not in self._bodies:
            self._bodies[key] = BodyReader(BodyScanner(names), self.found, event.direction is Direction.SENT)
        self._bodies[key].feed(passage, event.payload.data)
        if event.is_torn:
            self._torn = key, len(event.payload)

    def _head(self, key: _Key) -> HeadReader:
        if key not in self._heads:
            self._heads[key] = HeadReader(HeadLines(self._names), self.found, key[0] is Direction.SENT)
        return self._heads[key]

    def _blank_information(self, info: Info, passage: Passage) -> None:
        start = passage.text.index(info.mark) + len(info.mark)
        end = start + len(info.text)
        secrets = in_information(info.text, self._names)
        self._blank(passage, secrets, start)
        if (
            secrets and secrets[-1].end == len(info.text) and secrets[-1].name != TEXT
        ):  # the value goes on in the lines behind
            rest = passage.text[end:]
            last = rest.rfind(b"'")
            pieces = [found.span() for found in _WORDS.finditer(rest, 0, max(last, 0))]
            passage.blank_text([Secret(secrets[-1].name, *piece) for piece in pieces], end)
        else:
            self._blank_lines(passage, end)

    def _blank_lines(self, passage: Passage, start: int) -> None:
        """Blank what is secret in text that belongs to no item."""
        for line in passage.text[start:].splitlines(keepends=True):
            self._blank(passage, self._other_lines.find(line), start)
            self._blank(passage, in_information(passage.text[start : start + len(line)], self._names), start)
            start += len(line)

    def _blank(self, passage: Passage, secrets: list[Secret], start: int) -> None:
        self.found.note(secrets, passage.line)
        passage.blank_text(secrets, start)


def _ends_dump(text: bytes, size: int, form: Form) -> bool:
    """Return whether the last line is the last row of a dump: then nothing stands behind it."""
    row = row_at(text, text.rfind(b"\n", 0, len(text) - 1) + 1, form)
    return row is not None and row.offset < size <= row.offset + len(row.data) + 2


def _behind_dump(text: bytes, size: int, form: Form) -> bytes:
    return _NOTES.sub(b"", text[rows_of(text, size, form)[1] :]).strip()
