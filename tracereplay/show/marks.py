"""The marks of a trace, as text and as JSON: each with its line, its byte, and what it says."""

import json
from collections.abc import Iterator

from tracereplay.show.as_json import VERSION
from tracereplay.show.printable import printable
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.meaning import PlacedMark
from tracereplay.trace.trace import Trace
from tracereplay.units import SECOND_NS, format_bytes, format_duration


def mark_lines(trace: Trace) -> Iterator[str]:
    """Yield a line for each mark, in the order of the bytes, and one for each that cannot be read."""
    several = len(trace.conversations) > 1
    rows = [_row(one, mark, several=several) for one in trace.conversations for mark in one.marks]
    if not rows:
        yield f"{printable(trace.name)} has no marks"
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    for warning in trace.warnings:
        if warning.code == "mark":
            yield f"warning: line {warning.line:,}: {printable(warning.message)}"


def _row(one: Conversation, mark: PlacedMark, *, several: bool) -> tuple[str, ...]:
    place = "" if mark.what == "default" else f"byte {mark.at:,} of {format_bytes(one.sent.bytes)}"
    where = f"{place} on connection {one.id}" if several and place else place
    how = mark.way or ("" if mark.duration_ns is None else format_duration(mark.duration_ns))
    return f"line {mark.line:,}", mark.what, printable(mark.name or ""), how, where


def marks_as_json(trace: Trace) -> str:
    """Return the marks as the JSON of ``tracereplay show --marks --format json``."""
    marks = [
        {
            "line": mark.line,
            "what": mark.what,
            "name": mark.name,
            "connection": one.id,
            "at": mark.at,
            "way": mark.way,
            "seconds": None if mark.duration_ns is None else mark.duration_ns / SECOND_NS,
        }
        for one in trace.conversations
        for mark in one.marks
    ]
    warnings = [
        {"line": one.line, "code": one.code, "message": one.message} for one in trace.warnings if one.code == "mark"
    ]
    return json.dumps(
        {"version": VERSION, "trace": trace.name, "marks": marks, "warnings": warnings}, separators=(",", ":")
    )
