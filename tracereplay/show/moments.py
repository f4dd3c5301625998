"""What happened when on a connection, as text: a row for each moment."""

from collections.abc import Iterator
from typing import assert_never

from tracereplay.engine.timeline import Moment, Timeline
from tracereplay.units import SECOND_NS, format_bytes, format_duration


def moments(timeline: Timeline) -> Iterator[str]:
    """Yield a line for each moment: seconds since the connection was there, what happened, and how long it took."""
    for one in timeline.first:
        yield moment(one)
    if timeline.left_out:
        yield f"{'':>12}  ... and {timeline.left_out:,} more"
    for one in timeline.last:
        yield moment(one)


def moment(one: Moment) -> str:
    """Return the line of one moment."""
    took_ns = one.end_ns - one.start_ns
    took = f" in {format_duration(took_ns)}" if took_ns and one.what != "pause" else ""
    return f"{one.start_ns / SECOND_NS:>12.6f}  {arrow(one)}  {words(one)}{took}"


def arrow(one: Moment) -> str:
    """Return who did it: us ``=>``, the server ``<=``, or nobody."""
    if one.what in ("handed", "left"):
        return "=>"
    return "  " if one.what in ("pause", "timeout") else "<="


def words(one: Moment) -> str:
    """Return what happened, without any time but that of a pause."""
    match one.what:
        case "handed":
            return f"{format_bytes(one.bytes or 0)} handed to our kernel"
        case "received":
            return f"{format_bytes(one.bytes or 0)} received"
        case "status":
            return f"answer {one.status}"
        case "pause":
            return f"paused for {format_duration(one.end_ns - one.start_ns)}"
        case "acknowledged":
            return _all(one, "acknowledged by the other end's kernel")
        case "read":
            return _all(one, "read by the program at the other end")
        case "left":
            return f"left by {one.how}"
        case "peer":
            return "the server reset the connection" if one.how == "rst" else "the server closed"
        case "timeout":
            return "timeout, or --max-time"
        case _:
            assert_never(one.what)


def _all(one: Moment, what: str) -> str:
    return f"all {what}" if one.bytes is not None else f"not all {what}"
