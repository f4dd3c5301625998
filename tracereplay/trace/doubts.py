"""Refuses bytes that a trace does not know, or not as they were, with the places, and what helps."""

import shlex
from itertools import islice

from tracereplay.errors import TraceError, UnknownBytesError
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Direction
from tracereplay.trace.trace import Trace
from tracereplay.trace.upload import uploads_of
from tracereplay.units import format_bytes

_SHOWN = 3


def refuse_unsound(trace: Trace, conversation: Conversation, direction: Direction) -> None:
    """Raise TraceError when the bytes of this direction are not what went over the connection, or another's."""
    for fault in trace.faults:
        hint = fault.hint or "record again: tracereplay record"
        raise TraceError(fault.message, trace=trace.name, line=fault.line, hint=hint)
    line = conversation.tally(direction).ambiguous_line
    if line is not None:
        raise TraceError(
            f"nothing tells whether this was {direction.value} on connection {conversation.id} or on another",
            trace=trace.name,
            line=line,
            hint="record with --trace-ids (curl 8.2.0 on), as tracereplay record does, or without --parallel",
        )


def refuse_torn(trace: Trace, conversation: Conversation, direction: Direction, *, verb: str) -> None:
    """Raise TraceError when this direction ends within a dump; ``verb`` is what the user may do all the same."""
    line = conversation.tally(direction).torn_line
    if line is not None:
        have = format_bytes(conversation.tally(direction).bytes)
        raise TraceError(
            f"the trace is torn here: {have} of connection {conversation.id} are there",
            trace=trace.name,
            line=line,
            hint=f"it stops where curl was killed; {verb} what is there with --torn keep",
        )


def refuse_unknown(trace: Trace, conversation: Conversation, direction: Direction, end: int | None = None) -> None:
    """Raise UnknownBytesError when a byte before ``end`` of this direction is unknown."""
    tally = conversation.tally(direction)
    total = tally.bytes if end is None else min(end, tally.bytes)
    count = tally.unknown.before(total)
    if not count:
        return
    trace.verify()  # what is in a file that the trace refers to, and that is not there, is a matter of its own
    # Of an iterator: where there are very many, those behind the first are read from the trace again.
    ranges = [(start, min(stop, total)) for start, stop in islice(tally.unknown, _SHOWN + 1) if start < total]
    first = ranges[:_SHOWN]
    places = ", ".join(str(start) if stop == start + 1 else f"{start}-{stop - 1}" for start, stop in first)
    raise UnknownBytesError(
        f"{count:,} of the {format_bytes(total)} {direction.value} on connection {conversation.id} are unknown,"
        f" at {places}{', …' if len(ranges) > _SHOWN else ''}: --trace-ascii shows a dot for LF,"
        " for every byte outside 0x20-0x7e, and for a dot",
        trace=trace.name,
        ranges=tuple(first),
        hint=_remedies(conversation, direction),
    )


def _remedies(conversation: Conversation, direction: Direction) -> str:
    """Return what helps against unknown bytes, ready to paste: the files by the names that the trace shows."""
    unknown = conversation.tally(direction).unknown
    uploads = uploads_of(conversation) if direction is Direction.SENT else ()
    names: dict[str, None] = {}
    for upload in uploads:
        if upload.is_file and any(unknown.meet(start, end) for start, end in upload.spans()):
            names[upload.name.decode("utf-8", "backslashreplace") if upload.name else "FILE"] = None
    files = " ".join(f"--file {shlex.quote(name)}" for name in names)
    given = f"give what was sent with {files}, " if names else ""
    return f"{given}record again with `tracereplay record`, or take the dots as they are with --unknown keep"
