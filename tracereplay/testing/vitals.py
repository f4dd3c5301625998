"""Reads what a process and all its children have: files, threads, memory, by psutil, which is an extra."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tracereplay.errors import PlanError, SystemFault
from tracereplay.judge.health import Reading, is_back
from tracereplay.testing.workers import Workers

if TYPE_CHECKING:
    import psutil

_LOOK_EVERY_SECONDS = 0.05
_DELETED = " (deleted)"


class Vitals:
    """Looks at the process ``pid`` until ``stop`` is called, with which the counting of workers ends.

    Raises PlanError when psutil is not installed or there is no such process, SystemFault when it is not ours to see.
    """

    def __init__(self, pid: int) -> None:
        try:
            import psutil  # noqa: PLC0415 - an extra
        except ImportError:
            raise PlanError(
                "files, threads and memory of a server are read by psutil, which is not installed",
                hint="pip install 'tracereplay[health]'",
            ) from None
        self._psutil = psutil
        self.pid = pid
        try:
            self._root = psutil.Process(pid)
            self._folder = Path(self._root.environ().get("TMPDIR") or tempfile.gettempdir())
        except (psutil.NoSuchProcess, ValueError, OverflowError):
            raise PlanError(f"there is no process {pid}", hint="pgrep -of gunicorn") from None
        except psutil.AccessDenied:
            raise SystemFault(f"process {pid} is another user's, and its files are not ours to see") from None
        self._workers = Workers(pid)

    def stop(self) -> None:
        """Look no more."""
        self._workers.stop()

    def read(self) -> Reading | None:
        """Return what there is now, None when the process has ended."""
        files: dict[tuple[int, float], int] = {}
        threads: dict[tuple[int, float], int] = {}
        memory, cpu = 0, 0.0
        deleted: set[tuple[int, int]] = set()
        for one in self._living():
            try:
                with one.oneshot():
                    if one.status() == self._psutil.STATUS_ZOMBIE:
                        continue  # it has ended, and nobody has asked how
                    key, times = (one.pid, one.create_time()), one.cpu_times()
                    open_files, of_threads, size = one.num_fds(), one.num_threads(), one.memory_info().rss
            except self._psutil.NoSuchProcess:
                continue
            except self._psutil.AccessDenied:
                raise SystemFault(f"process {one.pid} is another user's, and its files are not ours to see") from None
            files[key], threads[key] = open_files, of_threads
            memory += size
            cpu += times.user + times.system + times.children_user + times.children_system
            deleted.update(_deleted(one.pid))
        if not any(pid == self.pid for pid, _ in files):
            return None
        return Reading(files, threads, memory, cpu, len(deleted), _count(self._folder), self._workers.lost)

    def settled(self, before: Reading, within_seconds: float) -> Reading | None:
        """Return what there is once all is back to what it was ``before``, or when that time is over."""
        until = time.monotonic() + within_seconds
        while True:
            now = self.read()
            if now is None or is_back(now, before) or time.monotonic() >= until:
                return now
            time.sleep(_LOOK_EVERY_SECONDS)

    def _living(self) -> "list[psutil.Process]":
        try:
            return [self._root, *self._root.children(recursive=True)]
        except self._psutil.NoSuchProcess:
            return []


def _deleted(pid: int) -> Iterator[tuple[int, int]]:
    """Yield what tells each file apart that the process has open and that has no name any more."""
    try:
        links = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return
    for link in links:
        try:
            name = str(link.readlink())
            if name.startswith("/") and name.endswith(_DELETED) and not name.startswith("/memfd:"):
                found = link.stat()
                yield found.st_dev, found.st_ino
        except OSError:
            continue  # it has just been closed


def _count(folder: Path) -> int | None:
    try:
        with os.scandir(folder) as entries:
            return sum(1 for _ in entries)
    except OSError:
        return None
