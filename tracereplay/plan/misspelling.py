"""Says what is wrong with a place that does not read: where, and the nearest that does."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Literal

from lark import Lark, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from tracereplay.errors import SpecError

Rule = Literal["place", "pause", "places"]

_WORD = re.compile(r"[A-Za-z]*")
_QUOTED = re.compile(r' *"(?:[^"\\]|\\[rnt"\\]|\\x[0-9A-Fa-f]{2})*')
_ESCAPES = r"\r \n \t \" \\ or \x and two digits"
_EXAMPLES: dict[Rule, str] = {
    "place": "50%, 64k, -1, body:50%, file:64k",
    "pause": "body:50%=2s",
    "places": "50%, 64k, -1, body:50%, file:64k, or a list: boundaries, every:64k, 0%..100%/10",
}
_LONGEST_GUESS = 32
_ALIKE = 0.7


def misspelt(parser: Lark, spec: str, rule: Rule, error: UnexpectedInput) -> SpecError:
    """Return the error to raise for ``spec``, which ``parser`` could not read by ``rule``."""
    is_at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    at = len(spec) if is_at_end else error.pos_in_stream or 0
    expected: set[str] = set()
    if isinstance(error, UnexpectedCharacters):
        expected = set(error.allowed or ())
    elif isinstance(error, UnexpectedToken):
        expected = set(error.expected)
    at, hint = next(_guesses(parser, spec, rule, at, expected))
    what = "place" if rule == "places" else rule
    return SpecError(f"{spec!r} is not a {what}", spec=spec, column=at + 1, hint=hint)


def _guesses(parser: Lark, spec: str, rule: Rule, at: int, expected: set[str]) -> Iterator[tuple[int, str]]:
    """Yield where it goes wrong, and what to do about it; the best guess first."""
    rest = spec[at:]
    if "TEXT" in expected:
        yield _text(spec, at)
    if "NUMBER" in expected and "SIZE" not in expected:
        yield _number(spec, at)
    words = {str(one.pattern.value) for one in parser.terminals if one.name in expected and one.pattern.type == "str"}
    legal = {word.rstrip(":"): word for word in words if word[0].isalpha()}
    word = _WORD.match(rest)
    found = word[0] if word else ""
    if found in legal:
        end = at + len(found)
        yield end, f"a colon follows, and a place: {spec[:end]}:{spec[end:].lstrip(':') or '50%'}"
    if 1 < len(found) <= _LONGEST_GUESS:
        for near in get_close_matches(found.lower(), legal, 1, _ALIKE):
            end = at + len(found) + spec[at + len(found) :].startswith(":") * legal[near].endswith(":")
            meant = f"{spec[:at]}{legal[near]}{spec[end:]}"
            yield at, f"did you mean {meant if _reads(parser, meant, rule) else near}?"
    if rest.startswith(","):
        yield at, "each place is given on its own: --truncate 25% --truncate 50%"
    if rule == "place" and _reads(parser, spec, "places"):
        yield at, f"it is a list of places, which --truncate takes; here write one, like {_EXAMPLES[rule]}"
    yield at, f"write it like {_EXAMPLES[rule]}"


def _text(spec: str, at: int) -> tuple[int, str]:
    """Return where a text goes wrong, and why: it has no quotes, does not end, or has an escape that is none."""
    begun = _QUOTED.match(spec, at)
    if begun is None:
        word = spec[at:].strip(' :"') or "name="
        return at, f'a text stands in quotes: {spec[:at].rstrip()} "{word}"'
    if begun[0].endswith('"') and spec[begun.end() : begun.end() + 1] == '"':
        return begun.end(), "an empty text stands everywhere: write what is looked for"
    if begun.end() == len(spec):
        return begun.end(), "the text ends with another quote"
    return begun.end(), f"a backslash goes before {_ESCAPES}"


def _number(spec: str, at: int) -> tuple[int, str]:
    """Return where a scope lacks its number, or what comes after that, and what to do about it."""
    written = spec[:at]
    rest = spec[at:].lstrip(":") or "50%"
    if rest.isdecimal():
        return len(spec), f"a colon follows, and a place: {spec}:50%"
    name = ', or the name of its field: part:file:50%, part:"my file":50%' if written.endswith("part:") else ""
    return at, f"say which, from 1: {written}1:{rest}{name}"


def _reads(parser: Lark, spec: str, rule: Rule) -> bool:
    try:
        parser.parse(spec, start=rule)
    except UnexpectedInput:
        return False
    return True
