"""Where scopes lie: the ranges of what a connection sends, or has received, in the recording."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from tracereplay.errors import PlanError
from tracereplay.plan.scope import Scope
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Direction, Event, Kind
from tracereplay.trace.request import Request
from tracereplay.trace.response import is_blank_line, is_interim_status, status_of
from tracereplay.trace.spans import Spans

if TYPE_CHECKING:
    from tracereplay.plan.connection import ConnectionPlan

_One = TypeVar("_One")


@dataclass(frozen=True, slots=True)
class Region:
    """The ``ranges`` of a scope, and ``start``, where they begin also if they are empty; ``what`` is sent there."""

    what: str
    start: int
    ranges: Spans

    @classmethod
    def whole(cls, what: str, start: int, end: int) -> "Region":
        """Return the region of one range."""
        ranges = Spans()
        ranges.add(start, end)
        return cls(what, start, ranges)

    @property
    def end(self) -> int:
        """Where the last range ends."""
        return self.offset_of(self.ranges.total)

    def offset_of(self, count: int) -> int:
        """Return the offset that has ``count`` bytes of the region before it."""
        return self.ranges.offset_of(count) if self.ranges.total else self.start


@dataclass(slots=True)
class Answer:
    """An answer as it was recorded, by offsets into what is received; ``head_end`` is None while the head is open."""

    start: int
    end: int
    head_end: int | None = None


def main_request(conversation: Conversation) -> Request | None:
    """Return the request that a scope speaks of: the one with the largest body, the first of equals."""
    return max(conversation.requests, key=lambda request: request.body_bytes, default=None)


def region_of(scope: Scope, spec: str, connection: "ConnectionPlan") -> Region:
    """Return where a scope lies in what is sent, or in what is received. Raises PlanError when it is not there."""
    if scope.is_received:
        return _received(scope, spec, connection)
    if scope.section == "all":
        return Region.whole("a total", 0, connection.planned_bytes)
    if scope.section == "event":
        return _event(scope, spec, connection)
    request = _request(scope, spec, connection.conversation)
    head_end = request.end if request.head_end is None else request.head_end
    match scope.section:
        case "message":
            return Region.whole("a request", request.start, request.end)
        case "head":
            return Region.whole("a head", request.start, head_end)
        case "body":
            found = Region.whole("a body", head_end, request.end)
        case "file":
            found = Region("a file", head_end, request.files)
        case "chunk":
            found = _chunk(scope, spec, request)
        case _:
            found = _part(scope, spec, request)
    if scope.section in ("body", "file") and not found.ranges.total:
        raise PlanError(
            f"{spec!r} asks for {found.what}, and the request of connection {connection.id} has none"
            f" ({request.method} {request.target})",
            hint=f"tracereplay show tells what is sent; without a scope: {spec.removeprefix(scope.prefix)}",
        )
    return found


def _request(scope: Scope, spec: str, conversation: Conversation) -> Request:
    """Return the request that a scope names."""
    if not conversation.requests:
        raise PlanError(
            f"{spec!r} asks for a part of an HTTP request, and connection {conversation.id} sends none",
            hint=f"count from the start of all that is sent: {spec.removeprefix(scope.prefix)}",
        )
    if scope.number is None:
        request = main_request(conversation)
        assert request is not None
        return request
    found = _nth(conversation.requests, scope.number)
    if found is None:
        raise _not_there(
            spec, "request", scope.number, f"connection {conversation.id} sends", len(conversation.requests)
        )
    return found


def _part(scope: Scope, spec: str, request: Request) -> Region:
    """Return where the content, or the head, of a part of a form lies."""
    if isinstance(scope.which, bytes):
        numbers = [number for number, part in enumerate(request.parts, 1) if part.name == scope.which]
        shown = repr(scope.which.decode("utf-8", "backslashreplace"))
        if not numbers:
            names = [part.name for part in request.parts if part.name is not None]
            known = ", ".join(name.decode("utf-8", "backslashreplace") for name in names) or "none"
            raise PlanError(
                f"{spec!r} asks for the part {shown}, and the request has no field of that name",
                hint=f"its fields are: {known}",
            )
        if len(numbers) > 1:
            raise PlanError(
                f"{spec!r} asks for the part {shown}, and several have that name: {', '.join(map(str, numbers))}",
                hint=f"say which by its number: part:{numbers[0]}:50%",
            )
        part = request.parts[numbers[0] - 1]
    else:
        found = _nth(request.parts, scope.which)
        if found is None:
            raise _not_there(spec, "part", scope.which, "the request has", len(request.parts))
        part = found
    if scope.section == "part head":
        return _of_content(request, "a head of a part", part.head_start, part.start)
    return _of_content(request, "a part", part.start, part.end)


def _of_content(request: Request, what: str, start: int, end: int) -> Region:
    """Return where the bytes of the content from ``start`` to ``end`` are in what is sent."""
    ranges = Spans()
    for span in request.content.between(start, end):
        ranges.add(*span)
    return Region(what, request.content.offset_before(start), ranges)


def _chunk(scope: Scope, spec: str, request: Request) -> Region:
    assert isinstance(scope.which, int)
    chunks = request.content if request.is_chunked else Spans()
    found = next(islice(chunks, scope.which - 1, None), None) if scope.which else None
    if found is None:
        raise _not_there(spec, "chunk", scope.which, "the request has", len(chunks))
    return Region.whole("a chunk", *found)


def _event(scope: Scope, spec: str, connection: "ConnectionPlan") -> Region:
    offset = count = 0
    for event in connection.events():
        if event.direction is Direction.SENT:
            count += 1
            if count == scope.which:
                return Region.whole("an event", offset, offset + len(event.payload))
            offset += len(event.payload)
    raise _not_there(spec, "event", scope.which, f"connection {connection.id} sends", count)


def _received(scope: Scope, spec: str, connection: "ConnectionPlan") -> Region:
    """Return where an answer, or a part of it, lies in what is received."""
    conversation = connection.conversation
    if not conversation.requests and scope.section == "message" and scope.number is None:
        return Region.whole("an answer", 0, received_bytes(connection))
    answers = answers_in(connection.events())
    number = scope.number
    if number is None:
        main = main_request(conversation)
        number = next((nth for nth, one in enumerate(conversation.requests, 1) if one is main), 1)
    answer = _nth(answers, number)
    if answer is None:
        raise _not_there(spec, "answer", number, f"connection {connection.id} has received", len(answers))
    head_end = answer.end if answer.head_end is None else answer.head_end
    match scope.section:
        case "head":
            return Region.whole("a head of an answer", answer.start, head_end)
        case "body":
            return Region.whole("a body of an answer", head_end, answer.end)
        case _:
            return Region.whole("an answer", answer.start, answer.end)


def received_bytes(connection: "ConnectionPlan") -> int:
    """Return how many bytes were received in the recording, without what a proxy said to make a tunnel."""
    return sum(len(event.payload) for event in connection.events() if event.direction is Direction.RECEIVED)


def answers_in(events: Iterable[Event]) -> list[Answer]:
    """Return where the answers lie in what is received; a 1xx before one is no answer."""
    answers: list[Answer] = []
    is_answer = False
    offset = 0
    for event in events:
        if event.direction is Direction.SENT:
            continue
        data = event.payload.data
        end = offset + len(data)
        status = status_of(data) if event.kind is Kind.HEADER else None
        if status is not None:
            is_answer = not is_interim_status(status)
            if is_answer:
                answers.append(Answer(offset, end))
        if is_answer:
            answers[-1].end = end
            if event.kind is Kind.HEADER and is_blank_line(data) and answers[-1].head_end is None:
                answers[-1].head_end = end
        offset = end
    return answers


def _nth(ones: Sequence[_One], number: int | bytes | None) -> _One | None:
    """Return the one with this number, from 1."""
    return ones[number - 1] if isinstance(number, int) and 1 <= number <= len(ones) else None


def _not_there(spec: str, kind: str, number: int | bytes | None, who: str, count: int) -> PlanError:
    known = f"{kind}:1:50%" if count == 1 else f"{kind}:1:50% to {kind}:{count}:50%"
    return PlanError(
        f"{spec!r} asks for {kind} {number!r}, and {who} {count or 'none'}",
        hint=f"use {known}" if count else "tracereplay show tells what is there",
    )
