"""The text of an item of a trace on its way to another file, and what is blanked in it: in place, byte by byte."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tracereplay.trace.dump_text import Row, rows_of
from tracereplay.trace.reader import Form
from tracereplay.trace.secret import FILLER, Secret


@dataclass(frozen=True, slots=True)
class Blank:
    """Bytes from ``start`` to ``end`` that a dump shall not show; ``mark`` says what they were, where it begins."""

    start: int
    end: int
    mark: str | None


@dataclass(slots=True, eq=False)
class Passage:
    """The ``text`` of an item, from a ``line`` of the trace on, with the ``rows`` of its dump.

    ``blanks`` are places of its payload, ``comments`` what was blanked in the text itself. ``unread`` bytes of the
    payload are in a line of a head that is not complete yet.
    """

    text: bytes
    line: int
    rows: list[Row] = field(default_factory=list)
    blanks: list[Blank] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    unread: int = 0
    dump: tuple[int, Form] | None = None  # of so many bytes: its rows are looked for when something is blanked

    def blank_text(self, secrets: list[Secret], start: int = 0) -> None:
        """Blank what stands in the text itself, places counted from ``start``."""
        if not secrets:
            return
        text = bytearray(self.text)
        for one in secrets:
            text[start + one.start : start + one.end] = FILLER * (one.end - one.start)
            self.comments.append(one.name)
        self.text = bytes(text)

    def written(self, *, at_line_start: bool) -> Iterator[bytes]:
        """Yield the text without what is blanked, with a mark before each row where something begins."""
        line_end = b"\r\n" if self.text.endswith(b"\r\n") else b"\n"
        if self.comments and at_line_start:
            yield f"# redacted {', '.join(dict.fromkeys(self.comments))}".encode() + line_end
        if not self.blanks:
            yield self.text
            return
        text = bytearray(self.text)
        rows = rows_of(self.text, *self.dump)[0] if self.dump is not None else self.rows
        at = 0
        for row in rows:
            end = row.offset + len(row.data)
            marks = []
            for blank in self.blanks:
                for byte in range(max(blank.start, row.offset), min(blank.end, end)):
                    if row.is_hex or row.data[byte - row.offset] not in b"\r\n":  # an ascii dump does not show them
                        row.put(text, byte - row.offset, FILLER[0])
                if blank.mark is not None and row.offset <= blank.start < end:
                    shift = f" +{blank.start - row.offset}" if blank.start > row.offset else ""
                    marks.append(f"#: redacted {blank.mark}{shift}".encode() + line_end)
            if marks:
                yield bytes(text[at : row.at])
                yield from marks
                at = row.at
        yield bytes(text[at:])
