"""``tracereplay show``: what is in a trace."""

import sys
from typing import Annotated

import typer

from tracereplay.cli.door import put
from tracereplay.cli.options import Files, Format, OutputFormat, Strict, TraceName, tell_fills


def show(
    trace: TraceName,
    *,
    format_: OutputFormat = Format.TEXT,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=0, metavar="N", help="Show only the first N rows.")
    ] = None,
    marks: Annotated[
        bool, typer.Option("--marks", help="Show the marks alone: where they stand, and what they say.")
    ] = False,
    file: Files = None,
    strict: Strict = False,
) -> None:
    """Show what curl sent and received, when, and what the trace does not know."""
    from tracereplay.trace.trace import Trace  # noqa: PLC0415  # the library would bring all of playing with it

    loaded = Trace.load(trace, strict=strict, files=file or ())
    tell_fills(loaded)
    if marks:
        from tracereplay.show.marks import mark_lines, marks_as_json  # noqa: PLC0415

        put([marks_as_json(loaded)] if format_ is Format.JSON else mark_lines(loaded))
        return
    if format_ is Format.JSON:
        from tracereplay.show.as_json import trace_as_json  # noqa: PLC0415

        put(trace_as_json(loaded), end="")
        put([""])
        return
    from tracereplay.show.paint import Paint  # noqa: PLC0415
    from tracereplay.show.timeline import summary, timeline  # noqa: PLC0415

    paint = Paint.on(sys.stdout)
    put(timeline(loaded, paint, None if limit is None else min(limit, sys.maxsize)))
    put([""])
    put(summary(loaded, paint))
