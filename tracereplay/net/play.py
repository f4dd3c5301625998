"""Plays a plan against a server: one thread for each connection of the trace, opened in the recorded order."""

import threading
from types import TracebackType
from typing import Self

from tracereplay.engine.inputs import LeaveNow
from tracereplay.engine.outcome import ConnectionOutcome, Outcome
from tracereplay.engine.player import Player
from tracereplay.errors import PlanError
from tracereplay.net.clock import now_ns
from tracereplay.net.driver import Driver
from tracereplay.net.target import Target, read_target, recorded_target
from tracereplay.net.tcp import connect
from tracereplay.plan.place import find, read_place
from tracereplay.plan.plan import ConnectionPlan, Cut, Plan
from tracereplay.plan.way import Way, way_named
from tracereplay.units import SECOND_NS, duration_ns

DEFAULT_TIMEOUT = "30s"


def play(plan: Plan, target: str | None = None, *, timeout: str = DEFAULT_TIMEOUT) -> Outcome:
    """Play ``plan`` and return what happened.

    ``target`` is ``HOST:PORT`` or a URL; without one it is the recorded host, if that is this machine.
    ``timeout`` ends every wait for the peer that makes no progress. Raises PlanError, TraceError, and
    TargetError when nothing is reached; what the server does is never an error.
    """
    with start(plan, target, timeout=timeout) as playback:
        return playback.outcome()


def start(plan: Plan, target: str | None = None, *, timeout: str = DEFAULT_TIMEOUT) -> "Playback":
    """Begin to play ``plan`` in the background and return at once; the arguments are those of ``play``."""
    plan.check()
    named = None if target is None else read_target(target)
    targets = {one.id: _target_of(one, named) for one in plan.connections}
    timeout_ns = duration_ns(timeout)
    if not timeout_ns:
        raise PlanError("a timeout of 0 leaves the server no time at all", hint="write a duration, such as 5s")
    return Playback(plan, targets, timeout_ns)


def _target_of(one: ConnectionPlan, named: Target | None) -> Target:
    target = named or recorded_target(one.conversation)
    if one.conversation.tls and not target.is_plain:
        raise PlanError(
            f"connection {one.id} was recorded over TLS, which cannot be replayed yet",
            hint="to send its plaintext to a port without TLS, write --target http://HOST:PORT",
        )
    return target


class Playback:
    """A play in the background.

    As a context manager it waits for the end of the play, or, when the block is left by an exception, ends it.
    """

    def __init__(self, plan: Plan, targets: dict[int, Target], timeout_ns: int) -> None:
        self._plan = plan
        self._targets = targets
        self._timeout_ns = timeout_ns
        self._changed = threading.Condition()
        self._drivers: dict[int, Driver] = {}
        self._outcomes: dict[int, ConnectionOutcome] = {}
        self._ended = {one.id: threading.Event() for one in plan.connections}
        self._leaving = threading.Event()  # no more connections are opened
        self._stopping = threading.Event()  # nothing at all is done any more
        self._error: BaseException | None = None
        self._orders: list[LeaveNow] = []
        self._began_ns = now_ns()
        self._threads = [
            threading.Thread(target=self._run, args=(one,), name=f"tracereplay-{one.id}", daemon=True)
            for one in plan.connections
        ]
        for thread in self._threads:
            thread.start()

    @property
    def sent_bytes(self) -> int:
        """How many bytes our kernel has taken on the main connection."""
        driver = self._drivers.get(self._plan.main)
        return driver.player.handed if driver else 0

    @property
    def is_over(self) -> bool:
        """Whether all connections have ended."""
        return all(ended.is_set() for ended in self._ended.values())

    def wait_sent(self, place: str, *, timeout: str | None = None) -> bool:
        """Wait until the main connection has sent all before ``place``, such as ``body:40%``.

        Returns whether it has: False when the play ended before, or ``timeout`` passed. Raises SpecError, PlanError.
        """
        at = find(read_place(place), self._plan.main_connection.conversation)
        seconds = None if timeout is None else duration_ns(timeout) / SECOND_NS
        main = self._plan.main
        with self._changed:
            self._changed.wait_for(
                lambda: (main in self._drivers and self.sent_bytes >= at) or self._ended[main].is_set(),
                seconds,
            )
        return main in self._drivers and self.sent_bytes >= at

    def leave(self, how: str | Way = Way.FIN, *, hold: str | None = None) -> None:
        """Leave on the main connection at once, in this way; connections that are not open yet stay unopened."""
        order = LeaveNow(how if isinstance(how, Way) else way_named(how), None if hold is None else duration_ns(hold))
        with self._changed:
            self._leaving.set()
            self._orders.append(order)
            driver = self._drivers.get(self._plan.main)
        if driver is not None:
            driver.command(order)

    def wait(self, timeout_seconds: float | None = None) -> bool:
        """Wait for the end of all connections; return whether it has come."""
        with self._changed:
            return self._changed.wait_for(lambda: self.is_over, timeout_seconds)

    def outcome(self) -> Outcome:
        """Wait for the end, and return what happened. Raises what kept the play from happening."""
        self.wait()
        if self._error is not None:
            raise self._error
        order = [one.id for one in self._plan.connections]
        outcomes = tuple(self._outcomes[number] for number in order if number in self._outcomes)
        return Outcome(self._plan.trace.name, outcomes, self._plan.main)

    def stop(self) -> None:
        """End the play at once on all connections, by closing them."""
        with self._changed:
            self._leaving.set()
            self._stopping.set()
            drivers = list(self._drivers.values())
        for driver in drivers:
            driver.command(LeaveNow(Way.FIN, at_once=True))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.stop()
        for thread in self._threads:
            thread.join()

    def _run(self, one: ConnectionPlan) -> None:
        try:
            if self._may_open(one):
                self._play(one)
        except BaseException as error:  # noqa: BLE001 - it is raised again by outcome(), in the caller's thread
            self._error = self._error or error
            self.stop()
        finally:
            self._ended[one.id].set()
            with self._changed:
                self._changed.notify_all()

    def _may_open(self, one: ConnectionPlan) -> bool:
        """Wait for the moment to open this connection; return whether it still comes."""
        for number in one.opens_after:
            if number in self._ended:
                self._ended[number].wait()
        speed = one.pace.speed
        delay = 0.0 if speed is None or one.pace.rate_bytes else float(one.opens_in_ns / SECOND_NS / speed)
        is_late = self._stopping if one.id == self._plan.main else self._leaving
        return not is_late.wait(delay) if delay else not is_late.is_set()

    def _play(self, one: ConnectionPlan) -> None:
        steps = one.steps()
        player = Player(steps, speaks_http=one.speaks_http, timeout_ns=self._timeout_ns)
        link = connect(self._targets[one.id], self._timeout_ns, self._stopping.is_set)
        if link is None:
            return
        driver = Driver(player, link, self._notify)
        with self._changed:
            self._drivers[one.id] = driver
            if self._stopping.is_set():
                driver.commands.append(LeaveNow(Way.FIN, at_once=True))
            elif one.id == self._plan.main:
                driver.commands.extend(self._orders)
        began_ns = now_ns()
        try:
            driver.run()
        finally:
            steps.close()  # the trace that it reads from
        self._outcomes[one.id] = ConnectionOutcome(
            id=one.id,
            target=link.target,
            planned=one.planned_bytes,
            cut=Cut("now", player.handed) if player.was_told else one.cut,
            way=player.way or one.way,
            left=player.way is not None,
            handed=player.handed,
            acknowledged=link.acknowledged(),
            received=player.received,
            interim=tuple(player.http.interim) if player.http else (),
            answers=tuple(player.http.answers) if player.http else (),
            peer=player.peer,
            ended=player.ended,
            seconds=(now_ns() - began_ns) / SECOND_NS,
            reaction_seconds=None if player.reaction_ns is None else player.reaction_ns / SECOND_NS,
        )

    def _notify(self, _handed: int) -> None:
        with self._changed:
            self._changed.notify_all()
