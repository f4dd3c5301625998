"""A trace as text for people: what happened when, row by row, and then what is known of it in total.

Rows are made while the trace is read, in columns of fixed width: a trace of any size is shown in
constant memory.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from tracereplay.show.paint import Colour, Paint
from tracereplay.show.printable import cropped, printable
from tracereplay.trace.conversation import Conversation, Tally
from tracereplay.trace.event import Direction, Event, Kind, Stray
from tracereplay.trace.mark import Mark
from tracereplay.trace.trace import Trace
from tracereplay.units import SECOND_NS, format_bytes

_WIDEST = 90
_ALIKE = 3
_LOOKED_AT_BYTES = 1024
_SECRET = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_COLOURS: dict[Direction, Colour] = {Direction.SENT: "green", Direction.RECEIVED: "cyan"}
_ARROWS = {Direction.SENT: "=>", Direction.RECEIVED: "<="}


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which columns there are; every cell of a row is placed by its title."""

    has_times: bool
    has_numbers: bool

    def row(self, *, seconds: str = "", conn: str = "", arrow: str = "", kind: str = "", size: str = "") -> str:
        times = f"{seconds:>12}  " if self.has_times else ""
        numbers = f"{conn:>4}  " if self.has_numbers else ""
        return f"{times}{numbers}{arrow:<2}  {kind:<8}  {size:>10}  "


def timeline(trace: Trace, paint: Paint, limit: int | None = None) -> Iterator[str]:
    """Yield a row for each event and each line of information; after ``limit`` rows, how many more there are."""
    layout = _Layout(trace.is_timed, len(trace.conversations) > 1)
    titles = layout.row(seconds="seconds", conn="conn", kind="kind", size="bytes")
    yield paint(titles + "what", "bold")
    start_ns: int | None = None
    shown = (placed for placed in trace.story() if not isinstance(placed.item, Mark | Stray))
    for placed in islice(shown, limit):
        item = placed.item
        assert not isinstance(item, Mark | Stray)
        start_ns = item.time_ns if start_ns is None else start_ns
        seconds = "" if item.time_ns is None or start_ns is None else f"{(item.time_ns - start_ns) / SECOND_NS:.6f}"
        number = "" if placed.connection is None else str(placed.connection.id)
        yield (
            _event(item, layout, paint, seconds, number)
            if isinstance(item, Event)
            else paint(
                layout.row(seconds=seconds, conn=number, kind="info")
                + cropped(printable(item.text[:_LOOKED_AT_BYTES].strip()), _WIDEST),
                "dim",
            )
        )
    more = sum(1 for _ in shown)
    if more:
        yield paint(f"... and {more:,} more", "dim")


def summary(trace: Trace, paint: Paint) -> Iterator[str]:
    """Yield what the trace holds in total: connections, what is not known, warnings."""
    times = "with times" if trace.is_timed else "without times"
    yield paint(f"{printable(trace.name)}: {trace.form} trace {times}", "bold")
    for one in trace.conversations:
        yield from _connection(one)
    if not trace.conversations:
        yield "nothing was sent or received"
    count = sum(len(one.marks) for one in trace.conversations)
    if count:
        yield f"marks     {count:,} (--marks lists them)"
    yield from _doubts(trace, paint)
    for line in warnings(trace):
        yield paint(f"warning: {line}", "yellow")


def warnings(trace: Trace) -> Iterator[str]:
    """Yield the warnings of a trace as text; of those that are alike only the first few, and how many more."""
    counts: Counter[str] = Counter()
    for warning in trace.warnings:
        counts[warning.code] += 1
        if counts[warning.code] <= _ALIKE:
            yield f"line {warning.line:,}: {printable(warning.message)} ({warning.code})"
    for code, count in counts.items():
        if count > _ALIKE:
            yield f"and {count - _ALIKE:,} more like it ({code})"


def _event(event: Event, layout: _Layout, paint: Paint, seconds: str, number: str) -> str:
    cells = layout.row(
        seconds=seconds,
        conn=number,
        arrow=_ARROWS[event.direction],
        kind=event.kind.value,
        size=f"{len(event.payload):,}",
    )
    text = paint(cells + cropped(describe(event), _WIDEST), _COLOURS[event.direction])
    if event.restored is not None:
        return f"{text}  {paint('restored', 'yellow')}"
    unknown = event.payload.unknown
    return f"{text}  {paint(f'{unknown:,} unknown', 'yellow')}" if unknown else text


def describe(event: Event) -> str:
    """Return what an event is, in a few words that are safe to print."""
    data = event.payload.data[:_LOOKED_AT_BYTES]
    if event.kind is Kind.TLS:
        return "TLS handshake"
    if event.kind is Kind.HEADER:
        return _header(data, is_torn=event.is_torn)
    if data.startswith(b"--") and b"content-disposition:" in data.lower():
        return f"multipart part head: {_disposition(data)}"
    return f'"{printable(data[:_WIDEST])}"' if data else ""


def _header(data: bytes, *, is_torn: bool) -> str:
    """Return the first line; where it is a header that holds a secret, its name alone."""
    line = data.partition(b"\n")[0].rstrip(b"\r\0")
    if not line:
        return "torn" if is_torn and not data else "(end of the head)"
    name, colon, _ = line.partition(b":")
    if colon and name.decode("latin-1").strip().lower() in _SECRET:
        return f"{printable(name)}: (not shown)"
    return printable(line)


def _disposition(data: bytes) -> str:
    at = data.lower().index(b"content-disposition:")
    value = data[at:].partition(b"\n")[0].partition(b":")[2].strip()
    return printable(value.removeprefix(b"form-data;").strip())


def _connection(one: Conversation) -> Iterator[str]:
    host = printable(one.host or "an unknown host")
    place = host if one.port is None else f"{host}:{one.port}"
    parts = [place, *(["TLS"] if one.tls else []), printable(one.protocol)]
    if one.seconds is not None:
        parts.append(f"{one.seconds:.3f} s")
    yield f"connection {one.id}  {', '.join(parts)}"
    yield f"  sent      {_tally(one.sent)}"
    yield f"  received  {_tally(one.received)}"


def _tally(tally: Tally) -> str:
    events = f"{tally.events:,} event{'' if tally.events == 1 else 's'}"
    doubts = f", {tally.unknown.total:,} unknown" if tally.unknown.total else ""
    inferred = f", {tally.inferred:,} inferred" if tally.inferred else ""
    return f"{format_bytes(tally.bytes)} in {events}{doubts}{inferred}"


def _doubts(trace: Trace, paint: Paint) -> Iterator[str]:
    tallies = [tally for one in trace.conversations for tally in (one.sent, one.received)]
    unknown = sum(tally.unknown.total for tally in tallies)
    inferred = sum(tally.inferred for tally in tallies)
    if unknown:
        shown = "--trace-ascii shows a dot for LF, for every byte outside 0x20-0x7e, and for a dot"
        reason = shown if trace.form == "ascii" else "they are in a file that the trace refers to, and does not find"
        yield paint(f"unknown   {format_bytes(unknown)}: {reason}", "yellow")
    if inferred:
        yield (
            f"inferred  {format_bytes(inferred)} in headers: shown as a dot, taken for a dot"
            " (--strict takes them for unknown)"
        )
    if trace.reasoned:
        count = format_bytes(trace.reasoned)
        yield f"reasoned  {count}: line ends that the trace does not show, and that can be nothing else"
    if trace.conversations and not unknown and not inferred:
        yield "every byte is known"
