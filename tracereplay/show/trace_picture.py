"""A trace as a picture: what curl sent and received, when, with the marks, as SVG or as a page with its counts.

A picture has at most so many rows; of a longer trace its beginning and its end, and what is left out is counted.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from tracereplay.show.lanes import LONG_NS, Row, in_words, picture
from tracereplay.show.masking import Masking
from tracereplay.show.page import asset, page, safe
from tracereplay.show.paint import Paint
from tracereplay.show.timeline import describe, summary
from tracereplay.trace.event import Direction, Event, Kind
from tracereplay.trace.meaning import PlacedMark
from tracereplay.trace.payload import Payload
from tracereplay.trace.trace import Trace
from tracereplay.units import format_bytes, format_duration

MOST_ROWS = 200


def trace_as_svg(trace: Trace, limit: int | None = None) -> Iterator[str]:
    """Yield the lines of a picture that stands alone, of at most ``limit`` rows, and never more than MOST_ROWS."""
    yield from picture(_title(trace), _bounded(trace, limit), asset("lanes.css"))


def trace_as_html(trace: Trace, limit: int | None = None) -> Iterator[str]:
    """Yield the lines of a page with the same picture, and what ``show`` says of the trace in total."""
    yield from page(_title(trace), _body(trace, limit), asset("report.css") + asset("lanes.css"))


def _body(trace: Trace, limit: int | None) -> Iterator[str]:
    yield f"<header><h1>{safe(trace.name)}</h1></header><main><section><h2>What went when</h2>"
    yield '<div class="picture">'
    rows = _bounded(trace, limit)
    yield from picture(_title(trace), rows)
    yield from in_words(rows)
    yield "</div></section><section><h2>In total</h2>"
    yield from (f'<p class="total">{safe(line)}</p>' for line in summary(trace, Paint()))
    yield "</section></main>"


def _title(trace: Trace) -> str:
    return f"{trace.name}: what curl sent and received"


def _bounded(trace: Trace, limit: int | None) -> list[Row]:
    """Return the first rows and the last, and between them how much is left out."""
    most = MOST_ROWS if limit is None else min(limit, MOST_ROWS)
    rows = _rows(trace)
    first = [row for row, _ in islice(rows, most - most // 4)]
    last = deque[tuple[Row, int]](maxlen=most // 4)
    left_out: Counter[str] = Counter()
    count = 0
    for one in rows:
        if len(last) == last.maxlen:
            row, size = last.popleft() if last else one
            left_out[row.kind] += size
            count += 1
        if last.maxlen:
            last.append(one)
    if count:
        first.append(Row("pause", f"left out: {count:,} rows"))
        told = f"sent {format_bytes(left_out['sent'])}, received {format_bytes(left_out['received'])}"
        first.append(Row("pause", f"in them: {told}"))
    return first + [row for row, _ in last]


def _rows(trace: Trace) -> Iterator[tuple[Row, int]]:
    """Yield the rows of the whole trace, each with the bytes that went."""
    marks = {one.id: deque(one.marks) for one in trace.conversations}
    sent: Counter[int] = Counter()
    masking: defaultdict[tuple[int, Direction], Masking] = defaultdict(Masking)
    origin_ns = before_ns = None
    for placed in trace.story():
        event = placed.item
        if not isinstance(event, Event) or placed.connection is None or not event.is_payload:
            continue
        number, size = placed.connection.id, len(event.payload)
        name = f"connection {number}: " if len(marks) > 1 else ""
        if event.time_ns is not None:
            origin_ns = event.time_ns if origin_ns is None else origin_ns
            gap_ns = event.time_ns - (event.time_ns if before_ns is None else before_ns)
            before_ns = event.time_ns
            if gap_ns >= LONG_NS:
                yield Row("pause", f"{format_duration(gap_ns)} in which nothing happened"), 0
        is_sent = event.direction is Direction.SENT
        if is_sent:
            yield from _marks(marks[number], sent[number], name)
            sent[number] += size
        time_ns = None if event.time_ns is None or origin_ns is None else event.time_ns - origin_ns
        shown = _masked(event, masking[number, event.direction])
        doubt = f", {event.payload.unknown:,} unknown" if event.payload.unknown else ""
        yield (
            Row("sent" if is_sent else "received", f"{name}{format_bytes(size)}{doubt}: {describe(shown)}", time_ns),
            size,
        )
        if is_sent:
            yield from _marks(marks[number], sent[number] - 1, f"within that, {name}")
    for number, rest in marks.items():
        yield from _marks(rest, sent[number], f"connection {number}: " if len(marks) > 1 else "")


def _masked(event: Event, masking: Masking) -> Event:
    """Return the event as others may see it."""
    if event.kind is Kind.HEADER:
        return replace(event, payload=Payload(masking.masked(event.payload.data)))
    masking.end()
    return event


def _marks(marks: deque[PlacedMark], to: int, name: str) -> Iterator[tuple[Row, int]]:
    """Yield the rows of the marks up to byte ``to``, and take them away."""
    while marks and marks[0].at <= to:
        one = marks.popleft()
        words = [one.what, one.name or "", one.way or ""]
        words += [] if one.duration_ns is None else [format_duration(one.duration_ns)]
        text = f"{name}{' '.join(word for word in words if word)}, at byte {one.at:,}"
        yield Row("cut" if one.what == "cut" else "pause" if one.what == "pause" else "note", text), 0
