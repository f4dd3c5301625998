"""Many plays at once, on one loop in one thread: thousands of stalled uploads, each with a plan of its own.

for played in play_many(repeat(plan, 1000), "127.0.0.1:8000", parallel=200):
    print(played.number, played.error or played.outcome.connection.ended)
"""

import queue
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tracereplay.engine.outcome import Outcome
from tracereplay.errors import PlanError, TargetError, refuse_too_many_files
from tracereplay.net.clock import now_ns
from tracereplay.net.loop import Loop, Wait, Waits
from tracereplay.net.network import Network
from tracereplay.net.play import DEFAULT_TIMEOUT, STRAIGHT, prepare
from tracereplay.net.playing import Playing
from tracereplay.plan.plan import ConnectionPlan, Plan
from tracereplay.units import SECOND_NS

if sys.platform != "win32":
    import resource

_FILES_OF_OUR_OWN = 2  # for a moment: the trace, what the system says of a socket, a name that is looked up
_MOST_UNREAD = 64  # results that nobody has taken, and besides them as many as there are plays at a time
_GLANCE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Played:
    """One play of many: the ``number``-th that was begun, counted from 0, and what became of it.

    Exactly one of ``outcome`` and ``error`` is there; the error says why the server was not reached. One that
    ``is_unfinished`` was ended because all were: its outcome is how far it had come, None without a connection.
    """

    number: int
    plan: Plan
    outcome: Outcome | None
    error: TargetError | None
    is_unfinished: bool = False


def play_many(
    plans: Iterable[Plan],
    target: str | None = None,
    *,
    parallel: int = 1,
    timeout: str = DEFAULT_TIMEOUT,
    network: Network = STRAIGHT,
    stop: threading.Event | None = None,
) -> Generator[Played, None, None]:
    """Play each of ``plans``, ``parallel`` of them at a time, and yield what happened, in the order of the ends.

    A server that is not reached, or dies meanwhile, is a result as any other. Who stops to iterate ends the plays that
    are under way; so does who sets ``stop``, and then is told of them as unfinished. While results are not taken, no
    more plays are begun. The other arguments are those of ``play``. Raises PlanError, TraceError, SpecError;
    SystemFault when the system has no room for so many.
    """
    if parallel < 1:
        raise PlanError(f"{parallel} plays at a time are none", hint="write a number from 1 on")
    crowd = _Crowd(iter(plans), partial(prepare, target=target, timeout=timeout, network=network), parallel)
    try:
        while True:
            if stop is not None and stop.is_set():
                crowd.end()
            try:
                result = crowd.take(_GLANCE_SECONDS)
            except queue.Empty:
                continue
            if isinstance(result, BaseException):
                raise result
            if result is None:
                break
            yield result
    finally:
        crowd.stop()


class _Crowd:
    """The plays that are under way. Their results end with None."""

    def __init__(self, plans: Iterator[Plan], prepare_: Callable[[Plan], Playing], parallel: int) -> None:
        self._results: queue.SimpleQueue[Played | BaseException | None] = queue.SimpleQueue()
        self._plans = enumerate(plans)
        self._prepare = prepare_
        self._parallel = parallel
        self._running: dict[int, Playing] = {}
        self._held = 0  # plays that wait to begin until results are taken
        self._is_stopping = False
        self._loop = Loop()
        self._keeper = self._loop.spawn(self._kept())
        self._thread = threading.Thread(target=self._run, name="tracereplay-many", daemon=True)
        self._thread.start()

    def take(self, timeout_seconds: float) -> Played | BaseException | None:
        """Return the next result, and make room for another. Raises queue.Empty."""
        result = self._results.get(timeout=timeout_seconds)
        if self._held:
            self._loop.call(self._go_on)
        return result

    def end(self) -> None:
        """End all plays at once."""
        if not self._is_stopping:
            self._loop.call(self._stop)

    def stop(self) -> None:
        """End all plays at once, and wait for their ends."""
        self.end()
        self._thread.join()

    def _run(self) -> None:
        try:
            for _ in range(self._parallel):
                self._begin_next()
            self._loop.run()
        except BaseException as error:  # noqa: BLE001 - it is raised again where the results are read
            self._results.put(error)
        finally:
            self._loop.close()
            self._results.put(None)

    def _begin_next(self) -> None:
        numbered = None if self._is_stopping else next(self._plans, None)
        if numbered is None:
            return
        number, plan = numbered
        playing = self._prepare(plan)
        if number == 0:
            _refuse_too_many(plan, self._parallel)
        self._running[number] = playing
        playing.begin(self._loop, end=partial(self._end, number))

    def _end(self, number: int) -> None:
        playing = self._running.pop(number)
        error = playing.error
        if error is not None and not isinstance(error, TargetError):
            raise error
        has_outcome = error is None and (playing.plan.main in playing.sessions or not self._is_stopping)
        outcome = playing.outcome() if has_outcome else None
        self._results.put(Played(number, playing.plan, outcome, error, self._is_stopping and error is None))
        self._held += 1
        self._go_on()

    def _go_on(self) -> None:
        """Begin what may begin now."""
        while self._held and (self._is_stopping or self._results.qsize() < self._parallel + _MOST_UNREAD):
            self._held -= 1
            self._begin_next()
        if not self._running and not self._held:
            self._loop.poke(self._keeper)

    def _kept(self) -> Waits:
        """Keep the loop alive, also while no play is under way since no result is taken."""
        while self._running or self._held:
            yield Wait(now_ns() + SECOND_NS)

    def _stop(self) -> None:
        self._is_stopping = True
        self._held = 0
        for playing in self._running.values():
            playing.stop()
        self._loop.poke(self._keeper)


def _refuse_too_many(plan: Plan, parallel: int) -> None:
    """Raise PlanError when so many plays at once need more files than the system lets us open."""
    if sys.platform == "win32":
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    connections = parallel * len(plan.connections)
    needed = parallel * sum(map(_files_of, plan.connections)) + _open_files() + _FILES_OF_OUR_OWN
    one = connections == 1
    if limit not in (resource.RLIM_INFINITY, -1) and needed > limit:
        raise PlanError(
            f"{connections:,} connection{' needs' if one else 's at a time need'} {needed:,} open files,"
            f" and the limit is {limit:,}",
            hint=f"raise it first, with `ulimit -n {needed}`, or play fewer at a time with --parallel",
        )


def _files_of(connection: ConnectionPlan) -> int:
    """Return how many files it has open: its socket, and while it is sent the trace, unless in memory, and a body."""
    is_in_memory = connection.trace.is_small and connection.translation is None
    return 1 + (not is_in_memory) + bool(connection.edits)


def _open_files() -> int:
    try:
        return sum(1 for _ in Path("/proc/self/fd").iterdir()) - 1  # which is open while it is listed
    except OSError as error:
        refuse_too_many_files(error)
        return 0
