"""What a mark says, read by ``grammars/mark.lark``."""

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Literal

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args
from lark.exceptions import VisitError

from tracereplay.errors import PlanError
from tracereplay.grammar import grammars_dir
from tracereplay.units import duration_ns

What = Literal["cut", "pause", "mark", "default", "redacted"]

_STATEMENTS = ("cut", "pause", "mark", "default", "redacted")
_WORDS = {
    "NAME": "a name",
    "SHIFT": "+N or -N",
    "WAY": "fin, rst, half, stall or vanish",
    "DURATION": "a time such as 2s",
    "WHAT": "what was redacted",
    "$END": "the end of the line",
    "_BLANK": "a blank",
} | {word.upper(): word for word in _STATEMENTS}


@dataclass(frozen=True, slots=True)
class PlacedMark:
    """What a mark says, and the byte that it stands at.

    ``at`` is how many bytes its connection sends before it. ``name`` is that of a cut, of a mark, and of a pause that
    has one; of a ``default`` the one that is meant, and of ``redacted`` what stood there. ``way`` is how to leave at a
    cut, if it says that, and ``duration_ns`` how long a pause is.
    """

    line: int
    what: What
    name: str | None
    at: int
    way: str | None = None
    duration_ns: int | None = None

    @property
    def has_own_name(self) -> bool:
        """Whether its name is its own, so that ``@name`` means this mark."""
        return self.name is not None and self.what in ("cut", "pause", "mark")

    def is_called(self, name: str) -> bool:
        """Return whether ``@name`` means this mark."""
        return self.has_own_name and self.name == name


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a mark says; ``shift`` is how many bytes further on its place is."""

    what: What
    name: str | None = None
    shift: int = 0
    way: str | None = None
    duration_ns: int | None = None

    def placed(self, line: int, at: int) -> PlacedMark:
        """Return it as the mark in that line, which stands at byte ``at``."""
        return PlacedMark(line, self.what, self.name, at + self.shift, self.way, self.duration_ns)


@v_args(inline=True)
class _ToMeaning(Transformer[Token, Meaning]):
    def mark(self, meaning: Meaning) -> Meaning:
        return meaning

    def cut(self, name: Token, shift: Token | None, way: Token | None) -> Meaning:
        return Meaning("cut", str(name), _number(shift), None if way is None else str(way))

    def pause(self, name: Token | None, shift: Token | None, duration: Token) -> Meaning:
        own_name = None if name is None else str(name)
        return Meaning("pause", own_name, _number(shift), duration_ns=duration_ns(str(duration)))

    def place(self, name: Token, shift: Token | None) -> Meaning:
        return Meaning("mark", str(name), _number(shift))

    def default(self, name: Token) -> Meaning:
        return Meaning("default", str(name))

    def redacted(self, what: Token, shift: Token | None) -> Meaning:
        return Meaning("redacted", str(what), _number(shift))


def _number(shift: Token | None) -> int:
    return 0 if shift is None else int(shift)


@cache
def _parser() -> Lark:
    return Lark(
        (grammars_dir() / "mark.lark").read_text("utf-8"),
        parser="lalr",
        start="mark",
        maybe_placeholders=True,
    )


def read_meaning(line: bytes) -> Meaning:
    """Return what a mark says, ``line`` being its text. Raises PlanError, in one sentence, when it says nothing."""
    text = line.decode("utf-8", "backslashreplace").rstrip()
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        raise PlanError(f"{text!r} is no mark: {_told(text, error)}") from None
    try:
        return _ToMeaning(visit_tokens=False).transform(tree)
    except VisitError as error:
        if not isinstance(error.orig_exc, PlanError):
            raise
        raise PlanError(f"{text!r} is no mark: {error.orig_exc.message}") from None


def _told(text: str, error: UnexpectedInput) -> str:
    """Return what was found and what was expected."""
    if isinstance(error, UnexpectedToken):
        names, at = error.accepts or error.expected, error.column - 1
        at = len(text) if error.token.type == "$END" else at
    else:
        assert isinstance(error, UnexpectedCharacters)
        names, at = error.allowed or set(), error.column - 1
    words = [word for name, word in _WORDS.items() if name in names]
    *others, last = words or ["the end of the line"]
    expected = f"{', '.join(others)} or {last}" if others else last
    word = text[at:].split(maxsplit=1)[0] if text[at:].strip() else ""
    found = repr(word) if word else "the end of the line"
    near = get_close_matches(word, _STATEMENTS, 1) if "CUT" in names and len(words) > 1 else []
    return f"{found} stands where {expected} is expected{f'; did you mean {near[0]}?' if near else ''}"
