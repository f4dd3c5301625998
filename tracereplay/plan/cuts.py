"""The places where a connection may be cut, listed from the trace alone: ``boundaries``, ``every:64k``, ``all``.

Each of them may stand behind a scope (``head:all``, ``body:every:64k``), and beside plain places (``50%``). The same
trace gives the same list, in the order of the bytes. Heads are read from the trace in one pass, which ends with the
last of them; where parts and chunks lie was found when it was loaded.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Self, cast

from tracereplay.errors import PlanError
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.place import Place, Scope, find, part_of, read_place
from tracereplay.trace.event import Direction, Event
from tracereplay.trace.multipart import boundary_of
from tracereplay.trace.request import Request
from tracereplay.trace.spans import Spans
from tracereplay.units import size_bytes

MOST_CUTS = 1000

_LIST = re.compile(r"(?:(?P<scope>all|head|body|file):)?(?P<how>boundaries|all|every:(?P<size>.*))", re.DOTALL)
_LINE = re.compile(rb"[^\n]*\n")
_NOT_IN_NAME = re.compile(rb"[^a-z0-9-]")


class NamedPlace(str):
    """A place as ``truncate`` takes it, with a ``name`` for people, such as ``head-end+1``.

    ``at`` is how many bytes lie before it: None for a place of the ciphertext, which is not known before it is sent.
    """

    __slots__ = ("at", "name")

    name: str
    at: int | None

    def __new__(cls, spec: str, name: str, at: int | None) -> Self:
        """Return the place ``spec``."""
        self = super().__new__(cls, spec)
        self.name = name
        self.at = at
        return self

    def __getnewargs__(self) -> tuple[str, str, int | None]:  # type: ignore[override]
        return str(self), self.name, self.at


def cuts(connection: ConnectionPlan, specs: str | Iterable[str], most: int = MOST_CUTS) -> list[NamedPlace]:
    """Return the places that ``specs`` name, sorted, each byte once; of plain places all that are written.

    Raises SpecError, and PlanError for a place that is not there, or when they are more than ``most``.
    """
    plain: dict[str, NamedPlace] = {}
    found: dict[int, NamedPlace] = {}
    for spec in (specs,) if isinstance(specs, str) else specs:
        parts = _LIST.fullmatch(spec)
        if parts is None:
            plain[spec] = _plain(connection, spec)
            continue
        listed = _Listed.of(connection, spec, parts)
        if listed.count is not None and listed.count > most:
            raise _too_many(spec, f"{listed.count:,} places", most)
        for one in listed.places():
            found.setdefault(cast("int", one.at), one)
            if len(found) > most:
                raise _too_many(spec, f"more than {most:,} places", most)
    for one in plain.values():
        found.pop(-1 if one.at is None else one.at, None)
    if len(plain) + len(found) > most:
        raise _too_many("all of it", f"{len(plain) + len(found):,} places", most)
    last = connection.planned_bytes + 1
    return sorted([*plain.values(), *found.values()], key=lambda one: last if one.at is None else one.at)


def _plain(connection: ConnectionPlan, spec: str) -> NamedPlace:
    place = read_place(spec)
    return NamedPlace(spec, spec, None if place.scope == "wire" else find(place, connection.conversation))


def _too_many(spec: str, found: str, most: int) -> PlanError:
    return PlanError(
        f"{spec!r} is {found}, and at most {most:,} are wanted",
        hint="choose fewer, such as boundaries or every:64k, or allow more: --tracereplay-max-cuts, most=",
    )


@dataclass(frozen=True, slots=True)
class _Listed:
    """One list of places: ``step`` bytes apart in the ranges of its scope, or the boundaries in them."""

    connection: ConnectionPlan
    scope: Scope
    ranges: Spans
    step: int | None

    @classmethod
    def of(cls, connection: ConnectionPlan, spec: str, parts: re.Match[str]) -> Self:
        scope = cast("Scope", parts["scope"] or "all")
        _, ranges = part_of(Place(spec, scope, Fraction(0), 0), connection.conversation)
        if parts["size"] is None:
            return cls(connection, scope, ranges, 1 if parts["how"] == "all" else None)
        step = size_bytes(parts["size"])
        if not step:
            raise PlanError(f"{spec!r} goes no further", hint="write a size, such as every:64k")
        return cls(connection, scope, ranges, step)

    @property
    def _counts(self) -> range:
        """How many bytes of the scope lie before each place; ``all`` has nothing and everything, too."""
        assert self.step is not None
        total = self.ranges.total
        return range(total + 1) if self.step == 1 else range(self.step, total, self.step)

    @property
    def count(self) -> int | None:
        """How many places there are, None where they must be looked for."""
        return None if self.step is None else len(self._counts)

    def places(self) -> Iterator[NamedPlace]:
        """Yield the places."""
        if self.step is None:
            for at, name in _boundaries(self.connection):
                if any(start <= at <= end for start, end in self.ranges):
                    yield NamedPlace(str(at), name, at)
            return
        for count in self._counts:
            spec = str(count) if self.scope == "all" else f"{self.scope}:{count}"
            yield NamedPlace(spec, spec, self.ranges.offset_of(count))


def _boundaries(connection: ConnectionPlan) -> Iterator[tuple[int, str]]:
    """Yield each boundary with its name, and then the bytes on both sides of each."""
    heads = _heads(connection)
    yield from _points(connection, heads)
    for at, name in _points(connection, heads):
        for beside in (-1, 1):
            if 0 <= at + beside <= connection.planned_bytes:
                yield at + beside, f"{name}{beside:+}"


def _points(connection: ConnectionPlan, heads: list[bytes]) -> Iterator[tuple[int, str]]:
    requests = connection.conversation.requests
    for number, (request, head) in enumerate(zip(requests, heads, strict=True), 1):
        of_request = f"request-{number}-" if len(requests) > 1 else ""
        for at, name in chain(_of_head(request, head), _of_parts(request), _of_chunks(request)):
            yield at, f"{of_request}{name}"
    yield connection.planned_bytes - 1, "last-byte"


def _heads(connection: ConnectionPlan) -> list[bytes]:
    """Return the head of each request."""
    requests = connection.conversation.requests
    heads = [b"" for _ in requests]
    offset = number = 0
    for event in _sent(connection.events()):
        if number == len(requests):
            break
        data = event.payload.data
        while number < len(requests):
            request = requests[number]
            end = (request.end if request.head_end is None else request.head_end) - offset
            heads[number] += data[max(0, request.start - offset) : max(0, end)]
            if end > len(data):
                break
            number += 1
        offset += len(data)
    return heads


def _sent(events: Iterable[Event]) -> Iterator[Event]:
    return (event for event in events if event.direction is Direction.SENT)


def _of_head(request: Request, head: bytes) -> Iterator[tuple[int, str]]:
    names: Counter[str] = Counter()
    for line in _LINE.finditer(head):
        at = request.start + line.end()
        if line.start() == 0:
            yield at, "start-line-end"
        elif at == request.head_end:
            yield at, "head-end"
        else:
            name = _NOT_IN_NAME.sub(b"", line[0].partition(b":")[0].lower()).decode() or "line"
            names[name] += 1
            yield at, f"header-{name}-end" if names[name] == 1 else f"header-{name}-{names[name]}-end"


def _of_parts(request: Request) -> Iterator[tuple[int, str]]:
    boundary = boundary_of(request.header("Content-Type") or "")
    if boundary is None or not request.parts:
        return
    delimiter = len(boundary) + 4  # the dashes before it, and the CR LF behind it
    inside = request.content.offset_of
    for number, part in enumerate(request.parts, 1):
        yield inside(max(0, part.head_start - delimiter)), f"part-{number}-boundary"
        yield inside(part.head_start), f"part-{number}-head"
        yield inside(part.start), f"part-{number}-data"
        yield inside(part.end), f"part-{number}-end"
    last = request.parts[-1]
    if last.is_whole:
        yield inside(min(last.end + 2, request.content.total)), "last-boundary"


def _of_chunks(request: Request) -> Iterator[tuple[int, str]]:
    if request.head_end is None or "chunked" not in (request.header("Transfer-Encoding") or "").lower():
        return
    head = request.head_end
    for number, (start, end) in enumerate(request.content, 1):
        yield head, f"chunk-{number}-head"
        yield start, f"chunk-{number}-data"
        yield end, f"chunk-{number}-end"
        head = end + 2
    if head < request.end:
        yield head, "last-chunk"
