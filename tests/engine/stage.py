"""A stage for a Player: a test reads as what happens and what the player wants, at which second."""

from tracereplay.engine.actions import Action, Depart, Drain, Stop, Wait, Write
from tracereplay.engine.inputs import Departed, Drained, Input, Wrote
from tracereplay.engine.player import Player
from tracereplay.plan.step import Step
from tracereplay.units import SECOND_NS

TIMEOUT = 30


class Stage:
    """Times are in seconds since the start."""

    def __init__(self, *steps: Step, speaks_http: bool = True) -> None:
        self.player = Player(iter(steps), speaks_http=speaks_http, timeout_ns=TIMEOUT * SECOND_NS)
        self.now_ns = 0
        self.written = b""
        self.player.start(0)

    def at(self, seconds: float) -> "Stage":
        self.now_ns = round(seconds * SECOND_NS)
        return self

    def happens(self, *inputs: Input) -> "Stage":
        for one in inputs:
            self.player.feed(one, self.now_ns)
        return self

    def wants(self) -> Action:
        return self.player.next_action(self.now_ns)

    def wants_wait_until(self, seconds: float) -> bool:
        action = self.wants()
        assert isinstance(action, Wait), action
        assert action.until_ns == round(seconds * SECOND_NS), action
        return True

    def writes(self, most: int = 1 << 30) -> bytes:
        """Let the player write all it wants to, at most so many bytes at a time; return what it wrote."""
        before = len(self.written)
        while isinstance(action := self.wants(), Write):
            data = action.data[:most]
            self.written += data
            self.player.feed(Wrote(len(data)), self.now_ns)
        return self.written[before:]

    def leaves(self) -> str:
        """Let the player leave; return in which way."""
        assert isinstance(self.wants(), Drain), self.wants()
        while isinstance(action := self.wants(), Drain):
            self.player.feed(Drained(), self.now_ns)
        assert isinstance(action, Depart), action
        self.player.feed(Departed(), self.now_ns)
        return action.way.value

    def is_over(self) -> bool:
        return isinstance(self.wants(), Stop)
