"""Places in what is sent: read by ``grammars/cut.lark``, found in a conversation."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from typing import Literal

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args

from tracereplay.errors import PlanError, SpecError
from tracereplay.grammar import grammars_dir
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.request import Request
from tracereplay.trace.spans import Spans
from tracereplay.units import duration_ns, format_bytes, size_bytes

Scope = Literal["all", "head", "body", "file", "wire"]


@dataclass(frozen=True, slots=True)
class Place:
    """A place as it was written: ``share`` of the scope, rounded down, and ``offset_bytes`` from there."""

    spec: str
    scope: Scope
    share: Fraction
    offset_bytes: int

    def within(self, total_bytes: int) -> int:
        """Return how many of ``total_bytes`` lie before the place; it may lie outside."""
        return int(total_bytes * self.share) + self.offset_bytes


@v_args(inline=True)
class _ToPlace(Transformer[Token, Place | tuple[Place, int]]):
    def __init__(self, spec: str) -> None:
        super().__init__()
        self._spec = spec

    def place(self, scope: Scope | None, position: tuple[Fraction, int]) -> Place:
        return Place(self._spec, scope or "all", *position)

    def wire(self, size: Token) -> Place:
        return Place(self._spec, "wire", Fraction(0), size_bytes(size))

    def pause(self, place: Place, duration: Token) -> tuple[Place, int]:
        return place, duration_ns(duration)

    def scope(self, name: Token) -> str:
        return str(name)

    def percent(self, text: Token) -> tuple[Fraction, int]:
        return Fraction(text[:-1]) / 100, 0

    def from_start(self, size: Token) -> tuple[Fraction, int]:
        return Fraction(0), size_bytes(size)

    def from_end(self, size: Token) -> tuple[Fraction, int]:
        return Fraction(1), -size_bytes(size)


@cache
def _parser() -> Lark:
    return Lark(
        (grammars_dir() / "cut.lark").read_text("utf-8"),
        parser="lalr",
        start=["place", "pause"],
        maybe_placeholders=True,
    )


@lru_cache(1024)
def read_place(spec: str) -> Place:
    """Return the place that ``spec`` names: ``50%``, ``body:64k``, ``-1``. Raises SpecError, PlanError."""
    result = _read(spec, "place")
    assert isinstance(result, Place)
    return result


def read_pause(spec: str) -> tuple[Place, int]:
    """Return the place of a pause and its length in nanoseconds: ``body:50%=2s``. Raises SpecError."""
    result = _read(spec, "pause")
    assert isinstance(result, tuple)
    return result


def _read(spec: object, rule: str) -> Place | tuple[Place, int]:
    if not isinstance(spec, str):
        raise PlanError(f"{spec!r} is not a {rule}, for it is no text", hint=f"write it with quotes: '{spec}'")
    try:
        tree = _parser().parse(spec, start=rule)
    except UnexpectedInput as error:
        at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        column = len(spec) + 1 if at_end else error.column
        example = "body:50%=2s" if rule == "pause" else "50%, 64k, -1, body:50%, file:64k"
        raise SpecError(
            f"{spec!r} is not a {rule}", spec=spec, column=column, hint=f"write it like {example}"
        ) from None
    found = _ToPlace(spec).transform(tree)
    assert isinstance(found, Place | tuple)
    return found


def find(place: Place, conversation: Conversation) -> int:
    """Return how many bytes the connection has sent at ``place``.

    Raises PlanError when the conversation has no such part, the place lies outside of it, or is one of the wire.
    """
    if place.scope == "wire":
        raise PlanError(
            f"{place.spec!r} is a place of the ciphertext, which is not known before it is sent",
            hint="--truncate takes it, and nothing else does",
        )
    what, ranges = part_of(place, conversation)
    count = place.within(ranges.total)
    if not 0 <= count <= ranges.total:
        side = "past the end" if count > 0 else "before the start"
        raise PlanError(
            f"{place.spec!r} lies {side}: connection {conversation.id} sends {what} of {format_bytes(ranges.total)}",
            hint=f"use a place between 0 and {ranges.total}, or between 0% and 100%",
        )
    return ranges.offset_of(count) if ranges.total else next(iter(ranges), (0, 0))[0]


def part_of(place: Place, conversation: Conversation) -> tuple[str, Spans]:
    """Return what the scope of ``place`` is called, and where it lies. Raises PlanError when it is not there."""
    if place.scope == "all":
        return "a total", _whole(0, conversation.sent.bytes)
    request = main_request(conversation)
    if request is None:
        raise PlanError(
            f"{place.spec!r} asks for a part of an HTTP request, and connection {conversation.id} sends none",
            hint=f"count from the start of all that is sent: {place.spec.partition(':')[2]}",
        )
    head_end = request.end if request.head_end is None else request.head_end
    if place.scope == "head":
        return "a head", _whole(request.start, head_end)
    found = ("a body", _whole(head_end, request.end)) if place.scope == "body" else ("a file", request.files)
    if not found[1].total:
        raise PlanError(
            f"{place.spec!r} asks for {found[0]}, and the request of connection {conversation.id} has none"
            f" ({request.method} {request.target})",
            hint=f"tracereplay show tells what is sent; without a scope: {place.spec.partition(':')[2]}",
        )
    return found


def main_request(conversation: Conversation) -> Request | None:
    """Return the request that a scope speaks of: the one with the largest body, the first of equals."""
    return max(conversation.requests, key=lambda request: request.body_bytes, default=None)


def _whole(start: int, end: int) -> Spans:
    spans = Spans()
    spans.add(start, end)
    return spans
