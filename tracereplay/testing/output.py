"""What a server printed: all of it in a file, and its end in memory when it is asked for."""

from collections.abc import Iterator
from pathlib import Path

from tracereplay.show.printable import printable

KEPT_BYTES = 1 << 20
TAIL_LINES = 20


class Output:
    """The file that a server will print to, behind what stands there; it may be removed once ``keep`` was called."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._kept: tuple[int, bytes] | None = None
        self._stood = _size(path)

    @property
    def size(self) -> int:
        """How many bytes were printed so far."""
        if self._kept is not None:
            start, data = self._kept
            return start + len(data)
        return max(0, _size(self.path) - self._stood)

    def text(self, since: int = 0) -> str:
        """Return what was printed after the first ``since`` bytes: the last 1 MiB of it at most."""
        start, data = self._end(since)
        return data[max(0, since - start) :].decode("utf-8", "replace")

    def lines(self, since: int) -> Iterator[str]:
        """Yield the lines that were printed after the first ``since`` bytes: all of them, while the file is there."""
        try:
            yield from lines_of(self.path, self._stood + since)
        except FileNotFoundError:
            yield from self.text(since).splitlines()

    def left_out(self, since: int) -> int:
        """Return how many of the bytes printed after the first ``since`` bytes ``text`` does not return."""
        return max(0, self._end(since)[0] - since)

    def tail(self) -> str:
        """Return the last lines, each indented, or that there are none."""
        lines = self.text().splitlines()
        if not lines:
            return "    (it printed nothing)"
        return "\n".join(f"    {printable(line)}" for line in lines[-TAIL_LINES:])

    def keep(self) -> None:
        """Keep the end in memory: the file goes, or nobody prints to it any more."""
        self._kept = self._end(0)

    def _end(self, since: int) -> tuple[int, bytes]:
        """Return where what is still to be had begins, and it."""
        if self._kept is not None:
            return self._kept
        start = max(since, self.size - KEPT_BYTES)
        try:
            with self.path.open("rb") as file:
                file.seek(self._stood + start)
                return start, file.read(KEPT_BYTES)
        except FileNotFoundError:
            return start, b""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def lines_of(path: Path, since: int = 0) -> Iterator[str]:
    """Yield the lines of a file after its first ``since`` bytes; one of more than 1 MiB in pieces. Raises OSError."""
    with path.open("rb") as file:
        file.seek(since)
        while line := file.readline(KEPT_BYTES):
            yield from line.decode("utf-8", "replace").splitlines()
