"""What happened when on a connection, as rows of a picture: at most so many, and how many are left out."""

from collections.abc import Iterator, Sequence

from tracereplay.engine.timeline import Moment, Timeline
from tracereplay.show.lanes import LONG_NS, Row, RowKind
from tracereplay.show.moments import words
from tracereplay.units import format_duration

_MOST_AT_AN_END = 40


def play_rows(timeline: Timeline) -> Iterator[Row]:
    """Yield a row for each moment of the beginning and of the end."""
    moments = list(timeline)
    left_out, kept = timeline.left_out, 2 * _MOST_AT_AN_END
    first, last = timeline.first, timeline.last
    if len(moments) > kept:
        first, last = tuple(moments[:_MOST_AT_AN_END]), tuple(moments[-_MOST_AT_AN_END:])
        left_out += len(moments) - kept
    yield from _told(first)
    if left_out:
        yield Row("pause", f"left out: {left_out:,} more")
    yield from _told(last)


def _told(moments: Sequence[Moment]) -> Iterator[Row]:
    before_ns = None
    for one in moments:
        quiet_ns = 0 if before_ns is None else one.start_ns - before_ns
        if quiet_ns >= LONG_NS and one.what != "pause":
            yield Row("pause", f"{format_duration(quiet_ns)} in which nothing happened")
        yield _row(one)
        before_ns = one.end_ns


def _row(one: Moment) -> Row:
    took_ns = one.end_ns - one.start_ns
    took = f" in {format_duration(took_ns)}" if took_ns and one.what != "pause" else ""
    return Row(_kind(one), f"{words(one)}{took}", one.start_ns)


def _kind(one: Moment) -> RowKind:
    match one.what:
        case "handed":
            return "sent"
        case "left":
            return "cut"
        case "pause":
            return "pause"
        case "timeout":
            return "note"
        case _:
            return "received"
