"""Finds the values of named fields in a body that comes in pieces, and texts: of a form, of JSON, of multipart.

A value goes on as far as its form says, however many pieces that takes: it is told piece by piece, as it comes. What
may still turn out to be the end of a value, or the beginning of a text, is not decided before more has come.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from tracereplay.trace.secret import FILLER, TEXT, Secret
from tracereplay.trace.spelling import any_spelling_of_name, usual_spellings

_FIELD = "body."
_LONGEST_START_BYTES = 1 << 12  # of a name with all that stands before its value
_ENDS = {
    "form": re.compile(rb"[&\r\n]"),
    "pair": re.compile(rb"[&;\r\n]"),
    "part": re.compile(rb"\r\n--"),
}
_JSON = re.compile(rb'\\.|["\[\]{},\s]', re.DOTALL)  # what may begin or end a value
_HOLDER = rb'(?:[^&=;:"\s]{0,128}(?:[.\[]|%5[bB]))?'  # what may stand before a name: user[name]
_REST = rb'(?:(?:[\]\[]|%5[bBdD])[^&=;:"\s]{0,128})?'  # and behind it: names[0]


def name_of_field(field: str) -> str:
    """Return what the secret in a field is called, without blanks and the like: ``body.password``."""
    return _FIELD + quote(field, safe="!$'()*+/:;=?@[]", errors="surrogateescape")


def field_of(secret: str) -> str | None:
    """Return the field that a secret is in, None when it is in none."""
    is_field = secret.startswith(_FIELD) and secret != TEXT
    return unquote(secret[len(_FIELD) :], errors="surrogateescape") if is_field else None


@dataclass(frozen=True, slots=True)
class BodyNames:
    """What is secret in a body: the values of these ``fields``, and the ``texts`` wherever they stand.

    Capitals do not matter in the name of a field, and - and _ are the same; it may be within another, ``user[name]``.
    """

    fields: tuple[str, ...] = ()
    texts: tuple[bytes, ...] = field(default=(), repr=False)

    def start(self) -> re.Pattern[bytes]:
        """Return what a value, or a text, begins with."""
        names = b"|".join(map(any_spelling_of_name, self.fields)) or b"(?!)"
        texts = b"|".join(re.escape(text) for text in sorted(self.spelt(), key=len, reverse=True)) or b"(?!)"
        starts = (
            rb"(?<![^&;\n])%s(?P<form>%s)%s=" % (_HOLDER, names, _REST),
            rb'"%s(?P<json>%s)%s"[ \t\r\n]*:[ \t\r\n]*(?:(?P<quote>")|(?=[^"\s]))' % (_HOLDER, names, _REST),
            rb'[; \t](?i:name)="?%s(?P<part>%s)%s"?(?![^;\s])[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n'
            % (_HOLDER, names, _REST),
            rb"(?P<text>%s)" % texts,
        )
        return re.compile(b"|".join(starts))

    def spelt(self) -> tuple[bytes, ...]:
        """Return the texts, and those escaped as in a URL, or in JSON."""
        return tuple(dict.fromkeys(spelt for text in self.texts for spelt in usual_spellings(text)))

    def called(self, name: bytes) -> str:
        """Return the field that is called so in a body."""
        return next(one for one in self.fields if re.fullmatch(any_spelling_of_name(one), name))


class BodyScanner:
    """Reads a body; ``decided`` is how many bytes of it need no more to be known."""

    def __init__(self, names: BodyNames) -> None:
        self._names = names
        self._start = names.start()
        self._texts = names.spelt()
        self._buffer = b""
        self._before = 0  # bytes that have left the buffer
        self._at = 0
        self._floor = 0  # before it is nothing that begins a value
        self._value: tuple[str, str] | None = None  # how it ends, and its name
        self._depth = 0  # of the brackets in JSON
        self._is_quoted = False
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
                end, is_over = self._end_of(how, is_end=is_end)
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
            self._begin(start)

    def _begin(self, start: re.Match[bytes]) -> None:
        """Note that a value begins behind ``start``."""
        called = name_of_field(self._names.called(start["form"] or start["json"] or start["part"]))
        how = "json" if start["json"] else "part" if start["part"] else "form"
        if how == "form" and start.string[start.start() - 1 : start.start()] == b";":
            how = "pair"
        self._value, self._depth, self._is_quoted = (how, called), 0, bool(start["quote"])

    def _end_of(self, how: str, *, is_end: bool) -> tuple[int, bool]:
        """Return where the value ends that we are in, as far as is known, and whether that is its end."""
        buffer, at = self._buffer, self._at
        if how == "json":
            over = self._end_of_json()
            open_end = (len(buffer) - len(buffer.rstrip(b"\\"))) % 2
        else:
            end = _ENDS[how].search(buffer, at)
            over = end.start() if end else None
            open_end = next((size for size in (3, 2, 1) if how == "part" and buffer.endswith(b"\r\n--"[:size])), 0)
        if over is not None:
            return over, True
        return max(at, len(buffer) - (0 if is_end else open_end)), False

    def _end_of_json(self) -> int | None:
        """Return where the value ends that we are in, of any depth, None when it goes on."""
        for token in _JSON.finditer(self._buffer, self._at):
            one = token[0]
            if one == b'"':
                self._is_quoted = not self._is_quoted
                if not self._is_quoted and not self._depth:
                    return token.start()
            elif self._is_quoted or one.startswith(b"\\"):
                continue
            elif one in b"[{":
                self._depth += 1
            elif not self._depth:
                return token.start()
            elif one in b"]}":
                self._depth -= 1
                if not self._depth:
                    return token.end()
        return None

    def _may_be_longer(self, at: int) -> bool:
        """Return whether the text that begins there may turn out to be a longer one."""
        tail = self._buffer[at : at + max(map(len, self._texts))]
        return any(text != tail and text.startswith(tail) for text in self._texts)

    def _open_text(self) -> int:
        """Return how many bytes at the end may begin a text."""
        longest = max(map(len, self._texts), default=0)
        tail = self._buffer[max(self._at, len(self._buffer) - longest + 1) :] if longest else b""
        return next((len(tail) - at for at in range(len(tail)) if any(t.startswith(tail[at:]) for t in self._texts)), 0)
