"""The text of a dump: where in it a byte stands, so that bytes can be changed in place and nothing else.

It reads what is there, row by row, whole or torn; what a dump should be is for ``dump_hex`` and ``dump_ascii``.
"""

import re
from dataclasses import dataclass

from tracereplay.trace.reader import Form

_HEX = re.compile(rb"([0-9a-f]{4,15}): ((?:[0-9a-f]{2} ){16}|(?:[0-9a-f]{2} ){0,15}(?:[0-9a-f]{1,2}(?=[\r\n]|\Z))?)")
_ASCII = re.compile(rb"([0-9a-f]{4,15}): ([^\r\n]{0,64})")
_HEX_COLUMNS = 48


@dataclass(frozen=True, slots=True)
class Row:
    """A row in a text, from ``at`` to ``end``, its line end left out; ``data`` are its bytes, from ``offset`` on."""

    at: int
    end: int
    offset: int
    data: bytes
    columns: int
    is_hex: bool

    def put(self, text: bytearray, number: int, byte: int) -> None:
        """Write ``byte`` in the place of the one with this number, as far as the row goes."""
        if not self.is_hex:
            text[self.columns + number] = byte
            return
        digits, characters = self.columns + 3 * number, self.columns + _HEX_COLUMNS
        places = (digits, digits + 1, characters + number)
        for at, character in zip(places, b"%02x%c" % (byte, byte), strict=True):
            if at < self.end:
                text[at] = character


def row_at(text: bytes | bytearray, at: int, form: Form) -> Row | None:
    """Return the row that begins at ``at``, None when none does. Half a byte, where it is torn, counts as one."""
    found = (_HEX if form == "hex" else _ASCII).match(text, at)
    if found is None:
        return None
    line = text.find(b"\n", at)
    end = len(text[at : line if line >= 0 else None].rstrip(b"\r")) + at
    data = bytes(found[2])
    if form == "hex":
        digits = data.replace(b" ", b"")
        data = bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
    return Row(at, end, int(found[1], 16), data, found.start(2), form == "hex")


def rows_of(text: bytes | bytearray, size: int, form: Form) -> tuple[list[Row], int]:
    """Return the rows behind the first line that dump ``size`` bytes, as many as there are, and where they end.

    Marks between them are passed over.
    """
    rows: list[Row] = []
    end = at = text.find(b"\n") + 1
    while at and at < len(text) and (not rows or rows[-1].offset + len(rows[-1].data) < size):
        row = row_at(text, at, form)
        is_mark = text.startswith(b"#", at)
        at = text.find(b"\n", at) + 1 or len(text)
        if row is not None:
            rows.append(row)
            end = at
        elif not is_mark:
            break
    return rows, end
