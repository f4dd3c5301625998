"""How a server was before a sweep and after it, and whether it leaks.

What grows need not leak: a pool of threads fills up, a file of settings is opened once. So a leak is told only when
files or threads have grown by more than all that went on at a time can keep, in more than one quarter of the plays,
in processes that were there all the time, and have not come back. Memory and CPU are told, and never judged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Process = tuple[int, float]  # its number, and when it began: numbers are used again

OPEN_FILES, THREADS = "open files", "threads"  # what is judged

_KEPT_BY_ONE = 4  # open files or threads that one of the plays at a time may leave ready for the next


@dataclass(frozen=True, slots=True)
class Reading:
    """What a server has at a moment: ``files`` and ``threads`` of each of its processes, the rest of all of them.

    ``memory`` is in bytes, of what is shared by processes once for each; ``cpu`` in seconds since they began, with
    those that have ended. ``deleted`` are files that are open and have no name any more, ``temporary`` what lies in
    the folder for temporary files, None where that cannot be read. ``ended``: how many workers have ended since the
    first reading, None when there are none.
    """

    files: Mapping[Process, int]
    threads: Mapping[Process, int]
    memory: int
    cpu: float
    deleted: int
    temporary: int | None
    ended: int | None

    @property
    def processes(self) -> frozenset[Process]:
        """The processes that there are."""
        return frozenset(self.files)


@dataclass(frozen=True, slots=True)
class Leak:
    """What a server has more and more of: ``what`` grew from ``before`` to ``after`` in a sweep of so many plays."""

    what: str
    before: int
    after: int
    plays: int

    @property
    def why(self) -> str:
        """The leak as a sentence."""
        return (
            f"{self.what} grew from {self.before:,} to {self.after:,} in a sweep of {self.plays:,} plays, went on"
            " growing, and did not come back when all clients were gone"
        )


@dataclass(frozen=True, slots=True)
class Health:
    """What became of the process ``pid`` and its children in ``plays`` plays, ``at_once`` at a time.

    ``readings`` are in their order, the first from before. ``after`` is from when all was over, None when the process
    had ended by then. ``is_judged`` is false where it cannot be: the sweep came to no end, or clients vanished, for
    then the server cannot know that they are gone. ``accepted`` is what may leak.
    """

    pid: int
    plays: int
    at_once: int
    readings: Sequence[Reading]
    after: Reading | None
    is_judged: bool = True
    accepted: frozenset[str] = frozenset()

    @property
    def before(self) -> Reading:
        """What it had before the first play."""
        return self.readings[0]

    @property
    def leaks(self) -> tuple[Leak, ...]:
        """What it leaks and is not accepted."""
        return tuple(one for one in self.found if one.what not in self.accepted)

    @property
    def found(self) -> tuple[Leak, ...]:
        """What it leaks, accepted or not; nothing where that is not clear."""
        if self.after is None or not self.is_judged:
            return ()
        seen = (*self.readings, self.after)
        same = frozenset.intersection(*(one.processes for one in seen))
        counts = {
            OPEN_FILES: [sum(one.files[process] for process in same) for one in seen],
            THREADS: [sum(one.threads[process] for process in same) for one in seen],
        }
        return tuple(Leak(what, told[0], told[-1], self.plays) for what, told in counts.items() if self._is_leak(told))

    @property
    def note(self) -> str | None:
        """What is to be said where nothing leaks, for it could not have been seen."""
        enough = _KEPT_BY_ONE * self.at_once
        if self.after is None or not self.is_judged or self.plays > enough or self.leaks:
            return None
        return (
            f"{self.plays:,} plays, {self.at_once:,} at a time, are too few to tell a leak of one file or thread for"
            f" each play: more than {enough:,} can; --parallel 1, or more --cuts"
        )

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """Yield what it had of what, before and after; the latter is empty when it has ended."""
        before, after = _cells(self.before), {} if self.after is None else _cells(self.after)
        for what, value in before.items():
            yield what, value, after.get(what, "")

    def _is_leak(self, counts: Sequence[int]) -> bool:
        grown = counts[-1] - counts[0]
        most = max(later - sooner for sooner, later in pairwise(counts))
        return grown > _KEPT_BY_ONE * self.at_once and grown - most > self.at_once


def is_back(now: Reading, before: Reading) -> bool:
    """Return whether there are no more files and threads than before, in any process that was there."""
    return all(
        now.files.get(one, 0) <= before.files[one] and now.threads.get(one, 0) <= before.threads[one]
        for one in before.processes
    )


def _cells(reading: Reading) -> dict[str, str]:
    return {
        OPEN_FILES: f"{sum(reading.files.values()):,}",
        THREADS: f"{sum(reading.threads.values()):,}",
        "memory": f"{reading.memory / 2**20:,.1f} MiB",
        "CPU": f"{reading.cpu:,.2f} s",
        "deleted, open": f"{reading.deleted:,}",
        "temporary": "?" if reading.temporary is None else f"{reading.temporary:,}",
        "processes": f"{len(reading.files):,}",
        "workers ended": "-" if reading.ended is None else f"{reading.ended:,}",
    }
