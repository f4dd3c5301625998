"""Keeps what servers send during a play, in constant memory: what is large goes to temporary files."""

import struct
from collections.abc import Iterator
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

_IN_MEMORY_BYTES = 1 << 20
_HEAD = struct.Struct("<QI")


class Tape:
    """What each connection of one play received. Given to ``play``, and read when that is over.

    As a context manager it forgets all at the end.
    """

    def __init__(self) -> None:
        self._spools: dict[int, SpooledTemporaryFile[bytes]] = {}
        self._stack = ExitStack()

    def hear(self, connection: int, handed: int, data: bytes) -> None:
        """Keep ``data``, which came when our kernel had taken ``handed`` bytes of the connection."""
        if connection not in self._spools:
            spool = SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - for as long as the tape
            self._spools[connection] = self._stack.enter_context(spool)
        self._spools[connection].write(_HEAD.pack(handed, len(data)) + data)

    def pieces(self, connection: int) -> Iterator[tuple[int, bytes]]:
        """Yield what came, piece by piece, each with how many bytes our kernel had taken by then."""
        spool = self._spools.get(connection)
        if spool is None:
            return
        spool.seek(0)
        while head := spool.read(_HEAD.size):
            handed, size = _HEAD.unpack(head)
            yield handed, spool.read(size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
