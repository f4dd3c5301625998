"""Plays a plan on one connection: decides what to do next, and touches neither a socket nor a clock.

    action = player.next_action(now_ns)      # Write, Wait, Drain, Depart, Stop
    player.feed(what_happened, now_ns)       # Wrote, Received, PeerClosed, PeerReset, ...

The law of time: a Send is due ``at_ns`` after the *origin*, which is the start, or the end of the last
wait; a pause moves the origin. The law of silence: whatever is waited for, ``timeout_ns`` without any progress
ends the play. The law of leaving: everything sent is acknowledged first, or the deadline says that it won't be.
The law of lockstep: where it cannot be known what the peer has read, nothing is sent.
"""

from collections.abc import Iterator
from typing import assert_never

from tracereplay.engine.actions import Action, Depart, Drain, Stop, Wait, Write
from tracereplay.engine.answers import AnswerReader
from tracereplay.engine.departure import Departure
from tracereplay.engine.diary import Diary
from tracereplay.engine.hearing import Hearing
from tracereplay.engine.inputs import (
    Departed,
    Drained,
    Input,
    LeaveNow,
    Moved,
    PauseNow,
    PeerClosed,
    PeerReset,
    Received,
    ResumeNow,
    Wrote,
)
from tracereplay.engine.outcome import Ended, PeerEnd
from tracereplay.engine.reaction import Reaction
from tracereplay.engine.spread import Spread
from tracereplay.errors import PlanError
from tracereplay.plan.step import Awaited, Expect, Leave, Pause, Read, Send, Settle, Step
from tracereplay.plan.way import Way
from tracereplay.units import SECOND_NS

CLOSE_GRACE_NS = SECOND_NS  # for a server that announced its close


class Player:
    """A state machine over the steps of one connection.

    ``handed``, ``received``, ``http``, ``peer``, ``ended``, ``way``, ``reaction`` and ``diary`` tell how far it came.
    """

    def __init__(self, steps: Iterator[Step], *, speaks_http: bool, timeout_ns: int) -> None:
        self._steps = steps
        self._timeout_ns = timeout_ns
        self._step: Step | None = None
        self._left = memoryview(b"")  # of the Send that is under way
        self._origin_ns = 0
        self._due_ns = 0  # when the last send was
        self._since_ns = 0  # when the present step began
        self._progress_ns = 0
        self.reaction = Reaction()
        self._is_settled = False  # the peer has read all before this step
        self._departure = Departure()
        self._is_over = False
        self._is_refused = False
        self._paused_ns: int | None = None  # since when, by somebody's wish
        self.http = AnswerReader() if speaks_http else None
        self.hearing = Hearing(self.http)
        self.diary = Diary(self.http)
        self.handed = 0
        self.received = 0
        self.peer: PeerEnd = "none"
        self.ended: Ended = "complete"
        self.late_ns = Spread()  # the sends that had a time of their own
        self.was_told = False  # to leave before the plan says so
        self.way: Way | None = None  # once it leaves
        self.has_left = False  # the act is done

    @property
    def is_paused(self) -> bool:
        """Whether nothing is sent for now, by somebody's wish."""
        return self._paused_ns is not None

    def start(self, now_ns: int) -> None:
        """Say that the connection is there."""
        self._origin_ns = self._progress_ns = now_ns
        self.diary.begin(now_ns)
        self._next_step(now_ns)

    def next_action(self, now_ns: int) -> Action:
        """Return what to do at ``now_ns``."""
        if self._paused_ns is not None and not self._is_over:
            return Wait(now_ns + self._timeout_ns)
        while not self._is_over:
            action = self._act(self._step, now_ns)
            if action is not None:
                return action
            self._next_step(now_ns)
        return Stop()

    def feed(self, happened: Input, now_ns: int) -> None:
        """Take in what happened at ``now_ns``."""
        match happened:
            case Wrote(count):
                self._wrote(count, now_ns)
            case Moved():
                self._progress_ns = now_ns
            case Received(data):
                self._receive(data, now_ns)
            case PeerClosed() | PeerReset():
                self._peer_left("fin" if isinstance(happened, PeerClosed) else "rst", now_ns)
            case Drained(left):
                self._drained(left, now_ns)
            case Departed():
                self._departure.is_done = self.has_left = True
                self.hearing.appetite = None if self.way is Way.HALF else self.hearing.appetite
                self._since_ns = self._progress_ns = now_ns
                self.diary.note("left", now_ns, how=self.way.value if self.way else None)
                if isinstance(self._step, Leave) and (self._step.is_cut or self._step.way.stays):
                    self.reaction.acted(now_ns)
            case LeaveNow():
                self._resume(now_ns)
                self._leave_now(happened, now_ns)
            case PauseNow():
                if self._paused_ns is None and not isinstance(self._step, Leave):
                    self._paused_ns = now_ns
            case ResumeNow():
                self._resume(now_ns)
            case _:
                assert_never(happened)

    # What each step wants done; None when it is done.

    def _act(self, step: Step | None, now_ns: int) -> Action | None:
        match step:
            case Send():
                return self._send(step, now_ns)
            case Expect():
                return self._expect(step, now_ns)
            case Pause(duration_ns):
                end_ns = self._since_ns + duration_ns
                if now_ns < end_ns:
                    return Wait(end_ns)
                self._origin_ns += duration_ns
                self.diary.note("pause", now_ns, since_ns=self._since_ns)
                return None
            case Read(most_bytes):
                self.hearing.appetite = most_bytes - self.received
                return None
            case Settle():
                return None if self._is_settled else Drain(self._timeout_ns, until_read=True)
            case Leave():
                return self._leave(step, now_ns)
            case None:
                self._is_over = True
                return Stop()
            case _:
                assert_never(step)

    def _send(self, step: Send, now_ns: int) -> Action | None:
        if not self._left:
            return None
        if self.peer != "none":
            return self._end("peer")  # it left while we waited for its answer
        due_ns = self._origin_ns + step.at_ns
        if now_ns < due_ns:
            return Wait(due_ns)
        deadline_ns = max(self._progress_ns, due_ns) + self._timeout_ns
        if now_ns >= deadline_ns:
            return self._timed_out(now_ns)
        return Write(self._left, deadline_ns)

    def _expect(self, step: Expect, now_ns: int) -> Action | None:
        if self.hearing.has(step):
            self._origin_ns = now_ns
            if step.awaited is Awaited.CONTINUE and self.http and self.http.has_begun_answer:
                # In place of 100 Continue: curl does not send the body either.
                self._step = Expect(Awaited.ANSWER, self.hearing.unanswered)
                self._steps = iter(())
                self._is_refused = True
                return self._expect(self._step, now_ns)
            if step.awaited is Awaited.ANSWER and self.http and self.http.announced_close and self.peer == "none":
                close_ns = self._progress_ns + min(CLOSE_GRACE_NS, self._timeout_ns)
                if now_ns < close_ns:
                    return Wait(close_ns)
            self.hearing.take(step)
            return self._end("peer") if self._is_refused else None
        if step.patience_ns is not None and now_ns >= self._since_ns + step.patience_ns:
            self._origin_ns = now_ns
            return None
        if self.peer != "none":
            return self._end("peer")
        deadline_ns = max(self._progress_ns, self._since_ns) + self._timeout_ns
        if now_ns >= deadline_ns:
            return self._timed_out(now_ns)
        return Wait(deadline_ns if step.patience_ns is None else min(deadline_ns, self._since_ns + step.patience_ns))

    def _leave(self, step: Leave, now_ns: int) -> Action:
        if not self._departure.is_done:
            if self.peer == "rst":
                return self._end("peer")
            delay = self._departure.delay(step, now_ns, self._timeout_ns, has_reader=self.peer == "none")
            if delay is not None:
                return delay
            self.way = step.way
            self.ended = "cut" if step.is_cut else self.ended
            return Depart(step.way)
        if step.way.stays and self.peer == "none":
            silent_ns = self._progress_ns + self._timeout_ns
            end_ns = silent_ns if step.hold_ns is None else self._since_ns + step.hold_ns
            if now_ns < end_ns:
                return Wait(end_ns)
            return self._timed_out(now_ns) if step.hold_ns is None else self._end(self.ended)
        return self._end("peer" if step.way.stays else self.ended)

    # What happened.

    def _wrote(self, count: int, now_ns: int) -> None:
        if not count:
            return
        if isinstance(self._step, Send):
            if len(self._left) == len(self._step.data):
                self._begun(self._step, now_ns)
            self._left = self._left[count:]
        self.handed += count
        self.diary.goes_on("handed", count, now_ns)
        self._progress_ns = now_ns
        self.reaction.acted(now_ns)

    def _begun(self, step: Send, now_ns: int) -> None:
        if step.opening is not None and self.http is not None:
            self.http.open(step.opening)
        due_ns = self._origin_ns + step.at_ns
        if step.at_ns and due_ns != self._due_ns:
            self.late_ns.add(now_ns - due_ns)
        self._due_ns = due_ns

    def _receive(self, data: bytes, now_ns: int) -> None:
        self.reaction.reacted(now_ns)
        self.received += len(data)
        self._progress_ns = now_ns
        self.hearing.feed(data)
        self.diary.goes_on("received", len(data), now_ns)

    def _drained(self, left: int | None, now_ns: int) -> None:
        if isinstance(self._step, Leave):
            what = self._departure.drained(self._step, left, now_ns)
            if left is not None:
                self.diary.note(what, now_ns, count=None if left else self.handed)
            return
        if left is None and not self.handed:
            raise PlanError(
                "lockstep waits until the server has read what was sent, and nothing tells that here",
                hint="it is known of a server on this machine; elsewhere use other segments, with a --pause",
            )
        self._is_settled = True
        if left:
            self._timed_out(now_ns)

    def _leave_now(self, order: LeaveNow, now_ns: int) -> None:
        """Leave in place of all that was to come; who has left and stays can still leave in another way."""
        is_cut = self._step.is_cut if isinstance(self._step, Leave) else True
        self.was_told = self.was_told or not isinstance(self._step, Leave)
        self._step = Leave(order.way, order.hold_ns, is_cut=is_cut, settle_ns=order.settle_ns)
        self._since_ns = now_ns
        self._departure = Departure(at_once=order.at_once)

    def _resume(self, now_ns: int) -> None:
        if self._paused_ns is None:
            return
        self.diary.note("pause", now_ns, since_ns=self._paused_ns)
        paused_ns = now_ns - self._paused_ns
        self._origin_ns += paused_ns
        self._since_ns += paused_ns
        self._progress_ns += paused_ns
        self._paused_ns = None

    def _peer_left(self, how: PeerEnd, now_ns: int) -> None:
        if self.peer in ("rst", how):
            return
        self.reaction.reacted(now_ns)
        self.peer = how
        if self.http is not None and how == "fin":
            self.http.close()
        self.diary.note("peer", now_ns, how=how)
        if isinstance(self._step, Send | Pause | Settle):
            self._end("peer")

    def _timed_out(self, now_ns: int) -> Action:
        self.diary.note("timeout", now_ns)
        return self._end("timeout")

    def _end(self, ended: Ended) -> Action:
        self.ended = ended
        self._is_over = True
        return Stop()

    def _next_step(self, now_ns: int) -> None:
        self._step = next(self._steps, None)
        self._since_ns = now_ns
        self._is_settled = False
        self._left = memoryview(self._step.data if isinstance(self._step, Send) else b"")
