"""How far a play has come, as other threads may ask while it goes on."""

from collections.abc import Callable
from dataclasses import dataclass

from tracereplay.engine.outcome import Answer
from tracereplay.net.playing import Playing
from tracereplay.plan.find import find
from tracereplay.plan.place import read_place


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the main connection has come, in bytes.

    ``sent`` were taken by our kernel, of the ``planned`` that the plan sends; ``acknowledged`` by that of the
    peer, None where it cannot be known; ``received`` came back. ``answers`` is the number of whole ones.
    """

    sent: int
    planned: int
    acknowledged: int | None
    received: int
    answers: int


class Standing:
    """Tells how far the main connection of ``playing`` has come. ``is_over`` is set when all is over."""

    def __init__(self, playing: Playing) -> None:
        self.is_over = False
        self._playing = playing
        self._main = playing.plan.main_connection

    @property
    def has_ended(self) -> bool:
        """Whether the main connection has come to its end, or never will be opened."""
        return self.is_over or self._playing.has_ended(self._main.id)

    @property
    def has_left(self) -> bool:
        """Whether the last act is done: a stall has begun, or the connection was closed, reset or abandoned."""
        return self._playing.has_left(self._main.id)

    @property
    def is_paused(self) -> bool:
        """Whether nothing is sent until somebody resumes."""
        session = self._playing.sessions.get(self._main.id)
        return session is not None and session.player.is_paused

    @property
    def sent_bytes(self) -> int:
        """How many bytes our kernel has taken."""
        session = self._playing.sessions.get(self._main.id)
        return session.player.handed if session else 0

    @property
    def progress(self) -> Progress:
        """How far it has come by now."""
        session = self._playing.sessions.get(self._main.id)
        acknowledged = session.link.reach().acknowledged if session else None
        received = session.player.received if session else 0
        return Progress(self.sent_bytes, self._main.sends_bytes, acknowledged, received, len(self._answers()))

    def sent(self, place: str) -> Callable[[], bool]:
        """Return what tells whether all before ``place`` was sent. Raises SpecError, PlanError."""
        at = find(read_place(place), self._main)
        return lambda: self._main.id in self._playing.sessions and self.sent_bytes >= at

    def acknowledged(self, place: str) -> Callable[[], bool]:
        """Return what tells whether all before ``place`` was acknowledged. Raises SpecError, PlanError."""
        at = find(read_place(place), self._main)

        def is_acknowledged() -> bool:
            session = self._playing.sessions.get(self._main.id)
            acknowledged = session.link.reach().acknowledged if session else None
            return acknowledged is not None and acknowledged >= at

        return is_acknowledged

    def answer(self, number: int) -> Answer | None:
        """Return the ``number``-th answer, counted from 1; None while it is not whole."""
        return next(iter(self._answers()[number - 1 : number]), None)

    def _answers(self) -> list[Answer]:
        session = self._playing.sessions.get(self._main.id)
        answers = session.player.http.answers if session and session.player.http else []
        return [answer for answer in answers if answer.complete]
