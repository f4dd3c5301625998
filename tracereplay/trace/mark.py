"""Marks: lines of a person's own in a trace, ``#: cut half`` or a comment, which curl never writes.

One stands before an item, before a row of a dump, or at the end; blank lines may stand behind it, but not in a dump. A
line that looks like it anywhere else belongs to other text, such as a body that went to the same stream as the trace,
or is misplaced.
"""

import re
from dataclasses import dataclass

from tracereplay.trace.source import Source

_MARK = rb"#(?:(?!: from )[: ][^\r\n]*)?\r?\n"  # "#: from" stands for rows: see reference
_MARKS = re.compile(rb"(?:%s(?:[ \t]*\r?\n)*)*" % _MARK)
_MARKS_IN_DUMP = re.compile(rb"(?:%s)*" % _MARK)
_STATEMENT = re.compile(rb"[ \t]*#:[ \t]*(?:cut|pause|mark|default|redacted)\b[^\n]*\n?")
SOURCE = b"#: source "
FROM = b"#: from "
LOOKED_AT_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Mark:
    """A line that is a mark or a comment, or a blank one behind it; ``text`` is all of it, with its line end.

    ``at`` is the offset of the row that follows, where it stands in a dump.
    """

    line: int
    text: bytes
    at: int = 0

    @property
    def is_comment(self) -> bool:
        """Whether it says nothing of the byte that it stands at: what a file was that was sent is no mark, either."""
        return not self.text.startswith(b"#:") or self.is_source

    @property
    def is_source(self) -> bool:
        """Whether it says what a file was that was sent."""
        return self.text.startswith(SOURCE)


def take_marks_in_dump(source: Source, offset: int) -> list[Mark]:
    """Take the marks that stand next, if there are any, and the row at ``offset`` of a dump behind them."""
    text = source.peek(LOOKED_AT_BYTES)
    end = behind_marks_in_dump(text)
    return take_marks(source, end, offset) if text.startswith(b"%04x: " % offset, end) else []


def take_marks(source: Source, end: int, offset: int = 0) -> list[Mark]:
    """Take the marks up to ``end``; ``offset`` is that of the row behind them."""
    first = source.line
    lines = source.take(end).splitlines(keepends=True)
    return [Mark(number, line, offset) for number, line in enumerate(lines, first)]


def behind_marks(text: bytes, start: int = 0) -> int:
    """Return where the marks end that ``text`` has at ``start``: there, when it has none."""
    found = _MARKS.match(text, start)
    assert found is not None
    return found.end()


def behind_marks_in_dump(text: bytes) -> int:
    """Return where the marks end that ``text`` begins with, and that stand before a row."""
    found = _MARKS_IN_DUMP.match(text)
    assert found is not None
    return found.end()


def without_marks(text: bytes) -> bytes:
    """Return what stands behind the marks that ``text`` begins with."""
    return text[behind_marks(text) :] if text.startswith(b"#") else text


def is_statement(line: bytes) -> bool:
    """Return whether a line says what a mark says, wherever it stands."""
    return _STATEMENT.fullmatch(line) is not None
