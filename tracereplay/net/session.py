"""Plays one Player over one Link, as a task: does what it wants, tells it what happened, and nothing else."""

from collections import deque
from collections.abc import Callable
from typing import assert_never

from tracereplay.engine.actions import Depart, Drain, Stop, Wait, Write
from tracereplay.engine.inputs import Departed, Drained, Input, LeaveNow, Moved, PeerClosed, PeerReset, Received, Wrote
from tracereplay.engine.player import Player
from tracereplay.net import loop
from tracereplay.net.clock import now_ns
from tracereplay.net.leaving import LEAVINGS, fin
from tracereplay.net.link import Link, PeerResetError, Reach
from tracereplay.net.loop import Waits
from tracereplay.plan.way import Way

_TURN_NS = 10_000_000  # then the other tasks have theirs
_GLANCE_NS = 200_000_000  # nobody tells when the peer takes more
_READS_IN_A_ROW = 4
_SPIN_NS = 50_000
_LONGEST_NAP_NS = 5_000_000

Observer = Callable[[], None]
Hearer = Callable[[int, bytes], None]


class Session:
    """One play on one connection. ``commands`` may be filled by another thread, which then pokes the task.

    ``spent`` is how to leave once the link is spent. ``hear`` is told what comes, and how much was handed over by then.
    """

    def __init__(
        self,
        player: Player,
        link: Link,
        observe: Observer | None = None,
        *,
        spent: LeaveNow | None = None,
        hear: Hearer | None = None,
    ) -> None:
        self.player = player
        self.link = link
        self._spent = spent
        self.commands: deque[Input] = deque()
        self.left_at = Reach()  # how far all had come when we left
        self._observe = observe
        self._hear = hear

    def play(self) -> Waits:
        """Play until it is over. The link is closed afterwards, whatever happens."""
        try:
            self.player.start(now_ns())
            self._tell()
            yield from self._play()
            if self.player.way is None:
                self.left_at = self.link.reach()
                fin.leave(self.link)
            else:
                LEAVINGS[self.player.way].release(self.link)
        finally:
            self.link.close()

    def _play(self) -> Waits:
        turn_ns = now_ns() + _TURN_NS
        while True:
            if self.link.is_spent and self._spent is not None:
                self.commands.append(self._spent)
                self._spent = None
            while self.commands:
                self.player.feed(self.commands.popleft(), now_ns())
            action = self.player.next_action(now_ns())
            match action:
                case Write(data, until_ns):
                    if not self._write(data):
                        yield from self._wait(until_ns, for_room=True)
                case Wait(until_ns):
                    yield from self._wait(until_ns)
                    turn_ns = now_ns() + _TURN_NS
                case Drain(patience_ns, until_read):
                    yield from self._drain(patience_ns, until_read=until_read)
                case Depart(way):
                    self.left_at = self.link.reach()
                    self.link.ends_in_order = self.player.ended != "cut" or way is Way.HALF
                    LEAVINGS[way].leave(self.link)
                    self.player.feed(Departed(), now_ns())
                    self._tell()
                    if not way.stays:
                        return
                case Stop():
                    return
                case _:
                    assert_never(action)
            self._read()
            if now_ns() >= turn_ns:
                yield loop.Wait(now_ns())
                turn_ns = now_ns() + _TURN_NS

    def _wait(self, until_ns: int, *, for_room: bool = False) -> Waits:
        """Wait, and see whether the peer took more of what was sent: a slow reader is no silent one."""
        left = self.link.unacknowledged()
        most_ns = now_ns() + _GLANCE_NS if left else until_ns
        yield self._wait_for(min(until_ns, most_ns), for_room=for_room)
        if left and self.link.unacknowledged() != left:
            self.player.feed(Moved(), now_ns())

    def _wait_for(self, until_ns: int, *, for_room: bool = False) -> loop.Wait:
        return loop.Wait(
            until_ns,
            self.link.fileno(),
            for_input=not self.link.is_ended and self.link.appetite != 0,
            for_room=for_room,
        )

    def _write(self, data: bytes | memoryview) -> int:
        try:
            count = self.link.write(data)
        except PeerResetError:
            self._read()  # an answer may have come before the reset
            self.player.feed(PeerReset(), now_ns())
            return len(data)
        self.player.feed(Wrote(count), now_ns())
        if count:
            self._tell()
        return count

    def _read(self) -> None:
        """Tell the player what has arrived; a peer that sends without end must not keep us from our own time."""
        self.link.appetite = self.player.hearing.appetite
        try:
            for _ in range(_READS_IN_A_ROW):
                data = self.link.read()
                if data is None:
                    break
                if data and self._hear is not None:
                    self._hear(self.player.handed, data)
                self.player.feed(Received(data) if data else PeerClosed(), now_ns())
                self._tell()
        except PeerResetError:
            self.player.feed(PeerReset(), now_ns())

    def _tell(self) -> None:
        if self._observe is not None:
            self._observe()

    def _drain(self, patience_ns: int, *, until_read: bool) -> Waits:
        """Wait until all is acknowledged, or read, or the peer is gone or does not go on; at first by spinning.

        A command is more urgent: then the wait is not over, and the player will ask for it again.
        """
        began_ns = progress_ns = now_ns()
        nap_ns = _SPIN_NS
        before = None
        while left := self._missing(until_read=until_read):
            if left != before:
                before, progress_ns = left, now_ns()
            until_ns = progress_ns + patience_ns
            if self.player.peer == "rst" or now_ns() >= until_ns:
                break
            if self.commands:
                return
            if now_ns() - began_ns > _SPIN_NS:
                yield self._wait_for(min(until_ns, now_ns() + nap_ns))
                nap_ns = min(nap_ns * 2, _LONGEST_NAP_NS)
            self._read()
        self.player.feed(Drained(left), now_ns())

    def _missing(self, *, until_read: bool) -> int | None:
        """Return how many bytes have not come as far as they should, None where that cannot be known."""
        return self.link.unread() if until_read else self.link.unacknowledged()
