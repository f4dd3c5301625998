"""Finds the values of named fields in a body that comes in pieces, and texts: of a form, of JSON, of multipart.

A value goes on as far as its form says, however many pieces that takes: it is told piece by piece, as it comes. What
may still turn out to be the end of a value, or the beginning of a text, is not decided before more has come.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tracereplay.trace.secret import FILLER, Secret

TEXT = "body.any-text"  # no field of a body
_LONGEST_START_BYTES = 1 << 12  # of a name with all that stands before its value
_ENDS = {
    "form": re.compile(rb"[&\r\n]"),
    "text": re.compile(rb'"'),
    "bare": re.compile(rb"[,}\]\s]"),
    "part": re.compile(rb"\r\n--"),
}
_ESCAPED = re.compile(rb"\\.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class BodyNames:
    """What is secret in a body: the values of these ``fields``, and the ``texts`` wherever they stand."""

    fields: tuple[str, ...] = ()
    texts: tuple[bytes, ...] = field(default=(), repr=False)

    def start(self) -> re.Pattern[bytes]:
        """Return what a value, or a text, begins with."""
        names = b"|".join(re.escape(name.encode()) for name in self.fields) or b"(?!)"
        texts = b"|".join(re.escape(text) for text in sorted(self.texts, key=len, reverse=True)) or b"(?!)"
        starts = (
            rb"(?<![^&\n])(?P<form>%s)=" % names,
            rb'"(?P<json>%s)"[ \t\r\n]*:[ \t\r\n]*(?:(?P<quote>")|(?=[^"\s]))' % names,
            rb'[; ]name="(?P<part>%s)"[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n' % names,
            rb"(?P<text>%s)" % texts,
        )
        return re.compile(b"|".join(starts))


class BodyScanner:
    """Reads a body; ``decided`` is how many bytes of it need no more to be known."""

    def __init__(self, names: BodyNames) -> None:
        self._start = names.start()
        self._texts = names.texts
        self._buffer = b""
        self._before = 0  # bytes that have left the buffer
        self._at = 0
        self._floor = 0  # before it is nothing that begins a value
        self._value: tuple[str, str] | None = None  # how it ends, and its name
        self.decided = 0

    def feed(self, data: bytes, *, is_end: bool = False, is_blank: bool = False) -> list[Secret]:
        """Return the secrets in what has come by now, as places in the body.

        With ``is_blank`` those that are nothing but filler already, otherwise the others.
        """
        self._buffer += data
        found = [
            Secret(one.name, one.start + self._before, one.end + self._before)
            for one in self._scan(is_end=is_end)
            if (not self._buffer[one.start : one.end].strip(FILLER)) is is_blank
        ]
        self.decided = self._before + self._at
        gone = max(0, self._at - _LONGEST_START_BYTES)
        self._buffer, self._before, self._at = self._buffer[gone:], self._before + gone, self._at - gone
        self._floor = max(0, self._floor - gone)
        return found

    def _scan(self, *, is_end: bool) -> Iterator[Secret]:
        while True:
            if self._value is not None:
                how, name = self._value
                end, is_over = self._end_of(how)
                if end > self._at:
                    yield Secret(name, self._at, end)
                self._at = end
                if not is_over:
                    break
                self._value, self._floor = None, end
            start = self._start.search(self._buffer, self._floor)
            if start is None:
                self._at = max(self._at, len(self._buffer) - (0 if is_end else self._open_text()))
                return
            if start["text"] and not is_end and self._may_be_longer(start.start()):
                self._at = max(self._at, start.start())
                return
            self._floor = self._at = start.end()
            if start["text"]:
                yield Secret(TEXT, *start.span())
                continue
            kind = "part" if start["part"] else "form" if start["form"] else "text" if start["quote"] else "bare"
            self._value = kind, f"body.{(start['form'] or start['json'] or start['part']).decode()}"

    def _end_of(self, how: str) -> tuple[int, bool]:
        """Return where the value ends that we are in, as far as is known, and whether that is its end."""
        buffer, at = self._buffer, self._at
        if how == "text":
            while (quote := buffer.find(b'"', at)) >= 0:
                escaped = [one for one in _ESCAPED.finditer(buffer, self._at, quote + 1) if one.end() > quote]
                if not escaped:
                    return quote, True
                at = quote + 1
            odd = len(buffer) - len(buffer.rstrip(b"\\"))
            return max(self._at, len(buffer) - odd % 2), False
        end = _ENDS[how].search(buffer, at)
        if end:
            return end.start(), True
        open_end = next((size for size in (3, 2, 1) if how == "part" and buffer.endswith(b"\r\n--"[:size])), 0)
        return max(at, len(buffer) - open_end), False

    def _may_be_longer(self, at: int) -> bool:
        """Return whether the text that begins there may turn out to be a longer one."""
        tail = self._buffer[at : at + max(map(len, self._texts))]
        return any(text != tail and text.startswith(tail) for text in self._texts)

    def _open_text(self) -> int:
        """Return how many bytes at the end may begin a text."""
        longest = max(map(len, self._texts), default=0)
        tail = self._buffer[max(self._at, len(self._buffer) - longest + 1) :] if longest else b""
        return next((len(tail) - at for at in range(len(tail)) if any(t.startswith(tail[at:]) for t in self._texts)), 0)
