"""The bytes of a request as a page shows them: those around the cuts, each with what it is part of.

Of a large request only the beginning and the bytes beside each cut are shown: a fixed number at most, whatever is sent.
Secrets are masked: what stands in a head where secrets do, what was put in where the trace was redacted, and what is
known to be one wherever it stands.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.echo import Discretion
from tracereplay.show.masking import Masking
from tracereplay.trace.discreet import MASK
from tracereplay.trace.event import Direction, Kind
from tracereplay.trace.payload import UNKNOWN, Payload, joined
from tracereplay.trace.request import Request

MOST_BYTES = 12_000

ByteMark = Literal["unknown", "inferred", "secret"]
Range = tuple[int, int]

_BESIDE, _SMALL_GAP = 24, 128
_HEADS, _HEAD_BYTES = 4, 2048
_LONGEST_SECRET_BYTES = 8192  # that is found though it was sent in several writes
_HEADERS = "headers"
_NOTHING = Discretion()


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Bytes from ``start`` on that are part of the same thing, and the ranges of them that are not what they look like.

    ``data`` holds a ``.`` for a byte that is not known, and a ``*`` for one that is secret.
    """

    name: str
    start: int
    data: bytes
    marks: tuple[tuple[ByteMark, int, int], ...] = ()


def excerpts(connection: ConnectionPlan, cuts: Iterable[int], known: Discretion = _NOTHING) -> list[Excerpt]:
    """Return the excerpts of what the connection sends, in order; between them are bytes that are not shown.

    Of a head the line it begins with and the headers are apart. What is ``known`` to be secret is masked.
    """
    shown = list(_shown(connection, sorted(set(cuts))))
    pieces, secrets = _read(connection, shown, known)
    begins = {one.start for one in connection.conversation.requests}
    found: list[Excerpt] = []
    for number, name, start, end in _named(connection, shown):
        part = pieces[number][start - shown[number][0] : end - shown[number][0]]
        if name.endswith(_HEADERS) and start in begins:
            at = part.data.find(b"\n") + 1 or len(part)
            found.append(_excerpt(name.replace(_HEADERS, "start line"), start, part[:at], secrets))
            start, part = start + at, part[at:]  # noqa: PLW2901  # the rest
        if len(part):
            found.append(_excerpt(name, start, part, secrets))
    return found


def _shown(connection: ConnectionPlan, cuts: Sequence[int]) -> Iterator[Range]:
    """Yield the ranges that are shown: heads, the end, and so many bytes beside each cut as there is room."""
    total = connection.planned_bytes
    beside = max(1, min(_BESIDE, MOST_BYTES // (4 * (len(cuts) + 1))))
    gap = _SMALL_GAP if beside == _BESIDE else 0
    ends = [(one.start, one.end if one.head_end is None else one.head_end) for one in connection.conversation.requests]
    heads = [(start, min(end, start + _HEAD_BYTES)) for start, end in ends[:_HEADS]] or [(0, _BESIDE)]
    wanted = [*heads, *((at - beside, at + beside) for at in cuts), (total - beside, total)]
    first = last = left = 0
    for start, end in sorted((max(0, start), min(total, end)) for start, end in wanted):
        if start <= last + gap:
            last = max(last, end)
            continue
        left += last - first
        if left >= MOST_BYTES:
            return
        yield first, last
        first, last = start, end
    if first < last:
        yield first, min(last, first + MOST_BYTES)


def _read(connection: ConnectionPlan, shown: Sequence[Range], known: Discretion) -> tuple[list[Payload], list[Range]]:
    """Return the bytes in each of the ranges, and where secrets stand in all that is sent up to the last."""
    found: list[list[Payload]] = [[] for _ in shown]
    secrets = list(_put_in(connection))
    masking = Masking()
    offset = at_range = 0
    is_head = False
    before = b""
    for event in connection.events():
        if event.direction is not Direction.SENT or not event.is_payload:
            continue
        if (not shown or offset >= shown[-1][1]) and not (is_head and event.kind is Kind.HEADER):
            break
        end = offset + len(event.payload)
        if event.kind is not Kind.HEADER:
            secrets += [(offset + first, offset + last) for first, last in masking.rest()]
            masking.end()
        else:
            secrets += [(offset + first, offset + last) for first, last in masking.find(event.payload.data)]
        text = before + event.payload.data
        secrets += [(end - len(text) + first, end - len(text) + last) for first, last in known.find(text)]
        before = text[-_LONGEST_SECRET_BYTES:]
        is_head = event.kind is Kind.HEADER
        while at_range < len(shown) and shown[at_range][1] <= offset:
            at_range += 1
        for number in range(at_range, len(shown)):
            first, last = shown[number]
            if first >= end:
                break
            found[number].append(event.payload[max(0, first - offset) : last - offset])
        offset = end
    secrets += [(offset + first, offset + last) for first, last in masking.rest()]
    return [joined(parts) for parts in found], secrets


def _put_in(connection: ConnectionPlan) -> Iterator[Range]:
    """Yield where live values were put in, in the place of what was redacted."""
    moved = 0
    for one in connection.live:
        start = one.start + moved
        yield start, start + one.size_bytes
        moved += one.size_bytes - (one.end - one.start)


def _excerpt(name: str, start: int, payload: Payload, secrets: Sequence[Range]) -> Excerpt:
    end = start + len(payload)
    data = bytearray(payload.data)
    marks: list[tuple[ByteMark, int, int]] = []
    for first, last in secrets:
        low, high = max(first, start) - start, min(last, end) - start
        if low < high:
            data[low:high] = MASK * (high - low)
            marks.append(("secret", low, high))
    marks += [("unknown", *one) for one in _runs(payload.marks, UNKNOWN)]
    return Excerpt(name, start, bytes(data), tuple(marks))


def _runs(marks: bytes, wanted: int) -> Iterator[Range]:
    start = None
    for at, mark in enumerate(marks):
        if mark == wanted and start is None:
            start = at
        elif mark != wanted and start is not None:
            yield start, at
            start = None
    if start is not None:
        yield start, len(marks)


# What the bytes are part of.


def _named(connection: ConnectionPlan, shown: Sequence[Range]) -> Iterator[tuple[int, str, int, int]]:
    """Yield the parts of the shown ranges: the number of the range, what it is a part of, where it begins and ends."""
    at = 0
    for name, start, end in _all(connection):
        while at < len(shown) and shown[at][1] <= start:
            at += 1
        for number in range(at, len(shown)):
            first, last = shown[number]
            if first >= end:
                break
            yield number, name, max(first, start), min(last, end)


def _all(connection: ConnectionPlan) -> Iterator[tuple[str, int, int]]:
    """Yield the names of all that is sent, in order and without gaps."""
    at = 0
    requests = connection.conversation.requests
    for number, request in enumerate(requests, 1):
        if at < request.start:
            yield "other", at, request.start
        of_request = f"request {number}: " if len(requests) > 1 else ""
        for name, start, end in _of_request(request):
            if start < end:
                yield f"{of_request}{name}", start, end
        at = request.end
    if at < connection.planned_bytes:
        yield "other" if requests else "sent", at, connection.planned_bytes


def _of_request(request: Request) -> Iterator[tuple[str, int, int]]:
    at = request.end if request.head_end is None else request.head_end
    yield _HEADERS, request.start, at  # with the line before them: see excerpts()
    frame = "chunk framing" if request.is_chunked else "behind the body"
    passed, zones = 0, iter(_zones(request))
    name, zone_end = next(zones)
    for span, end in request.content:
        yield frame, at, span
        at = span
        while at < end:
            while zone_end is not None and passed >= zone_end:
                name, zone_end = next(zones)
            taken = end - at if zone_end is None else min(end - at, zone_end - passed)
            yield name, at, at + taken
            at, passed = at + taken, passed + taken
    yield frame, at, request.end


def _zones(request: Request) -> Iterator[tuple[str, int | None]]:
    """Yield what the content of a body is made of, and where in it each ends; the last goes on to the end."""
    if not request.parts:
        yield "content", None
        return
    for number, part in enumerate(request.parts, 1):
        yield "boundary", part.head_start
        yield f"head of part {number}", part.start
        yield f"content of part {number}", part.end
    yield "boundary", None
