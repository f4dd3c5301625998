"""What a server answers to the whole request: by that it is told later whether it is still what it was."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Self

from tracereplay.engine.outcome import Answer, ConnectionOutcome
from tracereplay.errors import PlanError
from tracereplay.judge.differing import differing
from tracereplay.judge.missing import UNKNOWN, WHOLE
from tracereplay.judge.oracle import facts_of
from tracereplay.judge.verdict import Facts
from tracereplay.net.many import Played
from tracereplay.plan.connection import ConnectionPlan

MOST_ASKED = 3

_FAILED = 500


@dataclass(frozen=True, slots=True)
class Norm:
    """The ``answers`` to the whole request, and their ``statuses``; none where it is not answered.

    ``varies`` names what of them differed though the plays were equal; no difference of that kind counts.
    ``is_answered_once``: there is no answer more when the client's end comes after all of it. ``wants``: how many bytes
    the server lets come, where it answers in place of ``100 Continue``; None where it lets all come.
    """

    statuses: tuple[int, ...] = ()
    answers: tuple[Answer, ...] = ()
    varies: frozenset[str] = frozenset()
    is_answered_once: bool = False
    wants: int | None = None

    @classmethod
    def of(cls, played: Played, hang: str) -> Self:
        """Return the norm by one play, which had ``hang`` to be answered.

        Raises PlanError when there was no answer to a whole request.
        """
        requests = played.plan.main_connection.conversation.requests
        statuses = _statuses(played)
        if not statuses and requests and all(one.is_complete for one in requests):
            raise PlanError(
                f"the whole request is not answered within {hang}, so that nothing can be said of cuts",
                hint="is it the right server? If it is only slow: --hang 30s",
            )
        assert played.outcome is not None
        one = played.outcome.connection
        return cls(statuses, one.answers, wants=wanted(one, played.plan.main_connection))

    def learning(self, played: Played) -> Self:
        """Return the norm that also knows what differs in another play of the whole request."""
        if played.outcome is None or self.fault(played) is not None:
            return self
        found = differing(self.answers, played.outcome.connection.answers)
        return replace(self, varies=self.varies.union(found))

    def facts_of(self, played: ConnectionOutcome) -> Facts:
        """Return what is known of a play of the whole request in other writes."""
        return Facts(
            played.way,
            WHOLE,
            None if played.answer is None else played.answer.status,
            played.surplus_status,
            played.peer,
            played.ended,
            played.reaction_seconds,
            is_cut=False,
            differs=tuple(one for one in differing(self.answers, played.answers) if one not in self.varies),
        )

    def facts_of_cut(self, played: ConnectionOutcome, planned: ConnectionPlan) -> Facts:
        """Return what is known of a play that was cut; where the whole sends no more than it did, nothing was."""
        facts = self.known(facts_of(played, planned))
        is_all = self.wants is not None and played.handed >= self.wants and facts.unheard != "early"
        return replace(facts, missing=UNKNOWN, unheard="unasked") if is_all else facts

    def known(self, facts: Facts) -> Facts:
        """Return the facts with what is known now of the whole request, and no difference that means nothing."""
        return replace(
            facts,
            differs=tuple(one for one in facts.differs if one not in self.varies),
            is_usual=facts.status in self.statuses and facts.status is not None and facts.status >= _FAILED,
            is_answered_once=self.is_answered_once and facts.surplus_status is not None,
        )

    def notes(self) -> Iterator[str]:
        """Yield what is to be known of what a sweep can find, in sentences."""
        if not self.statuses:
            yield "the whole request is not answered, so that nothing tells whether the server is well"
        elif self.statuses[-1] >= 300:
            status = self.statuses[-1]
            yield f"the whole request is answered {status}: who refuses it anyway shows little of what is wrong"

    def fault(self, played: Played) -> str | None:
        """Return how the whole request was answered otherwise than before, None when it was not."""
        if played.error is not None:
            return played.error.message
        now = _statuses(played)
        if not self.statuses or now == self.statuses:
            return None
        return f"the whole request was answered {_listed(self.statuses)} before, and now it is {_listed(now)}"


def wanted(whole: ConnectionOutcome, planned: ConnectionPlan) -> int | None:
    """Return how many bytes the server let come in a play of the whole, None without an answer for 100 Continue."""
    last = next((one for one in planned.conversation.requests if one.head_end == whole.handed), None)
    is_refused = last is not None and last.header("Expect") is not None and last.end > whole.handed
    return whole.handed if is_refused and not whole.left else None


def asked(play: Callable[[], Played | None], norm: Norm) -> tuple[Played | None, list[str]]:
    """Return a play of the whole request that is as the norm, and the faults of those before it.

    After ``MOST_ASKED`` faults in a row it is the last of them: what works off our own plays may be late once. None
    when it was stopped.
    """
    faults: list[str] = []
    while True:
        played = play()
        fault = None if played is None else norm.fault(played)
        if fault is None:
            return played, faults
        faults.append(fault)
        if len(faults) == MOST_ASKED:
            return played, faults


def _statuses(played: Played) -> tuple[int, ...]:
    assert played.outcome is not None
    return tuple(one.status for one in played.outcome.connection.answers if one.complete)


def _listed(statuses: tuple[int, ...]) -> str:
    return ", ".join(map(str, statuses)) or "not answered"
