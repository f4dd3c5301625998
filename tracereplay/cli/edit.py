"""``tracereplay edit``: a trace of another request."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.door import note
from tracereplay.cli.editing import Edits, Retime
from tracereplay.cli.family import read_options, with_families
from tracereplay.cli.options import Files, TraceName, tell_fills
from tracereplay.errors import PlanError

if TYPE_CHECKING:
    from tracereplay.library import Plan
    from tracereplay.trace.trace import Trace


@with_families
def edit(
    trace: TraceName,
    *,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where it goes, gzipped if it ends in .gz; - is the standard output.",
        ),
    ] = "-",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE if it exists.")] = False,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Replace TRACE itself, in one step or not at all.")
    ] = False,
    connection: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="The connection that is edited. Default: the one that sends most."),
    ] = None,
    edits: Edits,
    retime: Retime = None,
    file: Files = None,
) -> None:
    """Write a trace as curl would have written it of another request: the same form, sizes and offsets right."""
    from tracereplay.cli.output import (  # noqa: PLC0415
        STANDARD,
        drafted_trace,
        refuse_existing,
        refuse_inputs,
        refuse_same,
        rewrite_trace,
    )
    from tracereplay.library import load  # noqa: PLC0415
    from tracereplay.options import Options  # noqa: PLC0415
    from tracereplay.plan.text import check_trace, trace_text  # noqa: PLC0415
    from tracereplay.trace.file import GZIP_SUFFIX, packed  # noqa: PLC0415
    from tracereplay.trace.trace import Trace  # noqa: PLC0415

    options = read_options(edits, connection=connection, retime=retime)
    if in_place and (output != STANDARD or trace == STANDARD):
        raise PlanError("--in-place replaces the trace itself", hint="give either --in-place or -o, and a file")
    if not in_place and output != STANDARD:
        refuse_same(trace, output)
        refuse_inputs((*options.inputs, *(file or ())), output)
        refuse_existing(output, overwrite=overwrite)
    if options == Options(connection=connection, request=edits.request):
        raise PlanError("there is no edit to do", hint="tracereplay edit -h tells which there are")
    loaded = load(trace, files=file or ())
    tell_fills(loaded)
    plan = options.whole(loaded)

    def check(new: Path) -> None:
        written = Trace.load(new, lookup=loaded.lookup)
        check_trace(written, plan)
        if not in_place:
            written.refuse_elsewhere(output)
        put_in = (options.body, *(one.partition("=@")[2] for one in options.set_file))
        _tell_doubts(written, plan, [one for one in put_in if one])

    if in_place:
        rewrite_trace(trace, trace_text(plan), check)
        return
    with drafted_trace(output) as draft:
        with draft.open("wb") as stream, packed(stream, as_gzip=output.endswith(GZIP_SUFFIX)) as text:
            text.writelines(trace_text(plan))
        check(draft)


def _tell_doubts(written: "Trace", plan: "Plan", put_in: list[str]) -> None:
    """Say how much of what is new cannot be seen in an ascii trace, and which files ``put_in`` tell it."""
    known = sum(one.conversation.sent.unknown.total for one in plan.connections)
    more = sum(one.sent.unknown.total for one in written.conversations) - known
    if more > 0:
        files = " ".join(f"--file {shlex.quote(one)}" for one in put_in)
        told = f"; a play knows them with {files}, whatever the name in its head" if files else ""
        note(
            f"{more:,} bytes that are new are unknown in the edited trace: its form shows a dot for each of them{told}"
        )
