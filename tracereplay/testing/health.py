"""Whether a server still does what was recorded: the whole trace once more, and a look at the answers."""

from dataclasses import dataclass

from tracereplay.engine.outcome import Outcome
from tracereplay.errors import TargetError
from tracereplay.net.play import play
from tracereplay.plan.plan import Plan
from tracereplay.trace.event import Direction, Kind
from tracereplay.trace.response import is_interim_status, status_of
from tracereplay.trace.trace import Trace


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a server is well, and if not, ``why``."""

    why: str | None = None

    def __bool__(self) -> bool:
        return self.why is None

    def __repr__(self) -> str:
        return "healthy" if self.why is None else f"not healthy: {self.why}"


def health(recorded: Trace | Plan, target: str, *, timeout: str) -> Health:
    """Play the whole trace, as fast as the peer takes it, and return whether the statuses are the recorded ones.

    Statuses alone: an answer that names a new number for each upload is as healthy. Of a plan the trace is played,
    without the cut and the pauses. Raises what ``play`` raises, but for a server that is not there.
    """
    try:
        outcome = play(_whole(recorded), target, timeout=timeout)
    except TargetError as error:
        return Health(error.message)
    trace = recorded.trace if isinstance(recorded, Plan) else recorded
    return _same_statuses(trace, outcome)


def _same_statuses(trace: Trace, outcome: Outcome) -> Health:
    """Return whether the main connection was answered with the statuses that were recorded."""
    recorded = _recorded_statuses(trace, outcome.main)
    answered = [answer.status for answer in outcome.connection.answers]
    if answered == recorded:
        return Health()
    return Health(f"{_listed(recorded)} was recorded, now it is {_listed(answered)}")


def _whole(recorded: Trace | Plan) -> Plan:
    if isinstance(recorded, Trace):
        return Plan.of(recorded).at_speed("max")
    plan = Plan.of(recorded.trace).accepting(unknown=recorded.sends_dots, torn=recorded.keeps_torn)
    is_translated = any(one.translation is not None for one in recorded.connections)
    return (plan.as_http1() if is_translated else plan).at_speed("max")


def _recorded_statuses(trace: Trace, connection: int) -> list[int]:
    received = (event for event in trace.events(connection) if event.direction is Direction.RECEIVED)
    statuses = (status_of(event.payload.data) for event in received if event.kind is Kind.HEADER)
    return [status for status in statuses if status is not None and not is_interim_status(status)]


def _listed(statuses: list[int]) -> str:
    return ", ".join(map(str, statuses)) or "no answer"
