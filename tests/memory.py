"""A folder in memory, for servers that write a lot: each commit of SQLite waits for the disk, if there is one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_SHARED_MEMORY = Path("/dev/shm")


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """Yield an empty folder, which is gone afterwards."""
    with TemporaryDirectory(prefix="tracereplay-", dir=_SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None) as name:
        yield Path(name)
