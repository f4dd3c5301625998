"""Refuses bytes that a trace does not know, or not as they were, with the places, and what helps."""

from itertools import islice

from tracereplay.errors import TraceError, UnknownBytesError
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Direction
from tracereplay.trace.trace import Trace
from tracereplay.units import format_bytes

_SHOWN = 3


def refuse_unsound(trace: Trace, conversation: Conversation, direction: Direction) -> None:
    """Raise TraceError when the bytes of this direction are not what went over the connection, or another's."""
    for fault in trace.faults:
        raise TraceError(fault.message, trace=trace.name, line=fault.line, hint="record again: tracereplay record")
    line = conversation.tally(direction).ambiguous_line
    if line is not None:
        raise TraceError(
            f"nothing tells whether this was {direction.value} on connection {conversation.id} or on another",
            trace=trace.name,
            line=line,
            hint="record with --trace-ids (curl 8.2.0 on), as tracereplay record does, or without --parallel",
        )


def refuse_unknown(trace: Trace, conversation: Conversation, direction: Direction, end: int | None = None) -> None:
    """Raise UnknownBytesError when a byte before ``end`` of this direction is unknown."""
    tally = conversation.tally(direction)
    total = tally.bytes if end is None else min(end, tally.bytes)
    first: list[tuple[int, int]] = []
    count = 0
    for start, stop in tally.unknown:
        if start >= total:
            break
        count += min(stop, total) - start
        if len(first) < _SHOWN:
            first.append((start, min(stop, total)))
    if not count:
        return
    places = ", ".join(
        str(start) if stop == start + 1 else f"{start}-{stop - 1}" for start, stop in islice(first, _SHOWN)
    )
    raise UnknownBytesError(
        f"{count:,} of the {format_bytes(total)} {direction.value} on connection {conversation.id} are unknown,"
        f" at {places}{', …' if len(tally.unknown) > _SHOWN else ''}: --trace-ascii shows a dot for LF,"
        " for every byte outside 0x20-0x7e, and for a dot",
        trace=trace.name,
        ranges=tuple(first),
        hint="record again with `tracereplay record`, or take the dots as they are with --unknown keep",
    )
