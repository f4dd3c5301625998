"""Whether a server still does what was recorded: the whole trace once more, and a look at the answers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tracereplay.engine.outcome import Outcome
from tracereplay.errors import PlanError, TargetError
from tracereplay.judge.recording import refuse_incomparable
from tracereplay.net.play import play
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.plan import Plan
from tracereplay.trace.event import Direction, Kind
from tracereplay.trace.response import is_interim_status, status_of
from tracereplay.trace.trace import Trace

_MOST_SHOWN = 3


@dataclass(frozen=True, slots=True, repr=False)
class Health:
    """Whether a server is well: true, or ``why`` not, line by line. ``str()`` is the whole of it."""

    why: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return not self.why

    def __str__(self) -> str:
        return "\n".join(self.why) or "healthy"

    def __repr__(self) -> str:
        """Return one line, which is what pytest prints of it."""
        return (
            f"<not healthy: {'; '.join(line.strip() for line in self.why[:_MOST_SHOWN])}>" if self.why else "<healthy>"
        )


def health(recorded: Trace | Plan, target: str, *, timeout: str, whole: bool, ignore: Iterable[str]) -> Health:
    """Play the whole trace, as fast as the peer takes it, and return whether the answers are the recorded ones.

    Their statuses alone, unless they are wanted ``whole``: then as by ``matches_recording(ignore)``. Of a plan the
    trace is played, without the cut and the pauses. Raises what ``play`` raises, but for a server that is not there,
    and PlanError where there is nothing to compare with.
    """
    plan = _whole(recorded)
    if whole:
        refuse_incomparable(plan)
    elif not any(recorded_statuses(one) for one in plan.connections):
        raise PlanError(
            f"{plan.trace.name}: no answer was recorded, so that nobody knows what a healthy one is",
            hint="record again, and let curl wait for the answer: tracereplay record",
        )
    try:
        outcome = play(plan, target, timeout=timeout)
    except TargetError as error:
        return Health((error.message,))
    if whole:
        match = outcome.matches_recording(ignore)
        return Health(() if match else tuple(match.lines()))
    return Health(tuple(_faults(plan, outcome)))


def _faults(plan: Plan, outcome: Outcome) -> Iterator[str]:
    """Yield a line for each connection that was not answered as it was recorded: by its statuses, and to the end."""
    played = {one.id: one for one in outcome.connections}
    for one in plan.connections:
        where = f"connection {one.id}: " if len(plan.connections) > 1 else ""
        live = played.get(one.id)
        recorded = recorded_statuses(one)
        answered = [] if live is None else [answer.status for answer in live.answers]
        # Where a recording ends before the last answer, there is none that it could be compared with.
        if recorded != answered[: len(recorded)] or len(answered) > max(len(recorded), len(one.conversation.requests)):
            yield f"{where}{_listed(recorded)} was recorded, now it is {_listed(answered)}"
        elif live is not None and not all(answer.complete for answer in live.answers):
            yield f"{where}an answer was cut short (peer {live.peer}, ended {live.ended})"
        elif live is not None and live.ended == "timeout":
            yield f"{where}it timed out"


def _whole(recorded: Trace | Plan) -> Plan:
    if isinstance(recorded, Trace):
        return Plan.of(recorded).at_speed("max")
    plan = Plan.of(recorded.trace).accepting(unknown=recorded.sends_dots, torn=recorded.keeps_torn)
    is_translated = any(one.translation is not None for one in recorded.connections)
    return (plan.as_http1() if is_translated else plan).at_speed("max")


def recorded_statuses(one: ConnectionPlan) -> list[int]:
    """Return the statuses that were recorded on a connection, without the interim ones."""
    received = (event for event in one.recorded_events() if event.direction is Direction.RECEIVED)
    statuses = (status_of(event.payload.data) for event in received if event.kind is Kind.HEADER)
    return [status for status in statuses if status is not None and not is_interim_status(status)]


def _listed(statuses: list[int]) -> str:
    return ", ".join(map(str, statuses)) or "no answer"
