"""Plays a plan against a server."""

from typing import TYPE_CHECKING

from tracereplay.engine.outcome import Outcome
from tracereplay.errors import PlanError
from tracereplay.net.network import Network
from tracereplay.net.playback import Playback
from tracereplay.net.playing import Playing
from tracereplay.net.route import routes_of
from tracereplay.net.secure import secured
from tracereplay.net.target import read_target
from tracereplay.plan.plan import Plan
from tracereplay.units import duration_ns

if TYPE_CHECKING:
    from tracereplay.net.tape import Tape

DEFAULT_TIMEOUT = "30s"
STRAIGHT = Network()


def play(
    plan: Plan,
    target: str | None = None,
    *,
    timeout: str = DEFAULT_TIMEOUT,
    network: Network = STRAIGHT,
    tape: "Tape | None" = None,
) -> Outcome:
    """Play ``plan`` and return what happened.

    ``target`` is ``HOST:PORT``, a URL or ``unix:PATH``; without one it is the recorded host, if that is this machine.
    ``timeout`` ends every wait for the peer that makes no progress. ``network`` says how to get there, ``tape``
    keeps what the server sends. Raises PlanError, TraceError, and TargetError when nothing is reached; what the server
    does is never an error.
    """
    with start(plan, target, timeout=timeout, network=network, tape=tape) as playback:
        return playback.outcome()


def start(
    plan: Plan,
    target: str | None = None,
    *,
    timeout: str = DEFAULT_TIMEOUT,
    network: Network = STRAIGHT,
    tape: "Tape | None" = None,
) -> Playback:
    """Begin to play ``plan`` in the background and return at once; the arguments are those of ``play``."""
    return Playback(prepare(plan, target, timeout=timeout, network=network, tape=tape))


def prepare(
    plan: object, target: str | None, *, timeout: str, network: Network = STRAIGHT, tape: "Tape | None" = None
) -> Playing:
    """Return the play that is asked for, ready to begin. Raises PlanError and TraceError when it can't be."""
    if not isinstance(plan, Plan):
        raise PlanError(f"{plan!r} is not a plan", hint="a trace gives one: load('upload.txt').plan()")
    plan.check()
    named = None if target is None else read_target(target)
    routes = secured(plan.connections, routes_of(plan.connections, named, network), network.tls)
    timeout_ns = duration_ns(timeout)
    if not timeout_ns:
        raise PlanError("a timeout of 0 leaves the server no time at all", hint="write a duration, such as 5s")
    return Playing(plan, routes, timeout_ns, max_time_ns=network.max_time_ns, tape=tape)
