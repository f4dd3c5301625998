"""A play in the background: a thread with a loop in it, and what other threads may ask of it."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from types import TracebackType
from typing import Self

from tracereplay.engine.inputs import LeaveNow, PauseNow, ResumeNow
from tracereplay.engine.outcome import Answer, Outcome
from tracereplay.net.clock import now_ns
from tracereplay.net.loop import Loop
from tracereplay.net.playing import Playing
from tracereplay.net.standing import Progress, Standing
from tracereplay.plan.way import Way, way_named
from tracereplay.units import SECOND_NS, duration_ns

GLANCE_SECONDS = 0.005  # nobody tells when a byte is acknowledged, so that we look


class Playback:
    """A play in the background. All that it offers may be used from any thread.

    As a context manager it waits for the end of the play, or, when the block is left by an exception, ends it.
    What is waited for, paused and left concerns the main connection. ``observe`` is called in the thread of the
    play, whenever something has come further, and once more when all is over.
    """

    def __init__(self, playing: Playing, observe: Callable[[], None] | None = None) -> None:
        self.standing = Standing(playing)
        self._playing = playing
        self._observe = observe
        self._changed = threading.Condition()
        self._loop = Loop()
        self._thread = threading.Thread(target=self._run, name="tracereplay", daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether all connections have ended."""
        return self.standing.is_over

    @property
    def is_paused(self) -> bool:
        """Whether ``pause`` has taken effect, so that nothing more is sent until ``resume``."""
        return self.standing.is_paused

    @property
    def sent_bytes(self) -> int:
        """How many bytes our kernel has taken."""
        return self.standing.sent_bytes

    @property
    def progress(self) -> Progress:
        """How far it has come by now."""
        return self.standing.progress

    def follow(self, every: str = "0.1s") -> Iterator[Progress]:
        """Yield how far it has come, so often, and once more when it is over."""
        seconds = duration_ns(every) / SECOND_NS
        while not self.wait(seconds):
            yield self.progress
        yield self.progress

    def wait_sent(self, place: str, *, timeout: str | None = None) -> bool:
        """Wait until our kernel has taken all before ``place``, such as ``body:40%``.

        Returns whether it has: False when the play ended before, or ``timeout`` passed. Raises SpecError, PlanError.
        """
        return self._wait_until(self.standing.sent(place), timeout)

    def wait_acknowledged(self, place: str, *, timeout: str | None = None) -> bool:
        """Wait until the peer's kernel has acknowledged all before ``place``; else as ``wait_sent``."""
        return self._wait_until(self.standing.acknowledged(place), timeout, glance_seconds=GLANCE_SECONDS)

    def wait_answer(self, number: int = 1, *, timeout: str | None = None) -> Answer | None:
        """Wait for the whole of the ``number``-th answer; None when there is none at the end, or in time."""
        self._wait_until(lambda: self.standing.answer(number) is not None, timeout)
        return self.standing.answer(number)

    def wait_left(self, *, timeout: str | None = None) -> bool:
        """Wait until we have left: the connection is half-closed, closed, reset or gone, or the silence has begun.

        Returns whether we have: False when the play ended before, by the peer or in vain, or ``timeout`` passed.
        """
        return self._wait_until(lambda: self.standing.has_left, timeout)

    def wait(self, timeout_seconds: float | None = None) -> bool:
        """Wait for the end of all connections; return whether it has come."""
        with self._changed:
            return self._changed.wait_for(lambda: self.is_over, timeout_seconds)

    def outcome(self) -> Outcome:
        """Wait for the end, and return what happened. Raises what kept the play from happening."""
        self.wait()
        return self._playing.outcome()

    def pause(self) -> None:
        """Send nothing more until ``resume``; what is sent afterwards is that much later."""
        self._loop.call(partial(self._playing.tell, PauseNow()))

    def resume(self) -> None:
        """Go on sending after ``pause``."""
        self._loop.call(partial(self._playing.tell, ResumeNow()))

    def leave(self, how: str | Way = Way.FIN, *, hold: str | None = None) -> None:
        """Leave at once, in this way; connections that are not open yet stay unopened."""
        order = LeaveNow(how if isinstance(how, Way) else way_named(how), None if hold is None else duration_ns(hold))
        self._loop.call(partial(self._playing.leave, order))

    def stop(self) -> None:
        """End the play at once on all connections, by closing them."""
        self._loop.call(self._playing.stop)

    def join(self) -> None:
        """Wait for the end of all connections, and of the thread that plays them."""
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.stop()
        self.join()

    def _wait_until(
        self, is_so: Callable[[], bool], timeout: str | None, *, glance_seconds: float | None = None
    ) -> bool:
        until_ns = None if timeout is None else now_ns() + duration_ns(timeout)
        with self._changed:
            while not (is_so() or self.standing.has_ended) and (until_ns is None or now_ns() < until_ns):
                left = None if until_ns is None else max(0.0, (until_ns - now_ns()) / SECOND_NS)
                self._changed.wait(min((one for one in (left, glance_seconds) if one is not None), default=None))
        return is_so()

    def _run(self) -> None:
        try:
            self._playing.begin(self._loop, change=self._notify)
            self._loop.run()
        except BaseException as error:  # noqa: BLE001 - it is raised again by outcome(), in the caller's thread
            self._playing.error = self._playing.error or error
        finally:
            self._loop.close()
            self.standing.is_over = True
            self._notify()

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()
        if self._observe is not None:
            self._observe()
