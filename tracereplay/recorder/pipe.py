"""The pipe that curl writes its trace to, so that we see every byte of it before the disk does.

curl is given its end as an open file, by the name ``/dev/fd/N``: there is nothing by that name in any directory, and
nothing is left behind. When we die curl's next write fails, which it takes no notice of.
"""

import contextlib
import os
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_PIECE_BYTES = 1 << 20
_LOOKS_EVERY_SECONDS = 0.2  # whether curl has ended, while it says nothing


@dataclass(slots=True)
class Pipe:
    """What curl writes: ``read`` as a stream, once ``process`` is curl."""

    reads: int
    writes: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def name(self) -> str:
        """The name of the end that curl writes to, for curl."""
        return f"/dev/fd/{self.writes}"

    def attach(self, process: "subprocess.Popen[bytes]") -> None:
        """Say that ``process`` has the end to write to, and close ours: so the trace ends when curl does."""
        os.close(self.writes)
        self.writes = -1
        self.process = process

    def read(self, count: int = _PIECE_BYTES, /) -> bytes:
        """Return what there is, at most ``count`` bytes; wait for some, and return none once curl has ended.

        The end is not waited for where a child of curl, or of what stands in for it, keeps the pipe open.
        """
        while not self._has_some(_LOOKS_EVERY_SECONDS):
            if self.process is not None and self.process.poll() is not None and not self._has_some(0):
                return b""
        return os.read(self.reads, count)

    def drain(self) -> None:
        """Read the rest, and forget it: curl must not wait for us."""
        while self.read():
            pass

    def _has_some(self, seconds: float) -> bool:
        waiting = select.poll()  # select() knows no descriptor from 1,024 on
        waiting.register(self.reads, select.POLLIN)
        return bool(waiting.poll(seconds * 1_000))


@contextmanager
def trace_pipe() -> Iterator[Pipe]:
    """Yield a pipe for a trace; both ends are closed at the end of the block."""
    reads, writes = os.pipe()
    pipe = Pipe(reads, writes)
    try:
        os.set_inheritable(writes, True)
        _widen(writes)
        yield pipe
    finally:
        os.close(reads)
        if pipe.writes >= 0:
            os.close(pipe.writes)


def _widen(descriptor: int) -> None:
    """Let as much be in the pipe as a user may have there, where that can be said: curl then waits less often."""
    import fcntl  # noqa: PLC0415

    set_size = getattr(fcntl, "F_SETPIPE_SZ", None)
    if set_size is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, set_size, _PIECE_BYTES)
