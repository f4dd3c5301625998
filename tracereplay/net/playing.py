"""One play of one plan on a loop: its connections, each a task, opened in the recorded order."""

import time
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from tracereplay.engine.inputs import Input, LeaveNow
from tracereplay.engine.lateness import Lateness
from tracereplay.engine.outcome import ConnectionOutcome, Outcome, Tls
from tracereplay.engine.player import Player
from tracereplay.errors import SystemFault, TargetError
from tracereplay.net.clock import now_ns
from tracereplay.net.connect import connect
from tracereplay.net.loop import Loop, Task, Wait, Waits
from tracereplay.net.route import Route
from tracereplay.net.session import Observer, Session
from tracereplay.net.tls_link import TlsLink
from tracereplay.plan.plan import ConnectionPlan, Cut, Plan
from tracereplay.plan.way import Way
from tracereplay.units import SECOND_NS, format_bytes

if TYPE_CHECKING:
    from tracereplay.net.tape import Tape

CLOSE_AT_ONCE = LeaveNow(Way.FIN, at_once=True)


class Playing:
    """Is begun on a loop, and then goes its way. Its methods are to be called in the thread of the loop.

    ``max_time_ns`` ends it, whatever is under way. ``tape`` keeps what comes.
    """

    def __init__(
        self,
        plan: Plan,
        routes: dict[int, Route],
        timeout_ns: int,
        *,
        max_time_ns: int | None = None,
        tape: "Tape | None" = None,
    ) -> None:
        self.plan = plan
        self.sessions: dict[int, Session] = {}
        self.error: BaseException | None = None
        self._routes = routes
        self._timeout_ns = timeout_ns
        self._max_time_ns = max_time_ns
        self._tape = tape
        self._limit: Task | None = None
        self._cut_short: dict[int, ConnectionOutcome] = {}  # how they stood when the time was up
        self._is_out_of_time = False
        self._change: Observer | None = None
        self._end: Observer | None = None
        self._outcomes: dict[int, ConnectionOutcome] = {}
        self._unopened = {one.id: one for one in plan.connections}
        self._ended: set[int] = set()
        self._tasks: dict[int, Task] = {}
        self._orders: list[Input] = []
        self._is_leaving = False  # no more connections are opened, but for the main one
        self._is_stopping = False  # nothing at all is done any more
        self._loop: Loop | None = None

    def begin(self, loop: Loop, *, change: Observer | None = None, end: Observer | None = None) -> None:
        """Open the first connections.

        ``change`` is called whenever something has come further, ``end`` at the end of all.
        """
        self._loop = loop
        self._change = change
        self._end = end
        if self._max_time_ns is not None:
            self._limit = loop.spawn(self._limited(now_ns() + self._max_time_ns))
        self._open_what_is_due()

    @property
    def is_over(self) -> bool:
        """Whether all connections have ended."""
        return not self._unopened and len(self._ended) == len(self._tasks)

    def has_ended(self, connection: int) -> bool:
        """Whether this connection has come to its end, or never will be opened."""
        return connection in self._ended

    def has_left(self, connection: int) -> bool:
        """Whether the last act is done on this connection, and was before the time was up."""
        if (then := self._cut_short.get(connection)) is not None:
            return then.left
        return connection in self.sessions and self.sessions[connection].player.has_left

    def outcome(self) -> Outcome:
        """Return what happened, once all is over. Raises what kept the play from happening."""
        if self.error is not None:
            raise self.error
        order = [one.id for one in self.plan.connections]
        outcomes = tuple(self._outcomes[number] for number in order if number in self._outcomes)
        return Outcome(self.plan.trace.name, outcomes, self.plan.main, self.plan)

    def leave(self, order: LeaveNow) -> None:
        """Leave on the main connection; others that are not open yet stay unopened."""
        self._is_leaving = True
        self.tell(order)

    def tell(self, order: Input) -> None:
        """Tell the main connection something, as soon as it is there."""
        if self.plan.main in self.sessions:
            self.sessions[self.plan.main].commands.append(order)
        else:
            self._orders.append(order)
        self._poke()

    def stop(self) -> None:
        """End the play at once on all connections, by closing them."""
        self._is_leaving = self._is_stopping = True
        for session in self.sessions.values():
            session.commands.append(CLOSE_AT_ONCE)
        self._poke()

    def _poke(self) -> None:
        if self._loop is not None:
            for task in self._tasks.values():
                self._loop.poke(task)

    def _runs(self, connection: int) -> bool:
        return connection in self._tasks and connection not in self._ended

    def _open_what_is_due(self) -> None:
        assert self._loop is not None
        for one in [*self._unopened.values()]:
            if not any(number in self._unopened or self._runs(number) for number in one.opens_after):
                del self._unopened[one.id]
                self._tasks[one.id] = self._loop.spawn(self._task(one))

    def _task(self, one: ConnectionPlan) -> Waits:
        try:
            opens_ns = now_ns() + _delay_ns(one)
            while now_ns() < opens_ns and not self._is_too_late(one):
                yield Wait(opens_ns)
            if not self._is_too_late(one):
                yield from self._connection(one)
        except Exception as error:  # noqa: BLE001 - it is raised again by outcome(), in the caller's thread
            self.error = self.error or error
            self.stop()
        if self._is_out_of_time and one.id == self.plan.main and one.id not in self._outcomes:
            self.error = self.error or TargetError(f"connection {one.id} was not there before --max-time was over")
        self._ended.add(one.id)
        self._open_what_is_due()
        if self._change is not None:
            self._change()
        if self.is_over and self._limit is not None and self._loop is not None:
            self._loop.poke(self._limit)
        if self.is_over and self._end is not None:
            self._end()

    def _limited(self, until_ns: int) -> Waits:
        while not self.is_over and now_ns() < until_ns:
            yield Wait(until_ns)
        if not self.is_over:
            self._is_out_of_time = True
            running = [one for one in self.plan.connections if one.id in self.sessions and self._runs(one.id)]
            self._cut_short = {one.id: self._outcome(one, self.sessions[one.id], 0) for one in running}
            self.stop()

    def _is_too_late(self, one: ConnectionPlan) -> bool:
        return self._is_stopping if one.id == self.plan.main else self._is_leaving

    def _connection(self, one: ConnectionPlan) -> Waits:
        link = None
        connecting = connect(self._routes[one.id], self._timeout_ns)
        while link is None:
            try:
                wait = next(connecting)
            except StopIteration as connected:
                link = connected.value
            else:
                yield wait
                if self._is_stopping:
                    connecting.close()
                    return
        began_ns = now_ns()
        steps = one.steps()
        player = Player(steps, speaks_http=one.speaks_http, timeout_ns=self._timeout_ns)
        session = self.sessions[one.id] = Session(
            player,
            link,
            self._change,
            spent=LeaveNow(one.way, one.hold_ns, settle_ns=one.settle_ns),
            hear=None if self._tape is None else partial(self._tape.hear, one.id),
        )
        if one.id == self.plan.main:
            session.commands.extend(self._orders)
        try:
            yield from session.play()
        except SystemFault as fault:  # of the file of a body, which is read while it is sent
            told = f"{fault.message}; {format_bytes(player.handed)} had been handed over"
            raise SystemFault(told, hint=fault.hint) from fault
        finally:
            steps.close()  # the trace that it reads from
        outcome = self._outcome(one, session, (now_ns() - began_ns) / SECOND_NS)
        if (then := self._cut_short.get(one.id)) is not None:
            outcome = replace(outcome, cut=then.cut, way=then.way, left=then.left, ended="timeout")
        self._outcomes[one.id] = outcome

    def _outcome(self, one: ConnectionPlan, session: Session, seconds: float) -> ConnectionOutcome:
        return replace(_outcome(one, session, seconds), proxied=bool(self._routes[one.id].proxies))


def _delay_ns(one: ConnectionPlan) -> int:
    speed = one.pace.speed
    return 0 if speed is None or one.pace.rate_bytes else int(Fraction(one.opens_in_ns) / speed)


def _cut(one: ConnectionPlan, session: Session) -> Cut | None:
    """Return where the connection was cut; of one that counts ciphertext, how much plaintext that was."""
    player = session.player
    if one.cut is not None and one.cut.wire_bytes is not None and (session.link.is_spent or not player.was_told):
        return replace(one.cut, at=player.handed)
    return Cut("now", player.handed) if player.was_told else one.cut


def _outcome(one: ConnectionPlan, session: Session, seconds: float) -> ConnectionOutcome:
    player, link = session.player, session.link
    reach = link.reach()
    return ConnectionOutcome(
        id=one.id,
        target=link.target,
        planned=one.planned_bytes,
        cut=_cut(one, session),
        way=player.way or one.way,
        left=player.way is not None,
        handed=player.handed,
        acknowledged=reach.acknowledged,
        received=player.received,
        interim=tuple(player.http.interim) if player.http else (),
        answers=tuple(player.http.answers) if player.http else (),
        surplus_status=player.http.surplus_status if player.http else None,
        peer=player.peer,
        ended=player.ended,
        seconds=seconds,
        reaction_seconds=None if player.reaction.ns is None else player.reaction.ns / SECOND_NS,
        read=session.left_at.read,
        window=reach.window,
        lateness=Lateness.of(player.late_ns),
        translated_from=one.translated_from,
        surplus=player.http.surplus if player.http else 0,
        garbled=player.http.is_garbled if player.http else False,
        tls=_tls(session),
        ports=link.ports,
        over=time.time(),
        timeline=player.diary.timeline(),
    )


def _tls(session: Session) -> Tls | None:
    """Return what TLS says; what the peer said after a close is chance, and not told, as of all that it did then."""
    link = session.link
    if not isinstance(link, TlsLink):
        return None
    has_left = session.player.peer != "none"
    return Tls(link.version, link.wire, link.is_notified and has_left, link.fault if has_left else None)
