"""The boundaries in what a connection sends, by name: where a reader of it changes its mind.

Heads are read from the events in one pass, which ends with the last of them; where parts and chunks lie was found when
the trace was loaded.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from tracereplay.plan.connection import ConnectionPlan
from tracereplay.trace.event import Direction, Event
from tracereplay.trace.multipart import boundary_of
from tracereplay.trace.request import Request

_LINE = re.compile(rb"[^\n]*\n")
_NOT_IN_NAME = re.compile(rb"[^a-z0-9-]")


def boundaries(connection: ConnectionPlan) -> Iterator[tuple[int, str]]:
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
    inside, before = request.content.offset_of, request.content.offset_before
    for number, part in enumerate(request.parts, 1):
        yield before(max(0, part.head_start - delimiter)), f"part-{number}-boundary"
        yield before(part.head_start), f"part-{number}-head"
        yield before(part.start), f"part-{number}-data"
        yield inside(part.end), f"part-{number}-end"
    last = request.parts[-1]
    if last.is_whole:
        yield before(min(last.end + 2, request.content.total)), "last-boundary"


def _of_chunks(request: Request) -> Iterator[tuple[int, str]]:
    if request.head_end is None or not request.is_chunked:
        return
    head = request.head_end
    for number, (start, end) in enumerate(request.content, 1):
        yield head, f"chunk-{number}-head"
        yield start, f"chunk-{number}-data"
        yield end, f"chunk-{number}-end"
        head = end + 2
    if head < request.end:
        yield head, "last-chunk"
