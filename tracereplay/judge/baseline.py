"""Findings that are known: a file in git, by which only new ones fail.

A finding is known by its rule, the name of its place, the way of leaving and the status: by nothing that differs
between two runs. A line for each, sorted, so that a diff tells what has changed.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Self, get_args

from tracereplay.errors import PlanError
from tracereplay.judge.cell import Cell
from tracereplay.judge.verdict import Rule, Verdict

VERSION = 1

_DIGITS = re.compile(r"([0-9]+)")
_LONGEST_PLACE = 1000
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
        return cls(verdict.rule, verdict.place, verdict.how, verdict.facts.status)

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
            found = json.loads(text)
            version, entries = found["version"], found["accepted"]
            known = frozenset(_known(entry) for entry in entries)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise PlanError(
                f"{name} is not the baseline of a sweep: {error}",
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

    def gone(self, cells: Iterable[Cell], verdicts: Iterable[Verdict]) -> list[Known]:
        """Return what is accepted and was not found any more, though it was looked for; sorted."""
        found = {Known.of(one) for one in verdicts if one.rule is not None}
        return sorted(self._looked_for(cells) - found, key=lambda one: one.order)

    def renewed(self, cells: Iterable[Cell], verdicts: Iterable[Verdict]) -> Iterator[str]:
        """Yield the lines of a file that accepts what was found, and what was not looked for and is accepted."""
        found = {Known.of(one) for one in verdicts if one.rule is not None}
        known = sorted((self.known - self._looked_for(cells)) | found, key=lambda one: one.order)
        yield f'{{"version": {VERSION}, "accepted": ['
        for number, one in enumerate(known, 1):
            entry = {name: getattr(one, name) for name in _NAMES}
            yield json.dumps(entry) + ("," if number < len(known) else "")
        yield "]}"

    def _looked_for(self, cells: Iterable[Cell]) -> frozenset[Known]:
        played = {(cell.place.name, cell.how) for cell in cells}
        return frozenset(one for one in self.known if (one.place, one.how) in played)


def _known(entry: dict[str, object]) -> Known:
    rule, place, how, status = (entry[name] for name in _NAMES)
    if not (isinstance(rule, str) and isinstance(place, str) and isinstance(how, str)):
        raise TypeError("a rule, a place and a way of leaving are texts")
    if isinstance(status, bool) or not isinstance(status, int | None):
        raise TypeError(f"{status!r} is no status")
    if rule not in get_args(Rule) or len(place) > _LONGEST_PLACE:
        raise ValueError(f"{rule!r} at {place[:40]!r} is no finding of a sweep")
    return Known(rule, place, how, status)
