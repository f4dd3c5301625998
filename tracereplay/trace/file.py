"""The file of a trace: plain or gzipped, opened as often as it is read, and the same each time."""

import atexit
import gzip
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Self, cast

from tracereplay.errors import TraceError, refuse_too_many_files
from tracereplay.trace.pipe import opened_pipe

_OPEN_FILES = Path("/proc/self/fd")
_GZIP = b"\x1f\x8b"
GZIP_SUFFIX = ".gz"

State = tuple[int, int, int]  # which file, its size, and when it was written last


def state_of(status: os.stat_result) -> State:
    """Return what changes when a file does."""
    return status.st_ino, status.st_size, status.st_mtime_ns


class TraceFile:
    """The text of a trace, wherever it is kept; ``name`` is what the user calls it."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self._state: State | None = None

    @classmethod
    def at(cls, path: str | Path) -> Self:
        """Return the file at ``path``; ``-`` is the standard input.

        A pipe, which can be read only once, is kept in a temporary file, without a name on Linux. Raises TraceError
        when it cannot be read, or nobody writes to the pipe.
        """
        if not str(path):
            raise TraceError("no file has an empty name", trace="''", hint="- is the standard input")
        try:
            if str(path) == "-":
                return cls._spooled(sys.stdin.buffer, "-")
            if Path(path).is_fifo():
                with opened_pipe(Path(path)) as pipe:
                    return cls._spooled(pipe, str(path))
        except OSError as error:
            raise _unreadable(error, str(path)) from error
        return cls(Path(path), str(path))

    @classmethod
    def _spooled(cls, stream: BinaryIO, name: str) -> Self:
        """Return a temporary file with all that is in ``stream``, which goes with it: there may be secrets in it.

        Where there is /proc it has no name from the start, so that not even SIGKILL leaves it behind.
        """
        import shutil  # noqa: PLC0415
        import tempfile  # noqa: PLC0415
        import weakref  # noqa: PLC0415

        number, spool = tempfile.mkstemp(prefix="tracereplay-", suffix=".txt")
        path = _OPEN_FILES / str(number) if _OPEN_FILES.is_dir() else Path(spool)
        file = cls(path, name)
        weakref.finalize(file, os.close, number)
        if path == Path(spool):
            atexit.register(path.unlink, missing_ok=True)
        else:
            Path(spool).unlink()
        with os.fdopen(number, "wb", closefd=False) as copy:
            shutil.copyfileobj(stream, copy)
        return file

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Give the text as a stream from its beginning; what a gzip holds, when it is one.

        Raises TraceError when it cannot be read, or has changed since it was opened first; SystemFault when
        too many files are open.
        """
        try:
            with self.path.open("rb") as stream:
                self._note(os.fstat(stream.fileno()))
                if stream.peek(len(_GZIP)).startswith(_GZIP):
                    with gzip.GzipFile(fileobj=stream) as unpacked:
                        yield cast("BinaryIO", unpacked)
                else:
                    yield stream
                self._note(os.fstat(stream.fileno()))  # who has read to the end has read what was there
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise TraceError(
                f"the gzip is damaged: {error}",
                trace=self.name,
                hint="gunzip -c writes what can be had of it; that can be read, as a torn trace",
            ) from error
        except OSError as error:
            raise _unreadable(error, self.name) from error

    def check(self) -> None:
        """Raise TraceError when it is not there any more, or has changed since it was opened first."""
        try:
            self._note(self.path.stat())
        except OSError as error:
            raise _unreadable(error, self.name) from error

    def _note(self, status: os.stat_result) -> None:
        state = state_of(status)
        if self._state not in (None, state):
            raise TraceError("the file was changed while it was in use", trace=self.name)
        self._state = state


def is_gzip(path: Path) -> bool:
    """Return whether the file at ``path`` is a gzip."""
    with path.open("rb") as stream:
        return stream.read(len(_GZIP)) == _GZIP


@contextmanager
def packed(stream: BinaryIO, *, as_gzip: bool) -> Iterator[BinaryIO]:
    """Give a stream for the text of a trace, which goes into ``stream`` as it is, or as a gzip without name and date.

    A gzip is packed fast rather than small: curl waits for it.
    """
    if not as_gzip:
        yield stream
        return
    with gzip.GzipFile(fileobj=stream, mode="wb", filename="", compresslevel=1, mtime=0) as packing:
        yield cast("BinaryIO", packing)


def _unreadable(error: OSError, name: str) -> TraceError:
    refuse_too_many_files(error)
    return TraceError(f"cannot be read: {error.strerror}", trace=name)
