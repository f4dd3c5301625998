"""``tracereplay check``: all that is wrong in some traces."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.door import put
from tracereplay.cli.options import Format, OutputFormat, Strict, trace_names
from tracereplay.errors import TraceError

if TYPE_CHECKING:
    from tracereplay.show.findings import Checked


def check(
    traces: Annotated[
        list[str],
        typer.Argument(metavar="TRACE…", help="What curl wrote; - for the standard input.", autocompletion=trace_names),
    ],
    *,
    format_: OutputFormat = Format.TEXT,
    strict: Strict = False,
) -> None:
    """Say all that is wrong in each trace, and what it does not know; end with 3 if one cannot be read."""
    from tracereplay.show.findings import checks_as_json, findings  # noqa: PLC0415
    from tracereplay.show.paint import Paint  # noqa: PLC0415

    checked = [_checked(name, strict=strict) for name in traces]
    if format_ is Format.JSON:
        put([checks_as_json(checked)])
    else:
        put(findings(checked, Paint.on(sys.stdout)))
    if any(one.error is not None for one in checked):
        raise typer.Exit(TraceError.exit_code)


def _checked(name: str, *, strict: bool) -> "Checked":
    from tracereplay.library import load  # noqa: PLC0415
    from tracereplay.show.findings import Checked  # noqa: PLC0415

    try:
        return Checked.of(load(name, strict=strict))
    except TraceError as error:
        return Checked(name, error=error)
