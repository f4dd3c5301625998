"""A server that counts: what it got of each connection, how it ended, and whether the bytes were the right ones.

It reads the raw socket itself, TLS too, so that it sees how the wire ended and not what a TLS library makes of it.
"""

import selectors
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

_KEEPALIVE = (
    (socket.TCP_KEEPIDLE, 1),
    (socket.TCP_KEEPINTVL, 1),
    (socket.TCP_KEEPCNT, 2),
    (socket.TCP_USER_TIMEOUT, 3000),  # for a client that is gone before it has acknowledged, say, our TLS tickets
)
_PROMPT_BYTES = 1 << 18
_SLOW_BYTES, _SLOW_SECONDS = 1 << 14, 0.002


@dataclass(frozen=True, slots=True)
class Got:
    """What came on one connection: ``end`` is ``fin``, ``rst`` or ``timeout``."""

    count: int
    end: str
    is_right: bool


class _Visit:
    """One connection while it lasts."""

    def __init__(self, sock: socket.socket, expected: memoryview, tls: ssl.SSLContext | None) -> None:
        self.sock = sock
        self.count = 0
        self.is_right = True
        self._expected = expected
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = tls.wrap_bio(self._incoming, self._outgoing, server_side=True) if tls else None
        self._is_shaken = False

    def take(self, data: bytes) -> None:
        """Count ``data``, which has come over the wire."""
        if self._tls is None:
            self._count(data)
            return
        self._incoming.write(data)
        try:
            if not self._is_shaken:
                self._tls.do_handshake()
                self._is_shaken = True
            while plain := self._tls.read(_PROMPT_BYTES):
                self._count(plain)
        except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            pass
        if self._outgoing.pending:
            self.sock.sendall(self._outgoing.read())

    def _count(self, data: bytes) -> None:
        end = self.count + len(data)
        self.is_right = self.is_right and self._expected[self.count : end] == data
        self.count = end


class Counter:
    """Serves in a thread of its own until it is left. ``expected`` is what each client sends, as far as it comes."""

    def __init__(
        self, expected: bytes, family: int, *, path: Path | None = None, tls: ssl.SSLContext | None, is_slow: bool
    ) -> None:
        self._expected = memoryview(expected)
        self._tls = tls
        self._is_slow = is_slow
        self._changed = threading.Condition()
        self._got: list[Got] = []
        self._selector = selectors.DefaultSelector()
        self._listener = socket.socket(family)
        hosts = {socket.AF_INET: ("127.0.0.1", 0), socket.AF_INET6: ("::1", 0)}
        self._listener.bind(str(path) if path else hosts[socket.AddressFamily(family)])
        self._listener.listen(1024)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._is_over = False
        self._thread = threading.Thread(target=self._run)
        host = f"[::1]:{self._port()}" if family == socket.AF_INET6 else f"127.0.0.1:{self._port()}"
        self.target = f"unix:{path}" if path else f"https://{host}" if tls else host

    def wait(self, connections: int, seconds: float) -> list[Got]:
        """Return what came on each connection, once so many are over, or the time is."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._got) >= connections, seconds)
            return [*self._got]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over = True
        self._thread.join()
        for key in [*self._selector.get_map().values()]:
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()

    def _port(self) -> int:
        name = self._listener.getsockname()
        return name[1] if isinstance(name, tuple) else 0

    def _run(self) -> None:
        while not self._is_over:
            for key, _ in self._selector.select(0.05):
                if key.data is None:
                    self._accept()
                else:
                    self._read(key.data)
            if self._is_slow:
                time.sleep(_SLOW_SECONDS)

    def _accept(self) -> None:
        try:
            sock, _ = self._listener.accept()
        except BlockingIOError:
            return
        sock.setblocking(False)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in _KEEPALIVE:
                sock.setsockopt(socket.IPPROTO_TCP, option, value)
        self._selector.register(sock, selectors.EVENT_READ, _Visit(sock, self._expected, self._tls))

    def _read(self, visit: _Visit) -> None:
        end = "fin"
        try:
            data = visit.sock.recv(_SLOW_BYTES if self._is_slow else _PROMPT_BYTES)
            if data:
                visit.take(data)
                return
        except BlockingIOError:
            return
        except ConnectionError:
            end = "rst"
        except TimeoutError:
            end = "timeout"
        self._selector.unregister(visit.sock)
        visit.sock.close()
        with self._changed:
            self._got.append(Got(visit.count, end, visit.is_right))
            self._changed.notify_all()
