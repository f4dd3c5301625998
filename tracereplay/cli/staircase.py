"""``tracereplay staircase``: how much of an upload the application has when the client stops."""

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.door import put
from tracereplay.cli.editing import Edits
from tracereplay.cli.family import read_options, with_families
from tracereplay.cli.network import Network
from tracereplay.cli.options import Doubts, Format, OutputFormat, TraceName, tell_fills
from tracereplay.cli.reporting import refuse_reports, write_lines
from tracereplay.cli.secrets import Secrets
from tracereplay.cli.sweeping import Connection, TargetName
from tracereplay.cli.tls import Tls
from tracereplay.cli.watching import Knowing, WitnessBy, WitnessFile, witness_of
from tracereplay.errors import PlanError

if TYPE_CHECKING:
    from tracereplay.judge.climb import Climb, Eye
    from tracereplay.judge.staircase import Point
    from tracereplay.judge.witnessed import Witness
    from tracereplay.plan.way import Way

_PANEL = "Steps"


@with_families
def staircase(
    trace: TraceName,
    *,
    target: TargetName = None,
    connection: Connection = None,
    witness: WitnessFile = None,
    witness_by: WitnessBy = Knowing.PORTS,
    probe: Annotated[
        str | None,
        typer.Option(
            metavar="PROBE",
            help="Where the application has no witness: a number that grows by what it sees, such as"
            " 'sql:sqlite:///app.db SELECT coalesce(sum(bytes), 0) FROM uploads'.",
            rich_help_panel="The application",
        ),
    ] = None,
    close: Annotated[
        str, typer.Option(metavar="WAYS", help="How to stop: of stall, rst, fin, half.", rich_help_panel=_PANEL)
    ] = "stall,rst,fin",
    step: Annotated[
        str, typer.Option(metavar="SIZE", help="Cut the body at multiples of this.", rich_help_panel=_PANEL)
    ] = "8k",
    to: Annotated[
        str, typer.Option("--to", metavar="SIZE", help="As far as to here.", rich_help_panel=_PANEL)
    ] = "200k",
    bisect: Annotated[
        bool,
        typer.Option("--bisect", help="Find the first edge to the byte, in place of steps.", rich_help_panel=_PANEL),
    ] = False,
    within: Annotated[
        str, typer.Option(metavar="TIME", help="For how long to wait for the application.", rich_help_panel=_PANEL)
    ] = "3s",
    network: Network,
    tls: Tls,
    edits: Edits,
    secrets: Secrets,
    doubts: Doubts,
    format_: OutputFormat = Format.TEXT,
    report_html: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write a page with a picture of the curves. It loads nothing."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No notes.")] = False,
) -> None:
    """Stop an upload at many places, and say how much of it the application has: how the stack buffers."""
    from tracereplay.cli.interrupt import interrupts_noted  # noqa: PLC0415
    from tracereplay.judge.cell import MOST_PLACES  # noqa: PLC0415
    from tracereplay.judge.climb import Climb  # noqa: PLC0415
    from tracereplay.judge.staircase import Curve  # noqa: PLC0415
    from tracereplay.library import load  # noqa: PLC0415
    from tracereplay.show.staircase import report_staircase, staircase_as_json  # noqa: PLC0415
    from tracereplay.show.staircase_html import staircase_as_html  # noqa: PLC0415
    from tracereplay.units import size_bytes  # noqa: PLC0415

    seeing, edits = witness_of(witness, witness_by, edits, quiet=quiet)
    options = read_options(network, tls, edits, secrets, doubts, connection=connection, timeout=within, speed="max")
    refuse_reports(trace, (*options.inputs, witness), report_html)
    eye, step_bytes, to_bytes, listed = _eye(seeing, probe), size_bytes(step), size_bytes(to), _ways(close)
    loaded = load(trace, strict=options.strict, files=options.file)
    options = dataclasses.replace(options, no_marks=loaded.has_marks)
    whole = options.cut(options.whole(loaded), None)
    if not quiet:
        tell_fills(loaded)
    curves: list[Curve] = []
    with interrupts_noted() as interrupted:
        climb = Climb(whole, eye, target, options.network(), within, interrupted)
        if not 0 < step_bytes <= min(to_bytes, climb.body_bytes - 1):
            raise PlanError(
                f"the body has {climb.body_bytes:,} bytes, and no cut is at a multiple of {step}, up to {to}",
                hint="a smaller --step, or a larger upload: --grow file=300KiB",
            )
        if not bisect and (places := min(to_bytes, climb.body_bytes - 1) // step_bytes) > MOST_PLACES:
            raise PlanError(
                f"{places:,} places are too many to cut at one by one, and {MOST_PLACES:,} are the most",
                hint="a larger --step, or --bisect, which finds the first edge to the byte",
            )
        where = climb.learn()
        for way in listed:
            points = _bisected(climb, way, to_bytes) if bisect else tuple(climb.points(way, step_bytes, to_bytes))
            curves += [Curve(way, points, is_search=bisect)] if points else []
        if not interrupted.is_set():
            climb.learn()  # once more: who sees nothing of this may have seen nothing of others, on a full disk
    if report_html is not None:
        write_lines(report_html, staircase_as_html(loaded.name, where, curves, is_whole=not interrupted.is_set()))
    show = staircase_as_json if format_ is Format.JSON else report_staircase
    told = show(loaded.name, where, curves)
    put([told] if isinstance(told, str) else told)
    if interrupted.is_set():
        raise KeyboardInterrupt


def _eye(witness: "Witness | None", probe: str | None) -> "Eye":
    from tracereplay.judge.climb import ProbeEye, WitnessEye  # noqa: PLC0415
    from tracereplay.testing.probe_spec import probe_of  # noqa: PLC0415

    if witness is not None and probe is None:
        return WitnessEye(witness)
    if probe is not None and witness is None:
        return ProbeEye(probe, probe_of(probe))
    raise PlanError(
        "what tells how much the application has? Either --witness or --probe",
        hint="--witness witness.jsonl: see docs/witness.md",
    )


def _ways(close: str) -> "list[Way]":
    from tracereplay.judge.cell import ways  # noqa: PLC0415
    from tracereplay.plan.way import Way  # noqa: PLC0415

    listed = ways(close)
    if Way.VANISH in listed:
        raise PlanError(
            "a staircase does not stop by vanish: as long as it is looked at, a server takes that for a stall",
            hint="--close stall",
        )
    return listed


def _bisected(climb: "Climb", way: "Way", to: int) -> "tuple[Point, ...]":
    from tracereplay.judge.staircase import bisect  # noqa: PLC0415

    points = []
    for point in bisect(lambda sent: climb.seen(way, sent), 1, min(to, climb.body_bytes - 1)):
        if climb.stop.is_set():
            break
        points.append(point)
    return tuple(sorted(points))
