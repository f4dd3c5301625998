"""A server on asyncio in a process of its own, which reads all, answers nothing, and counts in shared memory."""

import asyncio
import contextlib
import resource
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Protocol, Self

SPAWN = get_context("spawn")
_BACKLOG = 4096
_ACCEPTED, _HELD, _OVER, _RESET, _RECEIVED, _FIRST_NS, _HELD_NS, _OVER_NS = range(8)
_GLANCE_SECONDS = 0.002


class _Counts(Protocol):
    """What the two processes share."""

    def __getitem__(self, index: int, /) -> int: ...
    def __setitem__(self, index: int, value: int, /) -> None: ...


class Server:
    """Runs until it is left. A connection is *held* from the end of the head of its POST until it is over."""

    def __init__(self) -> None:
        self._counts: _Counts = SPAWN.RawArray("q", 8)
        port, ours = SPAWN.Pipe(duplex=False)
        self._process = SPAWN.Process(target=_serve, args=(self._counts, ours), daemon=True)
        self._process.start()
        self.port: int = port.recv()

    @property
    def accepted(self) -> int:
        """How many connections there have been."""
        return self._counts[_ACCEPTED]

    @property
    def held(self) -> int:
        """How many connections have sent a whole head, and are still there."""
        return self._counts[_HELD]

    @property
    def over(self) -> int:
        """How many have ended."""
        return self._counts[_OVER]

    @property
    def resets(self) -> int:
        """How many of them by a reset."""
        return self._counts[_RESET]

    @property
    def received(self) -> int:
        """How many bytes have been read in all."""
        return self._counts[_RECEIVED]

    @property
    def held_seconds(self) -> float:
        """From the first connection to the last that came to be held."""
        return (self._counts[_HELD_NS] - self._counts[_FIRST_NS]) / 1e9

    @property
    def over_ns(self) -> int:
        """When the last one ended, by ``time.monotonic_ns()``."""
        return self._counts[_OVER_NS]

    def forget(self) -> None:
        """Count from 0 again; only while there is no connection."""
        for number in range(8):
            self._counts[number] = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.join()


def wait_until(is_so: Callable[[], bool], seconds: float) -> bool:
    """Return whether it has come to be so in the time."""
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(_GLANCE_SECONDS)
    return True


def raise_the_limit() -> int:
    """Let this process open as many files as it may; return how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


class _Visit(asyncio.Protocol):
    def __init__(self, counts: _Counts) -> None:
        self._counts = counts
        self._head = b""
        self._is_held = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        del transport
        self._counts[_ACCEPTED] += 1
        if self._counts[_ACCEPTED] == 1:
            self._counts[_FIRST_NS] = time.monotonic_ns()

    def data_received(self, data: bytes) -> None:
        self._counts[_RECEIVED] += len(data)
        if self._is_held:
            return
        self._head += data
        if self._head.startswith(b"POST ") and b"\r\n\r\n" in self._head:  # and no probe of slowhttptest
            self._head, self._is_held = b"", True
            self._counts[_HELD] += 1
            self._counts[_HELD_NS] = time.monotonic_ns()

    def connection_lost(self, exc: Exception | None) -> None:
        self._counts[_RESET] += isinstance(exc, ConnectionResetError)
        self._counts[_HELD] -= self._is_held
        self._counts[_OVER_NS] = time.monotonic_ns()
        self._counts[_OVER] += 1


def _serve(counts: _Counts, port: Connection) -> None:
    raise_the_limit()

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Visit(counts), "127.0.0.1", 0, backlog=_BACKLOG)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())
