"""What a sweep found: equal verdicts at neighbouring places are one finding."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal, Self

from tracereplay.judge.health import Health
from tracereplay.judge.starving import Starving
from tracereplay.judge.verdict import Rule, Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, from the ``first`` place to the ``last``, at ``count`` of them next to each other.

    ``why`` is a sentence that is true of all of them, or says that it is of the first.
    """

    first: Verdict
    last: Verdict
    count: int
    why: str

    @property
    def rule(self) -> Rule:
        """The rule that was broken."""
        assert self.first.rule is not None
        return self.first.rule


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the server, and is no finding of one play."""

    rule: Literal["leak", "starved"]
    why: str
    is_accepted: bool = False

    def __str__(self) -> str:
        return f"{self.rule}: {self.why}"


@dataclass(frozen=True, slots=True, repr=False)
class Sweep:
    """All plays of a sweep, in the order of the ways and then of the places; true when it is whole and all is right.

    ``seconds`` is how long it took. ``is_whole`` unless it was stopped before its end. ``notes`` are what else is to
    be known of it, in sentences. ``health`` is what became of the server, ``starving`` how
    another client fared; None where nobody looked.
    """

    trace: str
    target: str
    verdicts: tuple[Verdict, ...]
    seconds: float
    is_whole: bool = True
    notes: tuple[str, ...] = ()
    health: Health | None = None
    starving: Starving | None = None

    def __bool__(self) -> bool:
        return self.is_whole and not self.findings and not self.faults

    def __repr__(self) -> str:
        """Return one line, which is what pytest prints of it."""
        return f"<sweep of {self.trace}: {self.summary}>"

    def ended_by(self, why: str) -> Self:
        """Return it as one that did not come to its end, and why."""
        return replace(self, is_whole=False, notes=(*self.notes, why))

    @property
    def plays(self) -> int:
        """How many plays there were, each counted once."""
        return len(self.verdicts)

    @property
    def counts(self) -> Counter[str]:
        """How many verdicts there are of each kind."""
        return Counter(one.kind for one in self.verdicts)

    @property
    def findings(self) -> list[Finding]:
        """What is wrong, without what is accepted."""
        return list(findings(self.verdicts))

    @property
    def faults(self) -> list[Fault]:
        """What is wrong with the server, without what is accepted."""
        return [one for one in self._faults() if not one.is_accepted]

    @property
    def accepted_faults(self) -> list[Fault]:
        """What is wrong with the server, and accepted."""
        return [one for one in self._faults() if one.is_accepted]

    def _faults(self) -> Iterator[Fault]:
        if self.health is not None:
            yield from (Fault("leak", one.why, one.what in self.health.accepted) for one in self.health.found)
        if self.starving is not None and self.starving.is_found:
            yield Fault("starved", self.starving.why, self.starving.is_accepted)

    @property
    def summary(self) -> str:
        """What came of it, in a few words; of plays that were not made nothing is said."""
        count = len(self.findings) + len(self.faults)
        found = f"{count:,} finding{'' if count == 1 else 's'}" if count else "nothing wrong"
        return f"{found if self.plays else 'nothing was played'}{'' if self.is_whole else ', stopped before its end'}"


def findings(verdicts: Iterable[Verdict]) -> Iterator[Finding]:
    """Yield the findings in ``verdicts``, which are in the order of a Sweep: one for each run of equal ones."""
    for _, run in groupby(verdicts, lambda one: one.sameness):
        members = list(run)
        if not members[0]:
            why = members[0].why
            is_of_all = all(one.why == why for one in members)
            yield Finding(members[0], members[-1], len(members), why if is_of_all else f"at the first of them {why}")
