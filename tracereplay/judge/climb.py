"""Plays one upload after the other, each cut a little later, and asks each time how much the application has seen."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tracereplay.errors import PlanError
from tracereplay.judge.look import told
from tracereplay.judge.sent import Sent
from tracereplay.judge.witnessed import Witness
from tracereplay.net.network import Network
from tracereplay.net.play import play, start
from tracereplay.plan.echo import Discretion
from tracereplay.plan.plan import Plan
from tracereplay.plan.way import Way
from tracereplay.trace.discreet import discreet, secrets_of
from tracereplay.trace.request import Request
from tracereplay.units import SECOND_NS, duration_ns

_GLANCE_SECONDS = 0.01
_QUIET_SECONDS = 0.25  # without news, and nothing more is expected


class Eye(Protocol):
    """What sees how much of a body the application has."""

    def named(self, plan: Plan) -> Plan:
        """Return the plan as it is to be played, so that it can be seen."""

    def refuse_blind(self, sent: Sent) -> None:
        """Raise PlanError when nothing was seen of a whole request."""

    def begin(self, within: str, stop: threading.Event) -> None:
        """Be ready for another play; what must come to rest for that has this time, or until it is stopped."""

    def look(self) -> bool:
        """Look, and return whether there is anything new."""

    def seen(self, sent: Sent) -> int:
        """Return how much was seen by the last look, of what was sent."""

    def is_over(self, sent: Sent) -> bool:
        """Return whether there will be nothing more to see."""


class WitnessEye:
    """Sees what the application read, by its witness."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    def named(self, plan: Plan) -> Plan:
        """Return the plan as it is to be played, so that its requests can be known."""
        return self._witness.named(plan)

    def refuse_blind(self, sent: Sent) -> None:
        """Raise PlanError when nothing was seen of a whole request."""
        self._witness.refuse_blind(sent)

    def begin(self, _within: str, _stop: threading.Event) -> None:
        """Forget the play before, whose port may be used again."""
        self._witness.forget()

    def look(self) -> bool:
        """Look, and return whether there is anything new."""
        return self._witness.look()

    def seen(self, sent: Sent) -> int:
        """Return how many bytes of the body of this request were read."""
        seen = self._witness.of(sent)
        return 0 if seen is None else seen.read

    def is_over(self, sent: Sent) -> bool:
        """Return whether the application is done with it."""
        seen = self._witness.of(sent)
        return seen is not None and seen.is_over


class ProbeEye:
    """Sees by how much a number grows, such as ``SELECT coalesce(sum(bytes), 0) FROM uploads``."""

    def __init__(self, name: str, probe: Callable[[], object]) -> None:
        self._name = discreet(name)
        self._known = Discretion(secrets_of(name))
        self._probe = probe
        self._before = self._now = 0

    def named(self, plan: Plan) -> Plan:
        """Return the plan as it is."""
        return plan

    def refuse_blind(self, sent: Sent) -> None:
        """Raise PlanError when nothing was seen of a whole request."""
        if self.seen(sent) <= 0:
            raise PlanError(
                f"the probe {self._name} has not grown by the whole upload",
                hint="it must be a sum over all uploads: SELECT coalesce(sum(bytes), 0) FROM uploads",
            )

    def begin(self, within: str, stop: threading.Event) -> None:
        """Wait until the play before has had its effect.

        Raises PlanError for what is no number, and for what does not come to rest in this time.
        """
        self.look()
        deadline = time.monotonic() + duration_ns(within) / SECOND_NS
        while not stop.wait(_QUIET_SECONDS) and self.look():
            if time.monotonic() >= deadline:
                raise PlanError(
                    f"the probe {self._name} goes on changing for {within}, though nothing is played",
                    hint="it must count nothing but these uploads; or it needs more time: --within 10s",
                )
        self._before = self._now

    def look(self) -> bool:
        """Look, and return whether there is anything new."""
        before = self._now
        try:
            value = self._probe()
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is told
            raise PlanError(f"the probe {self._name} cannot look: {told(fault, self._known)}") from None
        text = str(value).strip()
        if not text.isascii() or not text.isdigit():
            seen = self._known.masked(repr(value))
            raise PlanError(f"the probe {self._name} sees {seen}, and a number of bytes is wanted")
        self._now = int(text)
        return self._now != before

    def seen(self, _: Sent) -> int:
        """Return by how much it has grown in this play."""
        return self._now - self._before

    def is_over(self, _: Sent) -> bool:
        """Return False: nobody knows."""
        return False


@dataclass(frozen=True, slots=True)
class Climb:
    """Cuts the body of ``whole`` and tells how much of it was seen; ``within`` is the time that a server has."""

    whole: Plan
    eye: Eye
    target: str | None
    network: Network
    within: str
    stop: threading.Event

    @property
    def head_bytes(self) -> int:
        """How many bytes go before the body."""
        return self._body[0]

    @property
    def body_bytes(self) -> int:
        """How many bytes the body has."""
        start_, end = self._body
        return end - start_

    @property
    def _requests(self) -> Sequence[Request]:
        return self.whole.main_connection.conversation.requests

    @property
    def _number(self) -> int:
        """Which request has the largest body: the one that is cut."""
        return max(range(len(self._requests)), key=lambda at: self._requests[at].body_bytes)

    def learn(self) -> str:
        """Play the whole request, and return where it was played to. Raises PlanError when nothing is seen of it."""
        self.eye.begin(self.within, self.stop)
        plan = self.eye.named(self.whole)
        played = play(plan, self.target, timeout=self.within, network=self.network).connection
        sent = Sent(played.ports, plan.main_connection.conversation.requests, self._number)
        self._wait(sent)
        self.eye.refuse_blind(sent)
        return played.target

    def seen(self, way: Way, sent: int) -> int:
        """Return how many bytes the application saw when so many of the body had been sent, and the client left so."""
        self.eye.begin(self.within, self.stop)
        plan = self.eye.named(self.whole).truncated(str(self.head_bytes + sent)).leaving(way)
        requests = plan.main_connection.conversation.requests[: self._number + 1]
        with start(plan, self.target, timeout=self.within, network=self.network) as playback:
            playback.wait_left(timeout=self.within)
            if way.stays:
                self._wait(Sent(None, requests, self._number))
                playback.stop()  # what comes of that is not looked at any more
            playback.join()
            of_this = Sent(playback.outcome().connection.ports, requests, self._number)
        if not way.stays:
            self._wait(of_this)
        return self.eye.seen(of_this)

    def points(self, way: Way, step: int, to: int) -> Iterator[tuple[int, int]]:
        """Yield how much was sent and seen at each of the steps before the end of the body; ends early when stopped."""
        for sent in range(step, min(to, self.body_bytes - 1) + 1, step):
            seen = self.seen(way, sent)
            if self.stop.is_set():
                return  # while it was waited for
            yield sent, seen

    @property
    def _body(self) -> tuple[int, int]:
        request = max(self._requests, key=lambda one: one.body_bytes, default=None)
        if request is None or request.head_end is None or not request.body_bytes:
            raise PlanError("there is no body in what is sent, and so there are no steps to be seen")
        return request.head_end, request.end

    def _wait(self, sent: Sent) -> None:
        """Wait until there is nothing more to be seen."""
        news = began = time.monotonic()
        while not self.stop.wait(_GLANCE_SECONDS):
            now = time.monotonic()
            if self.eye.look():
                news = now
            is_quiet = now - news >= _QUIET_SECONDS
            if is_quiet or self.eye.is_over(sent) or now - began >= duration_ns(self.within) / SECOND_NS:
                return
