"""Findings that are known: a file in git, by which only new ones fail.

A finding is known by its rule, the name of its place, the way of leaving and the status: by nothing that differs
between two runs, and so without the status of what is answered differently each time. One about the server as a whole
has what leaks, or the page that starved, for a place, and ``server`` for a way. A line for each, sorted, so that a diff
tells what has changed.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Self, get_args

from tracereplay.errors import PlanError
from tracereplay.judge.cell import Cell
from tracereplay.judge.finding import Sweep
from tracereplay.judge.flaw import as_list, as_object, flaw, object_in
from tracereplay.judge.health import OPEN_FILES, THREADS, Health
from tracereplay.judge.starving import Starving
from tracereplay.judge.verdict import Rule, Verdict
from tracereplay.trace.secret import without_secrets

VERSION = 1
SERVER = "server"

_DIGITS = re.compile(r"([0-9]+)")
_LONGEST_PLACE = 1000
_OF_SERVER = ("leak", "starved")
_NAMES = ("rule", "place", "how", "status")


@dataclass(frozen=True, slots=True)
class Known:
    """One finding that is accepted."""

    rule: str
    place: str
    how: str
    status: int | None

    @classmethod
    def of(cls, verdict: Verdict) -> Self:
        """Return what a verdict is known by. It has a rule."""
        assert verdict.rule is not None
        return cls(verdict.rule, verdict.place, verdict.how, _status(verdict.rule, verdict.facts.status))

    @classmethod
    def leak(cls, what: str) -> Self:
        """Return by what a leak is known."""
        return cls("leak", what, SERVER, None)

    @classmethod
    def starved(cls, page: str) -> Self:
        """Return by what a page that starved is known, without the secrets in it: the file may go into git."""
        place = without_secrets(page.encode("utf-8", "replace")).decode("utf-8", "replace")[:_LONGEST_PLACE]
        return cls("starved", place, SERVER, None)

    @property
    def order(self) -> tuple[object, ...]:
        """Where it stands: places that are numbers in the order of numbers."""
        parts = enumerate(_DIGITS.split(self.place))  # every other one is a number
        place = [(int(part) if number % 2 else 0, part) for number, part in parts]
        return self.rule, self.how, place, -1 if self.status is None else self.status


@dataclass(frozen=True, slots=True)
class Accepted:
    """The findings that are accepted."""

    known: frozenset[Known] = field(default_factory=frozenset)

    @classmethod
    def read(cls, text: str, name: str) -> Self:
        """Return what stands in the ``text`` of the file ``name``. Raises PlanError when it is no such file."""
        try:
            found = object_in(text)
            version, entries = found["version"], as_list(found["accepted"], "what is accepted")
            known = frozenset(_known(as_object(entry, "an entry")) for entry in entries)
        except (ValueError, TypeError, KeyError) as fault:
            raise PlanError(
                f"{name} is not the baseline of a sweep: {flaw(fault)}",
                hint="it is written by: tracereplay sweep … --baseline FILE --accept",
            ) from None
        if version != VERSION:
            raise PlanError(f"{name} is a baseline of version {version!r}, and only {VERSION} is known")
        return cls(known)

    def applied(self, verdict: Verdict) -> Verdict:
        """Return the verdict, as accepted if it is."""
        if not self.known or verdict.rule is None or Known.of(verdict) not in self.known:
            return verdict
        return replace(verdict, kind="accepted")

    def of_server(self, health: Health) -> Health:
        """Return what became of the server, with what it may leak."""
        return replace(health, accepted=frozenset(one.place for one in self.known if one.rule == "leak"))

    def of_page(self, starving: Starving) -> Starving:
        """Return how another client fared, and whether it may."""
        return replace(starving, is_accepted=Known.starved(starving.page) in self.known)

    def gone(self, cells: Iterable[Cell], sweep: Sweep) -> list[Known]:
        """Return what is accepted and was not found any more, though it was looked for; sorted."""
        return sorted(self._looked_for(cells, sweep) - _found(sweep), key=lambda one: one.order)

    def renewed(self, cells: Iterable[Cell], sweep: Sweep) -> Iterator[str]:
        """Yield the lines of a file that accepts what was found, and what was not looked for and is accepted."""
        known = sorted((self.known - self._looked_for(cells, sweep)) | _found(sweep), key=lambda one: one.order)
        yield f'{{"version": {VERSION}, "accepted": ['
        for number, one in enumerate(known, 1):
            entry = {name: getattr(one, name) for name in _NAMES}
            yield json.dumps(entry) + ("," if number < len(known) else "")
        yield "]}"

    def _looked_for(self, cells: Iterable[Cell], sweep: Sweep) -> frozenset[Known]:
        played = {(cell.place.name, cell.how) for cell in cells}
        judged = _of_server(sweep)
        return frozenset(one for one in self.known if (one.place, one.how) in played or one in judged)


def _found(sweep: Sweep) -> frozenset[Known]:
    of_plays = (Known.of(one) for one in sweep.verdicts if one.rule is not None)
    return frozenset((*of_plays, *(known for known, is_found in _of_server(sweep).items() if is_found)))


def _of_server(sweep: Sweep) -> dict[Known, bool]:
    """Return what was judged of the server as a whole, and whether it was found."""
    judged: dict[Known, bool] = {}
    health, starving = sweep.health, sweep.starving
    if health is not None and health.is_judged and health.after is not None:
        leaking = {one.what for one in health.found}
        judged |= {Known.leak(what): what in leaking for what in (OPEN_FILES, THREADS)}
    if starving is not None and starving.during is not None and starving.alone.status is not None:
        judged[Known.starved(starving.page)] = starving.is_found
    return judged


def _known(entry: dict[str, object]) -> Known:
    rule, place, how, status = (entry[name] for name in _NAMES)
    if not (isinstance(rule, str) and isinstance(place, str) and isinstance(how, str)):
        raise TypeError("a rule, a place and a way of leaving are texts")
    if isinstance(status, bool) or not isinstance(status, int | None):
        raise TypeError(f"{status!r} is no status")
    if rule not in (*get_args(Rule), *_OF_SERVER) or len(place) > _LONGEST_PLACE:
        raise ValueError(f"{rule!r} at {place[:40]!r} is no finding of a sweep")
    return Known(rule, place, how, _status(rule, status))


def _status(rule: str, status: int | None) -> int | None:
    """Return the status by which a finding is known; of one that is flaky it is chance which one came last."""
    return None if rule == "flaky" else status
