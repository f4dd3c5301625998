"""Places as they are written, read by ``grammars/cut.lark``: a Place is data, and ``plan/find.py`` finds it."""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from typing import Literal

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import VisitError

from tracereplay.errors import PlanError, SpecError
from tracereplay.grammar import grammars_dir
from tracereplay.plan.misspelling import Rule, misspelt
from tracereplay.plan.scope import Scope, Section
from tracereplay.units import duration_ns, size_bytes

_ESCAPE = re.compile(rb"\\(?:x(..)|(.))", re.DOTALL)
_ESCAPED = {b"r": b"\r", b"n": b"\n", b"t": b"\t"}


@dataclass(frozen=True, slots=True)
class Share:
    """``share`` of the scope, rounded down, and ``offset_bytes`` from there."""

    share: Fraction
    offset_bytes: int = 0

    def within(self, total_bytes: int) -> int:
        """Return how many of ``total_bytes`` lie before it; it may lie outside."""
        return int(total_bytes * self.share) + self.offset_bytes


@dataclass(frozen=True, slots=True)
class Text:
    """Where ``text`` stands first in the scope: behind it, or before it. ``written`` is how it was quoted."""

    text: bytes
    is_behind: bool
    written: str


@dataclass(frozen=True, slots=True)
class Time:
    """What had moved ``after_ns`` after the scope began, in the recording."""

    after_ns: int


@dataclass(frozen=True, slots=True)
class Named:
    """Where the mark ``name`` stands."""

    name: str


Position = Share | Text | Time | Named


@dataclass(frozen=True, slots=True)
class Place:
    """A place as it was written: a position in a scope, and ``shift_bytes`` from there, which may lead out of it."""

    spec: str
    scope: Scope
    position: Position
    shift_bytes: int = 0

    @property
    def is_counted(self) -> bool:
        """Whether it means the same byte wherever its scope ends: it is not a share, nor counted from the end."""
        return not isinstance(self.position, Share) or not self.position.share


@dataclass(frozen=True, slots=True)
class Range:
    """From one position to another, ``steps`` of equal size; each byte when that is None."""

    first: tuple[Position, int]
    last: tuple[Position, int]
    steps: int | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of places in a scope: the boundaries, the marks, each byte, every so many bytes, or a range."""

    spec: str
    scope: Scope
    how: Literal["boundaries", "marks", "all"] | int | Range


_Pause = tuple[Place, int]
_Point = tuple[Position, int]


@v_args(inline=True)
class _Reader(Transformer[Token, Place | Listed | _Pause]):
    """Makes of each rule of the grammar what it means; the methods have the names of the rules."""

    def __init__(self, spec: str) -> None:
        super().__init__()
        self._spec = spec

    def places(self, found: Place | Listed) -> Place | Listed:
        return found

    def listed(self, scope: Scope | None, how: Literal["boundaries", "marks", "all"] | int | Range) -> Listed:
        return Listed(self._spec, scope or Scope(), how)

    def boundaries(self) -> str:
        return "boundaries"

    def marks(self) -> str:
        return "marks"

    def each(self) -> str:
        return "all"

    def every(self, size: Token) -> int:
        return size_bytes(size)

    def range(self, first: _Point, last: _Point, steps: Token | None) -> Range:
        return Range(first, last, None if steps is None else int(steps))

    def pause(self, place: Place, duration: Token) -> _Pause:
        return place, duration_ns(duration)

    def place(self, scope: Scope | None, point: _Point) -> Place:
        return Place(self._spec, scope or Scope(), *point)

    def wire(self, prefix: Token, size: Token) -> Place:
        return Place(self._spec, Scope(str(prefix), "wire"), Share(Fraction(0), size_bytes(size)))

    def scope(self, *tokens: Token | None) -> Scope:
        return _scope([token for token in tokens if token is not None])

    def point(self, position: Position, shift_bytes: int | None) -> _Point:
        return position, shift_bytes or 0

    def forward(self, size: Token) -> int:
        return size_bytes(size)

    def back(self, size: Token) -> int:
        return -size_bytes(size)

    def percent(self, text: Token) -> Share:
        return Share(Fraction(text[:-1]) / 100)

    def from_start(self, size: Token) -> Share:
        return Share(Fraction(0), size_bytes(size))

    def from_end(self, size: Token) -> Share:
        return Share(Fraction(1), -size_bytes(size))

    def start(self) -> Share:
        return Share(Fraction(0))

    def end(self) -> Share:
        return Share(Fraction(1))

    def after(self, quoted: Token) -> Text:
        return Text(_unquoted(quoted), True, quoted.strip())

    def before(self, quoted: Token) -> Text:
        return Text(_unquoted(quoted), False, quoted.strip())

    def mark(self, name: Token) -> Named:
        return Named(name[1:])

    def time(self, text: Token) -> Time:
        return Time(duration_ns(text))


def _scope(tokens: list[Token]) -> Scope:
    """Return the scope that was written so, from the outside in: ``request:`` ``2:`` ``part:`` ``file:`` ``head:``."""
    section: Section = "all"
    number: int | None = None
    which: int | bytes | None = None
    for token in tokens:
        word = str(token)[:-1]
        if token.type in ("REQUEST", "ANSWER"):
            section = "message"
        elif token.type == "NUMBER" and section == "message":
            number = int(word)
        elif token.type in ("NUMBER", "NAME", "QUOTED_NAME"):
            which = int(word) if token.type == "NUMBER" else _unquoted(word)
        else:
            section = "part head" if section == "part" else _SECTIONS[token.type]
    return Scope("".join(tokens), section, number, which, is_received=tokens[0].type == "ANSWER")


_SECTIONS: dict[str, Section] = {
    "ALL": "all",
    "HEAD": "head",
    "BODY": "body",
    "FILE": "file",
    "PART": "part",
    "CHUNK": "chunk",
    "EVENT": "event",
}


def _unquoted(text: str) -> bytes:
    """Return the bytes that a text means: between its quotes, or as it stands where it has none."""
    text = text.lstrip(" ")
    inside = text[1:-1] if text.startswith('"') else text
    return _ESCAPE.sub(_escaped, inside.encode("utf-8", "surrogateescape"))


def _escaped(found: re.Match[bytes]) -> bytes:
    return bytes.fromhex(found[1].decode()) if found[1] else _ESCAPED.get(found[2], found[2])


@cache
def _parser() -> Lark:
    return Lark(
        (grammars_dir() / "cut.lark").read_text("utf-8"),
        parser="lalr",
        start=["place", "pause", "places"],
        maybe_placeholders=True,
    )


@lru_cache(1024)
def read_place(spec: str) -> Place:
    """Return the place that ``spec`` names: ``50%``, ``body:64k``, ``-1``. Raises SpecError, PlanError."""
    found = _read(spec, "place")
    assert isinstance(found, Place)
    return found


def read_pause(spec: str) -> tuple[Place, int]:
    """Return the place of a pause and its length in nanoseconds: ``body:50%=2s``. Raises SpecError."""
    found = _read(spec, "pause")
    assert isinstance(found, tuple)
    return found


def read_places(spec: str) -> Place | Listed:
    """Return the place that ``spec`` names, or the list of places: ``body:every:4k``. Raises SpecError, PlanError."""
    found = _read(spec, "places")
    assert isinstance(found, Place | Listed)
    return found


def _read(spec: object, rule: Rule) -> Place | Listed | _Pause:
    what = "place" if rule == "places" else rule
    if not isinstance(spec, str):
        raise PlanError(f"{spec!r} is not a {what}, for it is no text", hint=f"write it with quotes: '{spec}'")
    try:
        spec.encode("utf-8", "surrogateescape")
        found = _Reader(spec).transform(_parser().parse(spec, start=rule))
    except UnicodeEncodeError as error:
        raise SpecError(f"{spec!r} has half a character", spec=spec, column=error.start + 1) from None
    except UnexpectedInput as error:
        raise misspelt(_parser(), spec, rule, error) from None
    except VisitError as error:
        raise error.orig_exc from None
    assert isinstance(found, Place | Listed | tuple)
    return found
