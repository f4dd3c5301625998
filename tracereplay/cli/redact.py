"""``tracereplay redact``: a trace without its secrets."""

from typing import Annotated

import typer

from tracereplay.cli.door import note
from tracereplay.cli.options import TraceName
from tracereplay.cli.secrets import Allow, Redact, RedactBody, body_names_of, counted, names_of
from tracereplay.errors import PlanError


def redact(
    trace: TraceName,
    *,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where it goes, gzipped if it ends in .gz; - is the standard output.",
        ),
    ] = None,
    in_place: Annotated[bool, typer.Option("--in-place", "-i", help="Write it in the place of TRACE.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE if it exists.")] = False,
    redact: Redact = None,
    allow: Allow = None,
    redact_body: RedactBody = None,
) -> None:
    """Write a trace in which each byte of a secret is an x; sizes and offsets stay, and a mark says what was there."""
    from tracereplay.cli.output import STANDARD, refuse_existing, refuse_same, written_trace  # noqa: PLC0415
    from tracereplay.trace.redact import Redaction  # noqa: PLC0415
    from tracereplay.trace.trace import Trace  # noqa: PLC0415

    if (output is None) is not in_place:
        raise PlanError("the trace without its secrets goes to a file", hint="-o upload.txt, or --in-place")
    if output is None:
        if trace == STANDARD:
            raise PlanError("the standard input has no place", hint="-o -, for the standard output")
        output = trace
    elif output != STANDARD:
        refuse_same(trace, output)
        refuse_existing(output, overwrite=overwrite)
    loaded = Trace.load(trace)
    loaded.refuse_elsewhere(output)
    redaction = Redaction(names_of(redact, allow), body_names_of(redact_body))
    with written_trace(output) as stream:
        for piece in loaded.redacted(redaction):
            stream.write(piece)
    note(f"redacted: {counted(redaction.found.counts) or 'nothing'}")
