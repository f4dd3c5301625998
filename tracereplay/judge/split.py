"""Whole requests in other writes: an answer must not depend on them.

Each is sent in lockstep, so that the server reads the pieces apart: ``2`` is a play for each way to send it in two, and
anything else that names segments (``1``, ``mtu``, ``random:7``) is one play; so are the recorded writes, always. They
are held against the whole in one write, ``NORM``. So no read is left to chance, nor what all others are judged by: of
writes that are sent at once a server may read any two together.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import accumulate, pairwise, zip_longest

from tracereplay.errors import PlanError
from tracereplay.judge.cell import Cell, places
from tracereplay.judge.shrink import shrunk
from tracereplay.judge.verdict import Verdict
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.cuts import NamedPlace
from tracereplay.plan.segments import read_segments
from tracereplay.plan.step import Send
from tracereplay.plan.way import Way

IN_TWO = "2"
RECORDED = "recorded"
JOINED = "joined"
NORM = f"lockstep:{JOINED}"
_WHOLE = "100%"
_SHOWN = 5
_MOST_TYPED = 64  # ends of writes in a command, which has to be typed, and to fit into one argument


def split_cells(connection: ConnectionPlan, splits: Sequence[str], specs: Sequence[str]) -> list[Cell]:
    """Return the plays of a sweep over ``splits``; ``specs`` are the places of those in two, by default the usual ones.

    The recorded writes are the first, unless they are one.
    Raises SpecError, PlanError.
    """
    if specs and IN_TWO not in splits:
        raise PlanError("--cuts says where a request is split in two", hint="--split 2")
    first = () if _are_equal(connection, RECORDED, JOINED) else (RECORDED,)
    return [cell for split in dict.fromkeys((*first, *splits)) for cell in _cells(connection, split, specs)]


def split_notes(connection: ConnectionPlan, splits: Sequence[str]) -> Iterator[str]:
    """Yield which of ``splits`` split nothing."""
    for split in dict.fromkeys(splits):
        others = () if split == IN_TWO else (JOINED,) if split == RECORDED else (JOINED, RECORDED)
        if any(_are_equal(connection, split, one) for one in others):
            yield f"--split {split} splits nothing: no write of the recording is larger than its pieces"


def _cells(connection: ConnectionPlan, split: str, specs: Sequence[str]) -> Iterator[Cell]:
    total = connection.planned_bytes
    if split != IN_TWO:
        if split.startswith("lockstep"):
            raise PlanError(f"--split {split}: pieces are always sent in lockstep", hint=hint_of(split))
        read_segments(split)
        yield Cell(NamedPlace(_WHOLE, _WHOLE, total), Way.FIN, split, is_cut=False)
        return
    found = [one for one in places(connection, specs) if one.at is not None and 0 < one.at < total]
    if not found:
        raise PlanError("there is no place to split at")
    yield from (Cell(one, Way.FIN, split, is_cut=False) for one in found)


def hint_of(segments: str) -> str:
    """Return the option for the pieces that ``--segments`` names so, which are sent in lockstep anyway."""
    return f"--split {segments.removeprefix('lockstep').removeprefix(':') or RECORDED}"


def segments_of(cell: Cell) -> str:
    """Return the segments, as ``--segments`` takes them, in which a cell is sent that is not cut."""
    return f"lockstep:{f'at:{cell.place.at}' if cell.split == IN_TWO else cell.split}"


def ends_of(connection: ConnectionPlan, split: str) -> Generator[int, None, None]:
    """Yield where the writes of a split end, in the order of the bytes, without the last one."""
    with closing(replace(connection, segments=read_segments(split)).steps()) as steps:
        ends = accumulate(len(step.data) for step in steps if isinstance(step, Send))
        yield from (one for one, _ in pairwise(ends))


def _are_equal(connection: ConnectionPlan, split: str, other: str) -> bool:
    with closing(ends_of(connection, split)) as ours, closing(ends_of(connection, other)) as theirs:
        return all(one == another for one, another in zip_longest(ours, theirs))


def narrowed(
    verdict: Verdict,
    connection: ConnectionPlan,
    play: Callable[[Cell], Verdict | None],
    surely: Callable[[Cell, Verdict], Verdict],
) -> Verdict:
    """Return the verdict with the few ends of writes that matter, by ``play``, which returns None when it is over.

    What is found so is told when it is so each time, as ``surely`` says.
    """
    if verdict.split in (None, IN_TWO):
        return verdict
    assert verdict.split is not None
    last: Verdict | None = None

    def differs(ends: Sequence[int]) -> bool:
        nonlocal last
        tried = play(_at(ends))
        if tried is None or set(tried.facts.differs).isdisjoint(verdict.facts.differs):
            return False
        last = tried
        return True

    ends = list(ends_of(connection, verdict.split))
    found = shrunk(ends, differs) if ends and differs(ends) else []
    if last is None or surely(_at(found), last).rule != "depends-on-segments":
        return verdict
    told = f"of {len(ends):,} splits {_told(found)}" if len(ends) > 1 else f"it was split at byte {found[0]:,} alone"
    why = f"{verdict.why}; {told}"
    command = last.command if len(found) <= _MOST_TYPED else verdict.command
    return replace(verdict, at=found[0], why=why, command=command)


def _at(ends: Sequence[int]) -> Cell:
    return Cell(NamedPlace(_WHOLE, _WHOLE, ends[0]), Way.FIN, f"at:{','.join(map(str, ends))}", is_cut=False)


def _told(ends: Sequence[int]) -> str:
    if len(ends) == 1:
        return f"the one at byte {ends[0]:,} alone does it"
    more = f" and {len(ends) - _SHOWN:,} others" if len(ends) > _SHOWN else ""
    return f"those at bytes {', '.join(map(str, ends[:_SHOWN]))}{more} together do it"
