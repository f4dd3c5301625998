"""What an earlier run of a sweep has played, and need not be played again."""

from collections.abc import Iterable, Mapping

from tracereplay.errors import PlanError
from tracereplay.judge.cell import Cell, Key
from tracereplay.judge.setting import Setting
from tracereplay.judge.split import IN_TWO
from tracereplay.judge.verdict import Verdict


def resumed(done: Mapping[Key, Verdict], cells: Iterable[Cell], setting: Setting, name: str) -> dict[Key, Verdict]:
    """Return what of the lines of the file ``name`` stands for one of the cells.

    What the witness or the probes of this sweep were not asked of is to be played again, and so is what was sent in
    many pieces: it is one play, and all that told more of it is to be made again. Raises PlanError for plays to another
    server, or of other options.
    """
    return {
        cell.key: done[cell.key]
        for cell in cells
        if cell.key in done
        and (cell.is_cut or cell.split == IN_TWO)
        and _is_of(done[cell.key], cell, setting, name)
        and _is_asked(done[cell.key], setting)
    }


def _is_of(old: Verdict, cell: Cell, setting: Setting, name: str) -> bool:
    if cell.place.at in (None, old.at) and old.command == setting.command_of(cell):
        return True
    raise PlanError(
        f"{name}: {cell.place.name} was played otherwise: {old.command}, at byte {old.at:,}",
        hint="go on with the options, the target and the trace of the sweep that was stopped",
    )


def _is_asked(old: Verdict, setting: Setting) -> bool:
    is_witnessed = setting.witness is None or old.facts.is_witnessed or not old.facts.is_cut
    return is_witnessed and (setting.watch is None or setting.watch.has_taken(old.facts.looks))
