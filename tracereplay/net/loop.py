"""One thread, any number of connections: runs tasks, which are generators that yield what they wait for.

    def task() -> Waits:
        yield Wait(deadline_ns, fd, for_input=True)     # goes on when there is input, or at the deadline
        yield Wait(deadline_ns, subscribe=lookup.tell)  # goes on when another thread calls what ``tell`` is given

The law of time: a task is late by as little as the machine allows, so that the last stretch of a wait is not slept
but spun (measured on a quiet machine: 1 microsecond at the median; sleeping 105, a millisecond clock as of epoll 630).
"""

import contextlib
import ctypes
import heapq
import itertools
import select
import selectors
import socket
import sys
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial

from tracereplay.errors import refuse_too_many_files
from tracereplay.net.clock import now_ns
from tracereplay.units import SECOND_NS

_COARSE_NS = 3_000_000  # selectors round up to a millisecond
_SPIN_NS = 100_000
_MOST_TASKS_TO_SPIN = 64  # with more of them, spinning takes from the others what it gives to one
_LONGEST_WAIT_NS = 3600 * SECOND_NS
_MOST_SELECTABLE = 1024  # FD_SETSIZE
_PR_SET_TIMERSLACK = 29  # Linux, prctl(2)


@dataclass(frozen=True, slots=True)
class Wait:
    """What a task waits for: a time, and before that input or room on ``fd``, or another thread.

    ``subscribe`` is given a function that ends the wait; whoever has it may call it from any thread, also too late.
    """

    until_ns: int
    fd: int = -1
    for_input: bool = False
    for_room: bool = False
    subscribe: Callable[[Callable[[], None]], None] | None = None

    @property
    def mask(self) -> int:
        """The events to watch for, in the words of ``selectors``."""
        if self.fd < 0:
            return 0
        return selectors.EVENT_READ * self.for_input | selectors.EVENT_WRITE * self.for_room


Waits = Generator[Wait, None, None]


class Task:
    """A generator on its way through a loop."""

    __slots__ = ("fd", "is_over", "mask", "ticket", "waits")

    def __init__(self, waits: Waits) -> None:
        self.waits = waits
        self.fd = -1
        self.mask = 0
        self.ticket = -1  # which entry of the heap is its own
        self.is_over = False


class Loop:
    """Runs tasks until all are over. Raises SystemFault when no more files can be opened."""

    def __init__(self) -> None:
        try:
            self._selector = selectors.DefaultSelector()
            self._waker, self._woken = socket.socketpair()
        except OSError as error:
            refuse_too_many_files(error)
            raise
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._heap: list[tuple[int, int, Task]] = []
        self._tickets = itertools.count()
        self._calls: deque[Callable[[], None]] = deque()
        self._alive = 0

    def spawn(self, waits: Waits) -> Task:
        """Add a task; only before ``run``, or from a task."""
        task = Task(waits)
        self._alive += 1
        self._schedule(task, now_ns())
        return task

    def poke(self, task: Task) -> None:
        """Let ``task`` go on soon, whatever it waits for."""
        self.call(partial(self._resume, task))

    def call(self, function: Callable[[], None]) -> None:
        """Call ``function`` in the thread of the loop, soon, if the loop still runs. May be called from any thread."""
        self._calls.append(function)
        with contextlib.suppress(OSError):  # full, so that it wakes anyway; or closed, so that all is over
            self._waker.send(b"!")

    def run(self) -> None:
        """Run all tasks to their end, and close the loop."""
        _sharpen_the_clock()
        try:
            while self._alive:
                self._turn()
        finally:
            self.close()

    def close(self) -> None:
        """End what is not over, without a word, and give back what the loop itself has open."""
        for _, _, task in self._heap:
            task.waits.close()
        self._heap.clear()
        self._selector.close()
        self._waker.close()
        self._woken.close()

    def _turn(self) -> None:
        while self._heap and self._heap[0][1] != self._heap[0][2].ticket:
            heapq.heappop(self._heap)  # it has gone on before its time
        for key, _ in self._poll(self._heap[0][0] if self._heap else now_ns() + _LONGEST_WAIT_NS):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    self._woken.recv(4096)
            else:
                self._resume(key.data)
        for _ in range(len(self._calls)):
            self._calls.popleft()()
        now = now_ns()
        for _ in range(len(self._heap)):  # who is due again at once waits for its turn
            if not self._heap or self._heap[0][0] > now:
                break
            _, ticket, task = heapq.heappop(self._heap)
            if ticket == task.ticket:
                self._resume(task)

    def _resume(self, task: Task) -> None:
        if task.is_over:
            return
        task.ticket = -1
        try:
            wait = next(task.waits)
        except StopIteration:
            task.is_over = True
            self._alive -= 1
            self._watch(task, -1, 0)
            return
        self._watch(task, wait.fd, wait.mask)
        self._schedule(task, wait.until_ns)
        if wait.subscribe is not None:
            wait.subscribe(partial(self.poke, task))

    def _schedule(self, task: Task, at_ns: int) -> None:
        task.ticket = next(self._tickets)
        heapq.heappush(self._heap, (at_ns, task.ticket, task))

    def _watch(self, task: Task, fd: int, mask: int) -> None:
        if (task.fd, task.mask) == (fd, mask):
            return
        if task.mask and task.fd != fd:
            self.forget(task)
        if mask and task.mask:
            self._selector.modify(fd, mask, task)
        elif mask:
            self._selector.register(fd, mask, task)
        elif task.mask:
            self._selector.unregister(fd)
        task.fd, task.mask = fd, mask

    def forget(self, task: Task) -> None:
        """Watch the descriptor of ``task`` no more."""
        if task.mask:
            with contextlib.suppress(KeyError, ValueError, OSError):  # closed meanwhile
                self._selector.unregister(task.fd)
        task.mask = 0

    def _poll(self, until_ns: int) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready, as soon as something is, and nothing at ``until_ns``."""
        if self._calls:
            return self._selector.select(0)
        left_ns = until_ns - now_ns()
        if left_ns > _COARSE_NS:
            return self._selector.select(min(left_ns - _COARSE_NS // 2, _LONGEST_WAIT_NS) / SECOND_NS)
        if left_ns > _SPIN_NS:
            self._doze((left_ns - _SPIN_NS) / SECOND_NS)
        ready = self._selector.select(0)
        while not ready and self._alive <= _MOST_TASKS_TO_SPIN and now_ns() < until_ns:
            ready = self._selector.select(0)
        return ready

    def _doze(self, seconds: float) -> None:
        """Wait until something is ready, for so long at most, more precisely than epoll can."""
        fileno = getattr(self._selector, "fileno", None)
        fd = fileno() if fileno else _MOST_SELECTABLE
        if fd < _MOST_SELECTABLE:
            select.select([fd], [], [], seconds)
        else:
            self._selector.select(seconds)


def _sharpen_the_clock() -> None:
    """Ask Linux to wake this thread when it is due, and not 50 microseconds later along with others."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)
