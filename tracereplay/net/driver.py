"""Drives a Player over a Link: does what it wants, tells it what happened, and nothing else.

Blocking, one thread a connection: such a loop is late by a tenth of a millisecond where an event loop is by one.
"""

from collections import deque
from collections.abc import Callable
from typing import assert_never

from tracereplay.engine.actions import Depart, Drain, Stop, Wait, Write
from tracereplay.engine.inputs import Departed, Drained, LeaveNow, PeerClosed, PeerReset, Received, Wrote
from tracereplay.engine.player import Player
from tracereplay.net.clock import now_ns
from tracereplay.net.leaving import LEAVINGS, fin
from tracereplay.net.link import Link, PeerResetError

_SPIN_NS = 50_000
_LONGEST_NAP_NS = 5_000_000
_READS_IN_A_ROW = 16

Observer = Callable[[int], None]


class Driver:
    """One play on one connection. ``commands`` may be filled by another thread, which then wakes the link."""

    def __init__(self, player: Player, link: Link, observe: Observer | None = None) -> None:
        self.player = player
        self.link = link
        self.commands: deque[LeaveNow] = deque()
        self._observe = observe

    def run(self) -> None:
        """Play until it is over. The link is closed afterwards, whatever happens."""
        try:
            self.player.start(now_ns())
            while self._go_on():
                pass
            if self.player.way is None:
                fin.leave(self.link)
            else:
                LEAVINGS[self.player.way].release(self.link)
        finally:
            self.link.close()

    def command(self, command: LeaveNow) -> None:
        """Ask for something, from another thread."""
        self.commands.append(command)
        self.link.wake()

    def _go_on(self) -> bool:
        while self.commands:
            self.player.feed(self.commands.popleft(), now_ns())
        action = self.player.next_action(now_ns())
        match action:
            case Write(data, until_ns):
                self._write(data, until_ns)
            case Wait(until_ns):
                self.link.wait(until_ns)
            case Drain(patience_ns):
                self._drain(patience_ns)
                self.player.feed(Drained(), now_ns())
            case Depart(way):
                LEAVINGS[way].leave(self.link)
                self.player.feed(Departed(), now_ns())
                if not way.stays:
                    return False
            case Stop():
                return False
            case _:
                assert_never(action)
        self._read()
        return True

    def _write(self, data: bytes, until_ns: int) -> None:
        try:
            count = self.link.write(data)
        except PeerResetError:
            self._read()  # an answer may have come before the reset
            self.player.feed(PeerReset(), now_ns())
            return
        self.player.feed(Wrote(count), now_ns())
        if count and self._observe is not None:
            self._observe(self.player.handed)
        if count < len(data):
            self.link.wait(until_ns, for_room=True)

    def _read(self) -> None:
        """Tell the player what has arrived; a peer that sends without end must not keep us from our own time."""
        try:
            for _ in range(_READS_IN_A_ROW):
                data = self.link.read()
                if data is None:
                    break
                self.player.feed(Received(data) if data else PeerClosed(), now_ns())
        except PeerResetError:
            self.player.feed(PeerReset(), now_ns())

    def _drain(self, patience_ns: int) -> None:
        """Wait until all is acknowledged, or the peer is gone or does not go on; at first by spinning: it is quick."""
        began_ns = progress_ns = now_ns()
        nap_ns = _SPIN_NS
        before = None
        while (acknowledged := self.link.acknowledged()) not in (
            None,
            self.player.handed,
        ) and self.player.peer != "rst":
            if acknowledged != before:
                before, progress_ns = acknowledged, now_ns()
            until_ns = progress_ns + patience_ns
            if now_ns() >= until_ns or self.commands:
                return
            if now_ns() - began_ns > _SPIN_NS:
                self.link.wait(min(until_ns, now_ns() + nap_ns))
                nap_ns = min(nap_ns * 2, _LONGEST_NAP_NS)
            self._read()
