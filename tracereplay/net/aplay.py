"""A play in the background for asyncio: the same as ``Playback``, and no wait blocks the event loop.

async with aplay(plan, "127.0.0.1:8000") as playback:
    await playback.wait_sent("body:40%")
    playback.leave("rst")
outcome = await playback.outcome()
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Self

from tracereplay.engine.outcome import Answer, Outcome
from tracereplay.net.network import Network
from tracereplay.net.play import DEFAULT_TIMEOUT, STRAIGHT, prepare
from tracereplay.net.playback import GLANCE_SECONDS, Playback
from tracereplay.net.standing import Progress
from tracereplay.plan.plan import Plan
from tracereplay.plan.way import Way
from tracereplay.units import SECOND_NS, duration_ns

Start = Callable[[Callable[[], None]], Playback]


def aplay(
    plan: Plan, target: str | None = None, *, timeout: str = DEFAULT_TIMEOUT, network: Network = STRAIGHT
) -> "AsyncPlayback":
    """Return what plays ``plan`` in the background, by ``async with``; the arguments are those of ``play``."""
    return AsyncPlayback(lambda observe: Playback(prepare(plan, target, timeout=timeout, network=network), observe))


class AsyncPlayback:
    """A play in the background, for one event loop. The play itself goes on in a thread of its own.

    As a context manager it waits for the end of the play, or, when the block is left by an exception, ends it.
    """

    def __init__(self, start: Start) -> None:
        """Take what starts the play, given a function to call from its thread whenever it has come further."""
        self._start = start
        self._playback: Playback | None = None
        self._is_abandoned = False
        self._changed = asyncio.Event()

    @property
    def playback(self) -> Playback:
        """What is under way. Raises RuntimeError before the block was entered."""
        if self._playback is None:
            raise RuntimeError("nothing is played yet: write `async with aplay(...) as playback:`")
        return self._playback

    @property
    def is_over(self) -> bool:
        """Whether all connections have ended."""
        return self.playback.is_over

    @property
    def is_paused(self) -> bool:
        """Whether ``pause`` has taken effect, so that nothing more is sent until ``resume``."""
        return self.playback.is_paused

    @property
    def progress(self) -> Progress:
        """How far it has come by now."""
        return self.playback.progress

    async def follow(self, every: str = "0.1s") -> AsyncIterator[Progress]:
        """Yield how far it has come, so often, and once more when it is over."""
        seconds = duration_ns(every) / SECOND_NS
        while not await self.wait(seconds):
            yield self.progress
        yield self.progress

    async def wait_sent(self, place: str, *, timeout: str | None = None) -> bool:  # noqa: ASYNC109 - as Playback has it
        """Wait until our kernel has taken all before ``place``; return whether it has. Raises SpecError, PlanError."""
        return await self._wait_until(self.playback.standing.sent(place), timeout)

    async def wait_acknowledged(self, place: str, *, timeout: str | None = None) -> bool:  # noqa: ASYNC109
        """Wait until the peer's kernel has acknowledged all before ``place``; else as ``wait_sent``."""
        return await self._wait_until(self.playback.standing.acknowledged(place), timeout, looks=True)

    async def wait_answer(self, number: int = 1, *, timeout: str | None = None) -> Answer | None:  # noqa: ASYNC109
        """Wait for the whole of the ``number``-th answer; None when there is none at the end, or in time."""
        standing = self.playback.standing
        await self._wait_until(lambda: standing.answer(number) is not None, timeout)
        return standing.answer(number)

    async def wait_left(self, *, timeout: str | None = None) -> bool:  # noqa: ASYNC109 - as Playback has it
        """Wait until we have left, were it by falling silent; False when the play ended before, or out of time."""
        standing = self.playback.standing
        return await self._wait_until(lambda: standing.has_left, timeout)

    async def wait(self, timeout_seconds: float | None = None) -> bool:
        """Wait for the end of all connections; return whether it has come."""
        return await self._wait_for(lambda: self.is_over, lambda: False, timeout_seconds)

    async def outcome(self) -> Outcome:
        """Wait for the end, and return what happened. Raises what kept the play from happening."""
        await self.wait()
        return self.playback.outcome()

    def pause(self) -> None:
        """Send nothing more until ``resume``; what is sent afterwards is that much later."""
        self.playback.pause()

    def resume(self) -> None:
        """Go on sending after ``pause``."""
        self.playback.resume()

    def leave(self, how: str | Way = Way.FIN, *, hold: str | None = None) -> None:
        """Leave at once, in this way; connections that are not open yet stay unopened."""
        self.playback.leave(how, hold=hold)

    def stop(self) -> None:
        """End the play at once on all connections, by closing them."""
        self.playback.stop()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()

        def tell() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._changed.set)

        def begin() -> None:
            self._playback = self._start(tell)
            if self._is_abandoned:
                self._playback.stop()

        try:
            await asyncio.to_thread(begin)
        except asyncio.CancelledError:
            self._is_abandoned = True
            if self._playback is not None:
                self._playback.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.stop()
        try:
            await self.wait()
        except asyncio.CancelledError:
            self.stop()
            raise
        self.playback.join()

    async def _wait_until(self, is_so: Callable[[], bool], timeout: str | None, *, looks: bool = False) -> bool:  # noqa: ASYNC109
        seconds = None if timeout is None else duration_ns(timeout) / SECOND_NS
        standing = self.playback.standing
        return await self._wait_for(is_so, lambda: standing.has_ended, seconds, looks=looks)

    async def _wait_for(
        self, is_so: Callable[[], bool], is_vain: Callable[[], bool], seconds: float | None, *, looks: bool = False
    ) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    self._changed.clear()
                    if is_so() or is_vain():
                        break
                    if looks:
                        await asyncio.sleep(GLANCE_SECONDS)
                    else:
                        await self._changed.wait()
        return is_so()
