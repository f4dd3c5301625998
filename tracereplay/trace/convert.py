"""A trace in the other form, as the same curl would have printed it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tracereplay.errors import TraceError, UnknownBytesError
from tracereplay.trace.doubts import refuse_unknown
from tracereplay.trace.event import Direction, Event, Item, Stray
from tracereplay.trace.reader import Form
from tracereplay.trace.shift import moved_to_rows
from tracereplay.trace.trace import Trace
from tracereplay.trace.writer import rows_of, write_items

_ROW = re.compile(rb"[0-9a-f]{4,}: ")
_ROW_WITH_DELETE = re.compile(rb"^[0-9a-f]{4,}: [ -~]{0,64}\x7f", re.MULTILINE)
_HEAD = re.compile(rb"(?:=> Send|<= Recv) (?:header|data|SSL data), \d{1,19} bytes \(0x[0-9a-f]{1,16}\)(\r?\n)")


@dataclass(slots=True)
class Conversion:
    """A trace and the form that it is wanted in. ``unknown`` and ``inferred`` count the bytes that are dots in it."""

    trace: Trace
    form: Form
    unknown: int = 0
    inferred: int = 0
    left_out: int = 0  # lines that look like rows of a dump, and are none
    line_end: bytes = b"\n"
    shows_delete: bool = False

    @classmethod
    def of(cls, trace: Trace, form: Form, *, keeps_unknown: bool = False) -> "Conversion":
        """Return the conversion of ``trace``, which is read once.

        Raises UnknownBytesError when bytes are unknown that the form would show, TraceError when rows are missing.
        """
        for fault in trace.faults:
            if fault.code == "damaged":
                raise TraceError(
                    fault.message, trace=trace.name, line=fault.line, hint="record again, or mend the text"
                )
        found = cls(trace, form)
        first_line = None
        for item in trace.printed():
            if isinstance(item, Event):
                found.unknown += item.payload.unknown
                found.inferred += item.payload.inferred
                first_line = item.line if first_line is None and item.payload.unknown else first_line
        found._look()
        if form == "hex" and found.unknown and not keeps_unknown:
            for one in trace.conversations:
                for direction in Direction:
                    refuse_unknown(trace, one, direction)
            raise UnknownBytesError(
                f"{found.unknown:,} bytes of TLS records are unknown, the first at line {first_line:,}",
                trace=trace.name,
                ranges=(),
                hint="take the dots as they are with --unknown keep",
            )
        return found

    def text(self) -> Iterator[bytes]:
        """Yield the text, piece by piece."""
        items = (self._moved(item) for item in self.trace.printed() if not self._is_left_out(item))
        return write_items(items, self.form, line_end=self.line_end, shows_delete=self.shows_delete)

    def _moved(self, item: Item) -> Item:
        """Return the item with its marks where they belong among the rows of the other form."""
        if self.form == self.trace.form or not isinstance(item, Event) or not item.marks:
            return item
        rows = rows_of(item, self.form, b"\n", shows_delete=False)
        return moved_to_rows(item, [offset for offset, _ in rows])

    def _is_left_out(self, item: Item) -> bool:
        """Return whether ``item`` is text that would be taken for a row of a dump in the other form."""
        is_left_out = self.form != self.trace.form and isinstance(item, Stray) and _ROW.match(item.text) is not None
        self.left_out += is_left_out
        return is_left_out

    def _look(self) -> None:
        """Find out what the text says of the curl that wrote it, and of its system."""
        has_line_end = False
        for text in self.trace.text():
            head = None if has_line_end else _HEAD.search(text)
            if head is not None:
                self.line_end, has_line_end = head[1], True
            if b"\x7f" in text and _ROW_WITH_DELETE.search(text):
                self.shows_delete = True
