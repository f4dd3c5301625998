"""Plays a plan on one connection: decides what to do next, and touches neither a socket nor a clock.

    action = player.next_action(now_ns)      # Write, Wait, Drain, Depart, Stop
    player.feed(what_happened, now_ns)       # Wrote, Received, PeerClosed, PeerReset, ...

The law of time: a Send is due ``at_ns`` after the *origin*, which is the start, or the end of the last
wait; a pause moves the origin. The law of silence: whatever is waited for, ``timeout_ns`` without any progress
ends the play. The law of leaving: everything sent is acknowledged first, or the deadline says that it won't be.
"""

from collections.abc import Iterator
from typing import assert_never

from tracereplay.engine.actions import Action, Depart, Drain, Stop, Wait, Write
from tracereplay.engine.answers import AnswerReader
from tracereplay.engine.inputs import (
    Departed,
    Drained,
    Input,
    LeaveNow,
    PauseNow,
    PeerClosed,
    PeerReset,
    Received,
    ResumeNow,
    Wrote,
)
from tracereplay.engine.outcome import Ended, PeerEnd
from tracereplay.plan.step import Awaited, Expect, Leave, Pause, Send, Step
from tracereplay.plan.way import Way
from tracereplay.units import SECOND_NS

CLOSE_GRACE_NS = SECOND_NS  # for a server that announced its close


class Player:
    """A state machine over the steps of one connection.

    ``handed``, ``received``, ``http``, ``peer``, ``ended`` and ``way`` tell how far it came.
    """

    def __init__(self, steps: Iterator[Step], *, speaks_http: bool, timeout_ns: int) -> None:
        self._steps = steps
        self._timeout_ns = timeout_ns
        self._step: Step | None = None
        self._left = memoryview(b"")  # of the Send that is under way
        self._origin_ns = 0
        self._since_ns = 0  # when the present step began
        self._progress_ns = 0
        self._acted_ns: int | None = None
        self._reacted_ns: int | None = None
        self._drained = False
        self._departed = False
        self._is_over = False
        self._is_refused = False
        self._paused_ns: int | None = None  # since when, by somebody's wish
        self._has_heard = [0, 0]  # lines and bytes since the last wait
        self.http = AnswerReader() if speaks_http else None
        self.handed = 0
        self.received = 0
        self.peer: PeerEnd = "none"
        self.ended: Ended = "complete"
        self.was_told = False  # to leave before the plan says so
        self.way: Way | None = None  # once it has left

    def start(self, now_ns: int) -> None:
        """Say that the connection is there."""
        self._origin_ns = self._progress_ns = now_ns
        self._next_step(now_ns)

    @property
    def reaction_ns(self) -> int | None:
        """From our last act to the peer's first after it, None when there was none."""
        return None if self._acted_ns is None or self._reacted_ns is None else self._reacted_ns - self._acted_ns

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
            case Received(data):
                self._receive(data, now_ns)
            case PeerClosed() | PeerReset():
                self._peer_left("fin" if isinstance(happened, PeerClosed) else "rst", now_ns)
            case Drained():
                self._drained = True
            case Departed():
                self._departed = True
                self._since_ns = self._progress_ns = now_ns
                if isinstance(self._step, Leave) and (self._step.is_cut or self._step.way.stays):
                    self._acted(now_ns)
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
                return None
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
            return self._end("timeout")
        return Write(bytes(self._left) if len(self._left) < len(step.data) else step.data, deadline_ns)

    def _expect(self, step: Expect, now_ns: int) -> Action | None:
        if self._is_met(step):
            self._origin_ns = now_ns
            self._has_heard = [0, 0]
            if step.awaited is Awaited.CONTINUE and self.http and self.http.has_begun_answer:
                self._step = Expect(Awaited.ANSWER)  # in place of 100 Continue: curl does not send the body either
                self._steps = iter(())
                self._is_refused = True
                return self._expect(self._step, now_ns)
            if step.awaited is Awaited.ANSWER and self.http and self.http.announced_close and self.peer == "none":
                close_ns = self._progress_ns + min(CLOSE_GRACE_NS, self._timeout_ns)
                if now_ns < close_ns:
                    return Wait(close_ns)
            return self._end("peer") if self._is_refused else None
        if step.patience_ns is not None and now_ns >= self._since_ns + step.patience_ns:
            self._origin_ns = now_ns
            return None
        if self.peer != "none":
            return self._end("peer")
        deadline_ns = max(self._progress_ns, self._since_ns) + self._timeout_ns
        if now_ns >= deadline_ns:
            return self._end("timeout")
        return Wait(deadline_ns if step.patience_ns is None else min(deadline_ns, self._since_ns + step.patience_ns))

    def _is_met(self, step: Expect) -> bool:
        match step.awaited:
            case Awaited.CONTINUE:
                return self.http is None or self.http.has_continue
            case Awaited.ANSWER:
                return self.http is None or self.http.has_answer
            case Awaited.LINES:
                return self._has_heard[0] >= step.count
            case Awaited.BYTES:
                return self._has_heard[1] >= step.count
            case _:
                assert_never(step.awaited)

    def _leave(self, step: Leave, now_ns: int) -> Action:
        if self.peer == "rst" and not self._departed:
            return self._end("peer")
        if not self._drained:
            return Drain(self._timeout_ns)
        if not self._departed:
            self.way = step.way
            self.ended = "cut" if step.is_cut else self.ended
            return Depart(step.way)
        if step.way.stays and self.peer == "none":
            silent_ns = self._progress_ns + self._timeout_ns
            end_ns = silent_ns if step.hold_ns is None else self._since_ns + step.hold_ns
            if now_ns < end_ns:
                return Wait(end_ns)
            return self._end("timeout" if step.hold_ns is None else self.ended)
        return self._end("peer" if step.way.stays else self.ended)

    # What happened.

    def _wrote(self, count: int, now_ns: int) -> None:
        if not count:
            return
        if isinstance(self._step, Send):
            if self._step.opening is not None and len(self._left) == len(self._step.data) and self.http is not None:
                self.http.open(self._step.opening)
            self._left = self._left[count:]
        self.handed += count
        self._progress_ns = now_ns
        self._acted(now_ns)

    def _receive(self, data: bytes, now_ns: int) -> None:
        self._reacted(now_ns)
        self.received += len(data)
        self._progress_ns = now_ns
        self._has_heard[0] += data.count(b"\n")
        self._has_heard[1] += len(data)
        if self.http is not None:
            self.http.feed(data)

    def _leave_now(self, order: LeaveNow, now_ns: int) -> None:
        """Leave in place of all that was to come; who has left and stays can still leave in another way."""
        is_cut = self._step.is_cut if isinstance(self._step, Leave) else True
        self.was_told = self.was_told or not isinstance(self._step, Leave)
        self._step = Leave(order.way, order.hold_ns, is_cut=is_cut)
        self._since_ns = now_ns
        self._drained, self._departed = order.at_once, False

    def _resume(self, now_ns: int) -> None:
        if self._paused_ns is None:
            return
        paused_ns = now_ns - self._paused_ns
        self._origin_ns += paused_ns
        self._since_ns += paused_ns
        self._progress_ns += paused_ns
        self._paused_ns = None

    def _peer_left(self, how: PeerEnd, now_ns: int) -> None:
        if self.peer in ("rst", how):
            return
        self._reacted(now_ns)
        self.peer = how
        if self.http is not None and how == "fin":
            self.http.close()
        if isinstance(self._step, Send | Pause):
            self._end("peer")

    def _acted(self, now_ns: int) -> None:
        self._acted_ns = now_ns
        self._reacted_ns = None

    def _reacted(self, now_ns: int) -> None:
        if self._acted_ns is not None and self._reacted_ns is None:
            self._reacted_ns = now_ns

    def _end(self, ended: Ended) -> Action:
        self.ended = ended
        self._is_over = True
        return Stop()

    def _next_step(self, now_ns: int) -> None:
        self._step = next(self._steps, None)
        self._since_ns = now_ns
        self._left = memoryview(self._step.data if isinstance(self._step, Send) else b"")
