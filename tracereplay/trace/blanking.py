"""Reads heads and bodies as they come in passages, and notes in those what is to be blanked.

A line of a head, or a value in a body, may begin in one passage and end in another: those are held back until then.
"""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from tracereplay.trace.body_secret import BodyScanner
from tracereplay.trace.passage import Blank, Passage
from tracereplay.trace.secret import HeadLines, Secret

_NEXT_LINE = re.compile(rb"\.(?:[!#$%&'*+^_`|~0-9A-Za-z-]+:[ \t]|\r\n)")


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
class HeadReader:
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

    def with_line_end(self, data: bytes) -> bytes:
        """Return ``data``, which goes on in a head of an ascii trace, with the LF of a CR LF that began before it.

        Both are dots there. What follows must be another line: a value that goes on is none.
        """
        if not self.line.endswith(b".") or not _NEXT_LINE.match(data):
            return data
        self.line = self.line[:-1] + b"\r"
        return b"\n" + data[1:]

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


@dataclass(slots=True)
class BodyReader:
    """A body that is looked at, and the passages in which is what of it is not decided yet."""

    scanner: BodyScanner
    found: Found
    is_sent: bool
    size: int = 0
    places: deque[tuple[Passage, int, int, int]] = field(default_factory=deque)

    def feed(self, passage: Passage, data: bytes, start: int = 0) -> None:
        """Read on, in what is at ``start`` of a payload."""
        self.places.append((passage, start, self.size, len(data)))
        self.size += len(data)
        passage.unread += 1
        self._take(self.scanner.feed(data))

    def end(self) -> None:
        """Take what there is for the body."""
        self._take(self.scanner.feed(b"", is_end=True))

    def _take(self, secrets: list[Secret]) -> None:
        if secrets:
            self.found.note(secrets, self.places[0][0].line)
        for passage, start, at, size in self.places:
            blanks = list(_blanks(secrets, at, size, start, is_marked=self.is_sent))
            passage.blanks += blanks
            if blanks and not self.is_sent:
                passage.comments += [one.name for one in secrets]
        while self.places and self.places[0][2] + self.places[0][3] <= self.scanner.decided:
            self.places.popleft()[0].unread -= 1
