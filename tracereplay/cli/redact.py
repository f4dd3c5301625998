"""``tracereplay redact``: a trace without its secrets."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.door import note
from tracereplay.cli.options import TraceName
from tracereplay.cli.secrets import Allow, Redact, RedactBody, body_names_of, counted, names_of, tell_vain
from tracereplay.errors import PlanError

if TYPE_CHECKING:
    from tracereplay.trace.trace import Trace


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
    from tracereplay.cli.output import (  # noqa: PLC0415
        STANDARD,
        refuse_existing,
        refuse_no_file,
        refuse_same,
        rewrite_trace,
        written_trace,
    )
    from tracereplay.trace.redact import Redaction  # noqa: PLC0415
    from tracereplay.trace.trace import Trace  # noqa: PLC0415

    if (output is None) is not in_place:
        raise PlanError("the trace without its secrets goes to a file", hint="-o upload.txt, or --in-place")
    if output is None:
        if trace == STANDARD:
            raise PlanError("the standard input has no place", hint="-o -, for the standard output")
        refuse_no_file(trace)
    elif output != STANDARD:
        refuse_same(trace, output)
        refuse_existing(output, overwrite=overwrite)
    loaded = Trace.load(trace)
    redaction = Redaction(names_of(redact, allow), body_names_of(redact_body))
    if output is None:
        links = Path(trace).stat().st_nlink
        rewrite_trace(trace, loaded.redacted(redaction), partial(_refuse_other, loaded))
        if links > 1:
            note(f"{trace} had {links} names (hard links): under the others the secrets are still there")
    else:
        loaded.refuse_elsewhere(output)
        with written_trace(output) as stream:
            stream.writelines(loaded.redacted(redaction))
    note(f"redacted: {counted(redaction.found.counts) or 'nothing'}")
    for name in sorted(redaction.referred):
        note(f"the bytes of {name} are not in the trace, and were not looked at")
    tell_vain(redact, redact_body, redaction.found.counts)


def _refuse_other(loaded: "Trace", path: Path) -> None:
    """Raise PlanError when the trace at ``path`` does not have the same bytes sent and received."""
    from tracereplay.trace.trace import Trace  # noqa: PLC0415

    before, after = (
        [(one.id, one.sent.bytes, one.received.bytes) for one in trace.conversations]
        for trace in (loaded, Trace.load(path, lookup=loaded.lookup))
    )
    if before != after:
        raise PlanError(f"{loaded.name} cannot be redacted in place: it does not read back as the same trace")
