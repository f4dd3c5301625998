"""What a server answers to the whole request: by that it is told later whether it is still what it was."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from tracereplay.errors import PlanError
from tracereplay.net.many import Played


@dataclass(frozen=True, slots=True)
class Norm:
    """The ``statuses`` of the answers to the whole request; none where it is not answered."""

    statuses: tuple[int, ...] = ()

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
        return cls(statuses)

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


def _statuses(played: Played) -> tuple[int, ...]:
    assert played.outcome is not None
    return tuple(one.status for one in played.outcome.connection.answers if one.complete)


def _listed(statuses: tuple[int, ...]) -> str:
    return ", ".join(map(str, statuses)) or "not answered"
