"""``tracereplay check``: all that is wrong in some traces."""

import shlex
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.checking import FAILED
from tracereplay.cli.door import put, say
from tracereplay.cli.options import Format, OutputFormat, Strict, trace_names
from tracereplay.cli.secrets import SECRETS, Allow, Redact, names_of
from tracereplay.errors import TraceError

if TYPE_CHECKING:
    from tracereplay.show.findings import Checked
    from tracereplay.trace.secret import Names


def check(
    traces: Annotated[
        list[str],
        typer.Argument(metavar="TRACE…", help="What curl wrote; - for the standard input.", autocompletion=trace_names),
    ],
    *,
    format_: OutputFormat = Format.TEXT,
    strict: Strict = False,
    redact: Redact = None,
    allow: Allow = None,
    no_secrets: Annotated[
        bool, typer.Option("--no-secrets", help="Do not look for secrets.", rich_help_panel=SECRETS)
    ] = False,
) -> None:
    """Say all that is wrong in each trace, what it does not know, and what secrets are in it.

    It ends with 3 if a trace cannot be read, or has a mark that is wrong, and else with 1 if there is a secret in one.
    """
    from tracereplay.show.findings import checks_as_json, findings  # noqa: PLC0415
    from tracereplay.show.paint import Paint  # noqa: PLC0415

    secret = None if no_secrets else names_of(redact, allow)
    checked = [_checked(name, secret, strict=strict) for name in traces]
    if format_ is Format.JSON:
        put([checks_as_json(checked)])
    else:
        put(findings(checked, Paint.on(sys.stdout)))
    if any(one.error is not None or any(it.code == "mark" for it in one.warnings) for one in checked):
        raise typer.Exit(TraceError.exit_code)
    seen = [one.trace for one in checked if one.secrets.counts]
    if seen:
        say(f"  hint: tracereplay redact --in-place {shlex.quote(seen[0])}, or --allow NAME for what is no secret")
        raise typer.Exit(FAILED)


def _checked(name: str, secret: "Names | None", *, strict: bool) -> "Checked":
    from tracereplay.library import load  # noqa: PLC0415
    from tracereplay.show.findings import Checked  # noqa: PLC0415

    try:
        trace = load(name, strict=strict)
        if all(warning.code != "reference" for warning in trace.warnings):  # a file that is not there is warned of
            trace.verify()
        return Checked.of(trace, secret)
    except TraceError as error:
        return Checked(name, error=error)
