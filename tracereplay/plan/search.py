"""Looks for a text in what passes by, piece by piece, whatever its size: the first that is certain.

An unknown byte is no match. Where nothing matches, ``doubtful_at`` tells where the text may stand, if the unknown bytes
are what they would have to be.
"""

import re
from collections.abc import Iterator

from tracereplay.plan.streams import joined
from tracereplay.trace.payload import UNKNOWN, Payload


class Search:
    """Fed with payloads, in order. ``found_at`` is where the text begins, counted from the start of the first."""

    def __init__(self, text: bytes) -> None:
        self.found_at: int | None = None
        self.doubtful_at: int | None = None
        self._text = text
        self._tail = Payload(b"")
        self._offset = 0  # of the tail

    def feed(self, payload: Payload) -> bool:
        """Read on; return whether the text was found."""
        looked_at = joined((self._tail, payload))
        self._look(looked_at)
        kept = min(len(self._text) - 1, len(looked_at))
        self._tail = looked_at[len(looked_at) - kept :]
        self._offset += len(looked_at) - kept
        return self.found_at is not None

    def _look(self, payload: Payload) -> None:
        at = payload.data.find(self._text)
        while at >= 0 and UNKNOWN in payload.marks[at : at + len(self._text)]:
            at = payload.data.find(self._text, at + 1)
        if at >= 0:
            self.found_at = self._offset + at
        elif self.doubtful_at is None and UNKNOWN in payload.marks:
            self.doubtful_at = next((self._offset + at for at in self._possible(payload)), None)

    def _possible(self, payload: Payload) -> Iterator[int]:
        """Yield where the text may stand: an unknown byte is shown as a dot, and matches may overlap."""
        pattern = b"(?=%b)" % b"".join(b"[%b.]" % re.escape(bytes([byte])) for byte in self._text)
        for found in re.finditer(pattern, payload.data):
            start = found.start()
            marks = payload.marks[start : start + len(self._text)]
            data = payload.data[start : start + len(self._text)]
            if all(one == other or mark == UNKNOWN for one, other, mark in zip(data, self._text, marks, strict=True)):
                yield start
