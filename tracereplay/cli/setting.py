"""From the options to the plays of a sweep: those of ``sweep`` and of ``compare``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tracereplay.cli.sweeping import Plays
from tracereplay.errors import PlanError

if TYPE_CHECKING:
    from tracereplay.judge.cell import Cell
    from tracereplay.judge.setting import Setting
    from tracereplay.library import Plan
    from tracereplay.options import Options
    from tracereplay.plan.connection import ConnectionPlan

_HANG = "5s"
_WAYS = "fin,rst,half"


def setting_of(trace: str, options: "Options", plays: Plays, within: str = "3s") -> "tuple[list[Cell], Setting]":
    """Return the plays of a sweep in their order, and how they are played. Raises PlanError, TraceError."""
    from tracereplay.judge.oracle import Terms  # noqa: PLC0415
    from tracereplay.judge.setting import Setting  # noqa: PLC0415
    from tracereplay.judge.split import segments_of  # noqa: PLC0415
    from tracereplay.library import load  # noqa: PLC0415

    hang = plays.hang or _HANG
    terms = Terms.of(plays.allow or (), hang, judges_stall=plays.hang is not None, within=within)
    loaded = load(trace, strict=options.strict, files=options.file)
    no_marks = loaded.has_marks  # it cuts by itself
    options = replace(options, connection=plays.connection, timeout=hang, no_marks=no_marks)
    whole = options.whole(loaded)

    def options_of(cell: "Cell") -> "Options":
        if not cell.is_cut:
            return replace(options, segments=segments_of(cell))
        return options.leaving_at(str(cell.place), cell.way)

    def plan_of(cell: "Cell") -> "Plan":
        chosen = options_of(cell)
        return chosen.cut(whole, chosen.truncate)

    return _cells(whole.main_connection, plays, options), Setting(
        whole=replace(options, hold=None, settle=None).cut(whole, None),
        plan_of=plan_of,
        command_of=lambda cell: options_of(cell).command(Path(trace), str),
        target=options.target,
        network=options.network(),
        terms=terms,
    )


def _cells(connection: "ConnectionPlan", plays: Plays, options: "Options") -> "list[Cell]":
    from tracereplay.judge.cell import cells, ways  # noqa: PLC0415
    from tracereplay.judge.split import split_cells  # noqa: PLC0415

    cuts = plays.cuts or ()
    if plays.split:
        _refuse_cutting(plays, options)
        return split_cells(connection, plays.split, cuts)
    segments = None if options.segments == "recorded" else options.segments
    return cells(connection, cuts, ways(plays.close or _WAYS), segments)


def _refuse_cutting(plays: Plays, options: "Options") -> None:
    """Raise PlanError for an option that says how a cut is left, or in which writes it is sent."""
    for name, value in (("--close", plays.close), ("--hold", options.hold), ("--settle", options.settle)):
        if value is not None:
            raise PlanError(f"{name} says how a cut is left, and with --split nothing is cut")
    if options.segments != "recorded":
        raise PlanError("--segments and --split both say in which writes", hint=f"--split {options.segments}")
