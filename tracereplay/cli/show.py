"""``tracereplay show``: what is in a trace."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from tracereplay.cli.door import put
from tracereplay.cli.options import Files, Strict, TraceName, tell_fills


class ShowFormat(StrEnum):
    """For whom the output is: people, programs, or eyes."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"
    SVG = "svg"


def show(
    trace: TraceName,
    *,
    format_: Annotated[
        ShowFormat,
        typer.Option(
            "--format",
            help="For people, a JSON object for programs, or a picture: as a page, or SVG, of 200 rows at most.",
        ),
    ] = ShowFormat.TEXT,
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
        from tracereplay.errors import PlanError  # noqa: PLC0415
        from tracereplay.show.marks import mark_lines, marks_as_json  # noqa: PLC0415

        if format_ in (ShowFormat.HTML, ShowFormat.SVG):
            raise PlanError(
                f"there is no picture of the marks alone: --format {format_.value}", hint="leave out --marks"
            )
        put([marks_as_json(loaded)] if format_ is ShowFormat.JSON else mark_lines(loaded))
        return
    if format_ is ShowFormat.JSON:
        from tracereplay.show.as_json import trace_as_json  # noqa: PLC0415

        put(trace_as_json(loaded), end="")
        put([""])
        return
    most = None if limit is None else min(limit, sys.maxsize)
    if format_ in (ShowFormat.HTML, ShowFormat.SVG):
        from tracereplay.show.trace_picture import trace_as_html, trace_as_svg  # noqa: PLC0415

        put((trace_as_html if format_ is ShowFormat.HTML else trace_as_svg)(loaded, most))
        return
    from tracereplay.show.paint import Paint  # noqa: PLC0415
    from tracereplay.show.timeline import summary, timeline  # noqa: PLC0415

    paint = Paint.on(sys.stdout)
    put(timeline(loaded, paint, most))
    put([""])
    put(summary(loaded, paint))
