"""Plays a plan against a server."""

from tracereplay.engine.outcome import Outcome
from tracereplay.errors import PlanError
from tracereplay.net.playback import Playback
from tracereplay.net.playing import Playing
from tracereplay.net.target import Target, read_target, recorded_target
from tracereplay.plan.plan import ConnectionPlan, Plan
from tracereplay.units import duration_ns

DEFAULT_TIMEOUT = "30s"


def play(plan: Plan, target: str | None = None, *, timeout: str = DEFAULT_TIMEOUT) -> Outcome:
    """Play ``plan`` and return what happened.

    ``target`` is ``HOST:PORT`` or a URL; without one it is the recorded host, if that is this machine.
    ``timeout`` ends every wait for the peer that makes no progress. Raises PlanError, TraceError, and
    TargetError when nothing is reached; what the server does is never an error.
    """
    with start(plan, target, timeout=timeout) as playback:
        return playback.outcome()


def start(plan: Plan, target: str | None = None, *, timeout: str = DEFAULT_TIMEOUT) -> Playback:
    """Begin to play ``plan`` in the background and return at once; the arguments are those of ``play``."""
    return Playback(prepare(plan, target, timeout=timeout))


def prepare(plan: Plan, target: str | None, *, timeout: str) -> Playing:
    """Return the play that is asked for, ready to begin. Raises PlanError and TraceError when it can't be."""
    plan.check()
    named = None if target is None else read_target(target)
    targets = {one.id: _target_of(one, named) for one in plan.connections}
    timeout_ns = duration_ns(timeout)
    if not timeout_ns:
        raise PlanError("a timeout of 0 leaves the server no time at all", hint="write a duration, such as 5s")
    return Playing(plan, targets, timeout_ns)


def _target_of(one: ConnectionPlan, named: Target | None) -> Target:
    target = named or recorded_target(one.conversation)
    if one.conversation.tls and not target.is_plain:
        raise PlanError(
            f"connection {one.id} was recorded over TLS, which cannot be replayed yet",
            hint="to send its plaintext to a port without TLS, write --target http://HOST:PORT",
        )
    return target
