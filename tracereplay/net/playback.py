"""A play in the background: a thread with a loop in it, and what other threads may ask of it."""

import threading
from functools import partial
from types import TracebackType
from typing import Self

from tracereplay.engine.inputs import LeaveNow
from tracereplay.engine.outcome import Outcome
from tracereplay.net.loop import Loop
from tracereplay.net.playing import Playing
from tracereplay.net.target import Target
from tracereplay.plan.place import find, read_place
from tracereplay.plan.plan import Plan
from tracereplay.plan.way import Way, way_named
from tracereplay.units import SECOND_NS, duration_ns


class Playback:
    """A play in the background, from any thread.

    As a context manager it waits for the end of the play, or, when the block is left by an exception, ends it.
    """

    def __init__(self, plan: Plan, targets: dict[int, Target], timeout_ns: int) -> None:
        self._plan = plan
        self._changed = threading.Condition()
        self._is_over = False
        self._playing = Playing(plan, targets, timeout_ns, change=self._notify)
        self._loop = Loop()
        self._thread = threading.Thread(target=self._run, name="tracereplay", daemon=True)
        self._thread.start()

    @property
    def sent_bytes(self) -> int:
        """How many bytes our kernel has taken on the main connection."""
        session = self._playing.sessions.get(self._plan.main)
        return session.player.handed if session else 0

    @property
    def is_over(self) -> bool:
        """Whether all connections have ended."""
        return self._is_over

    def wait_sent(self, place: str, *, timeout: str | None = None) -> bool:
        """Wait until the main connection has sent all before ``place``, such as ``body:40%``.

        Returns whether it has: False when the play ended before, or ``timeout`` passed. Raises SpecError, PlanError.
        """
        at = find(read_place(place), self._plan.main_connection.conversation)
        main = self._plan.main

        def has_sent() -> bool:
            return main in self._playing.sessions and self.sent_bytes >= at

        with self._changed:
            seconds = None if timeout is None else duration_ns(timeout) / SECOND_NS
            self._changed.wait_for(lambda: has_sent() or self._playing.has_ended(main) or self._is_over, seconds)
        return has_sent()

    def leave(self, how: str | Way = Way.FIN, *, hold: str | None = None) -> None:
        """Leave on the main connection at once, in this way; connections that are not open yet stay unopened."""
        order = LeaveNow(how if isinstance(how, Way) else way_named(how), None if hold is None else duration_ns(hold))
        self._loop.call(partial(self._playing.leave, order))

    def wait(self, timeout_seconds: float | None = None) -> bool:
        """Wait for the end of all connections; return whether it has come."""
        with self._changed:
            return self._changed.wait_for(lambda: self._is_over, timeout_seconds)

    def outcome(self) -> Outcome:
        """Wait for the end, and return what happened. Raises what kept the play from happening."""
        self.wait()
        return self._playing.outcome()

    def stop(self) -> None:
        """End the play at once on all connections, by closing them."""
        self._loop.call(self._playing.stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.stop()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._playing.begin(self._loop)
            self._loop.run()
        except BaseException as error:  # noqa: BLE001 - it is raised again by outcome(), in the caller's thread
            self._playing.error = self._playing.error or error
        finally:
            with self._changed:
                self._is_over = True
                self._changed.notify_all()

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()
