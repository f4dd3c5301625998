"""The plays of a sweep: which places, in which ways, in which order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tracereplay.engine.timeline import Timeline
from tracereplay.errors import PlanError
from tracereplay.judge.missing import WHOLE
from tracereplay.judge.norm import Norm
from tracereplay.judge.oracle import Terms, judge
from tracereplay.judge.verdict import Facts, Verdict
from tracereplay.net.many import Played
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.cuts import NamedPlace, cuts
from tracereplay.plan.way import Way, way_named

MOST_PLACES = 10_000

_EVERY_BYTE_TO = 4096
_EDGE = 65_536  # servers read bodies in such steps
_SHARES = ("10%", "50%", "90%")

Key = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class Cell:
    """One play of a sweep. ``split`` says in which writes it is sent, None for the recorded ones.

    One that is not cut sends all, and the place is where it is split.
    """

    place: NamedPlace
    way: Way
    split: str | None = None
    is_cut: bool = True

    @property
    def how(self) -> str:
        """What is done there, as a Verdict says it."""
        return self.way.value if self.is_cut else f"split {self.split}"

    @property
    def key(self) -> Key:
        """What tells it from the others of the same trace."""
        return self.place.name, self.how, self.split


def cells(
    connection: ConnectionPlan, specs: Sequence[str], ways: Sequence[Way], split: str | None = None
) -> list[Cell]:
    """Return the plays of a sweep, way by way, each in the order of the bytes; without ``specs`` the usual places.

    Raises SpecError, PlanError.
    """
    found = places(connection, specs)
    if not found:
        raise PlanError("there is no place to cut at: nothing is sent")
    return [Cell(place, way, split) for way in ways for place in found]


def places(connection: ConnectionPlan, specs: Sequence[str]) -> list[NamedPlace]:
    """Return the places that ``specs`` name, each byte once; the usual ones without. Raises SpecError, PlanError."""
    return list(_once(cuts(connection, specs, MOST_PLACES))) if specs else _usual(connection)


def ways(text: str) -> list[Way]:
    """Return the ways of leaving in ``fin,rst,half``, each once. Raises PlanError."""
    return list(dict.fromkeys(way_named(one.strip()) for one in text.split(",")))


def judged(cell: Cell, played: Played, terms: Terms, norm: Norm, command: str | None) -> Verdict:
    """Return what is to be said of the play of a cell; one that is not cut is held against the ``norm``."""
    place = cell.place
    if played.outcome is None:
        facts, at, timeline = Facts(cell.way, WHOLE, is_begun=False, is_cut=cell.is_cut), place.at or 0, Timeline()
    else:
        one = played.outcome.connection
        timeline = one.timeline
        facts = norm.facts_of_cut(one, played.plan.main_connection) if cell.is_cut else norm.known(norm.facts_of(one))
        at = one.handed if place.at is None else place.at
    kind, rule, why = judge(facts, terms)
    why = why if played.error is None else played.error.message
    return Verdict(place.name, str(place), at, facts, kind, why, rule, cell.split, command, timeline=timeline)


def rejudged(verdict: Verdict, terms: Terms) -> Verdict:
    """Return the verdict of an earlier run under other terms; what took several plays to tell stays."""
    if verdict.rule in ("flaky", "dead-afterwards"):
        return replace(verdict, kind=verdict.rule)
    kind, rule, why = judge(verdict.facts, terms)
    return replace(verdict, kind=kind, rule=rule, why=why)


def _usual(connection: ConnectionPlan) -> list[NamedPlace]:
    """Return each byte of a small request, and the places of a large one where servers change their mind.

    A cut before the first byte sends nothing, and tells nothing.
    """
    if connection.planned_bytes <= _EVERY_BYTE_TO:
        places = cuts(connection, ["boundaries", "all"], MOST_PLACES)
    else:
        places = cuts(connection, [*_boundaries(connection), *_edges(connection), *_SHARES], MOST_PLACES)
    return [one for one in _once(places) if one.at != 0]


def _boundaries(connection: ConnectionPlan) -> list[str]:
    """Return ``boundaries``; of a body in very many chunks, or parts, those of the head alone."""
    try:
        cuts(connection, "boundaries", MOST_PLACES)
    except PlanError:
        return ["head:boundaries", "-1"]
    return ["boundaries"]


def _edges(connection: ConnectionPlan) -> Iterator[str]:
    """Yield the first edge of 64 KiB in the body and its doublings, and the bytes beside them."""
    request = max(connection.conversation.requests, key=lambda one: one.body_bytes, default=None)
    edge = _EDGE
    while request is not None and edge < request.body_bytes:
        yield from (f"body:{edge + beside}" for beside in (-1, 0, 1))
        edge *= 2


def _once(places: Iterable[NamedPlace]) -> Iterator[NamedPlace]:
    """Yield each byte once; places that are not known before they are sent all."""
    seen: set[int] = set()
    for one in places:
        if one.at is None or one.at not in seen:
            yield one
        if one.at is not None:
            seen.add(one.at)
