"""Several servers, the same sweep: at which plays their verdicts agree, and where not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from tracereplay.judge.cell import Cell
from tracereplay.judge.finding import Sweep
from tracereplay.judge.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Server:
    """One of the servers: how the user ``name``d it, and what the sweep over it found."""

    name: str
    sweep: Sweep


@dataclass(frozen=True, slots=True)
class Row:
    """``count`` neighbouring plays, from ``first`` to ``last``, that each server took in the same way.

    ``verdicts`` has that of each server for the first of them, None where it was not played. One that is blind is held
    against no other.
    """

    first: Cell
    last: Cell
    count: int
    verdicts: tuple[Verdict | None, ...]

    @property
    def is_compared(self) -> bool:
        """Whether it was played on several servers, and told something of each of them."""
        return len(self.verdicts) > 1 and not any(one is None or one.facts.is_blind for one in self.verdicts)

    @property
    def agrees(self) -> bool | None:
        """Whether all servers have the same verdict, None when that was not compared; the status may differ."""
        kinds = {one.kind for one in self.verdicts if one is not None}
        return len(kinds) == 1 if self.is_compared else None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What several ``servers`` make of the plays of ``cells``; where a sweep came to no end some are not made."""

    trace: str
    cells: tuple[Cell, ...]
    servers: tuple[Server, ...]

    @property
    def rows(self) -> list[Row]:
        """All plays, in their order; neighbours that were taken in the same way are one."""
        return list(_rows(self.cells, [one.sweep for one in self.servers]))

    @property
    def differences(self) -> list[Row]:
        """Where the verdicts differ."""
        return [one for one in self.rows if one.agrees is False]

    @property
    def compared(self) -> int:
        """How many plays told something of each of several servers."""
        return sum(one.count for one in self.rows if one.is_compared)

    @property
    def unmade(self) -> int:
        """How many plays were not made on each of the servers."""
        return sum(one.count for one in self.rows if None in one.verdicts)


def _rows(cells: Sequence[Cell], sweeps: Sequence[Sweep]) -> Iterator[Row]:
    found = [{(one.place, one.how): one for one in sweep.verdicts} for sweep in sweeps]
    listed = [(cell, tuple(one.get((cell.place.name, cell.how)) for one in found)) for cell in cells]
    for _, run in groupby(listed, lambda one: (one[0].how, *map(_taken, one[1]))):
        members = list(run)
        yield Row(members[0][0], members[-1][0], len(members), members[0][1])


def _taken(verdict: Verdict | None) -> tuple[str, int | None, bool] | None:
    return None if verdict is None else (verdict.kind, verdict.facts.status, verdict.facts.is_blind)
