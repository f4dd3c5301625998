"""Counts the workers that a server has lost: its processes that run the same program as their parent does.

So gunicorn's workers are counted, also behind ``uv run`` or a shell, and a ``convert`` that an application runs is
not. A thread looks into /proc, 20 times a second: a worker that lived for less is not counted. Where there is no
/proc, or a server has one process only, nothing is known.
"""

import threading
from dataclasses import dataclass
from pathlib import Path

_LOOK_EVERY_SECONDS = 0.05
_PROC = Path("/proc")
_GONE = "ZXx"


@dataclass(frozen=True, slots=True)
class _Process:
    """A process, which its number alone does not tell: numbers are used again."""

    pid: int
    started: int


class Workers:
    """Watches the workers of the process ``pid`` until ``stop`` is called."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._lock = threading.Lock()
        self._new: set[_Process] = set()
        self._living: set[_Process] = set()
        self._lost = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"workers of {pid}", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> int | None:
        """How many have ended so far, None when there never was one."""
        if not self._stopped.is_set():
            self._look()
        return self._lost if self._living or self._new or self._lost else None

    def stop(self) -> None:
        """Look no more. What ends after that is not counted."""
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(_LOOK_EVERY_SECONDS):
            self._look()

    def _look(self) -> None:
        with self._lock:
            if _state_of(self._pid) is None:
                return  # the server itself is gone: that is another story
            now = set(_workers(self._pid))
            # The list of children may miss some while others end, so each one is looked for by itself.
            ended = {one for one in self._living - now if _state_of(one.pid) != one}
            # A child that is about to run another program still looks like its parent: twice seen is a worker.
            self._living = (self._living - ended) | (self._new & now)
            self._new = now
            self._lost += len(ended)


def _workers(pid: int) -> list[_Process]:
    """Return the descendants of ``pid`` that run the program of their own parent."""
    found, program = [], _program(pid)
    for child in _children(pid):
        process = _state_of(child)
        if process is not None and program is not None and _program(child) == program:
            found.append(process)
        found += _workers(child)
    return found


def _children(pid: int) -> list[int]:
    children: list[int] = []
    try:
        for task in (_PROC / str(pid) / "task").iterdir():
            children += map(int, (task / "children").read_text().split())
    except OSError:
        pass  # it has just ended
    return children


def _program(pid: int) -> str | None:
    try:
        return str((_PROC / str(pid) / "exe").readlink())
    except OSError:
        return None


def _state_of(pid: int) -> _Process | None:
    """Return the process that has this number and has not ended, None without."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in _GONE else _Process(pid, int(fields[19]))
