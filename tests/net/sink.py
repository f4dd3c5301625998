"""A TCP server that counts: exactness is what the peer got, never what we say we sent."""

import hashlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self


@dataclass(eq=False)
class Seen:
    """What the server saw of one connection. ``end`` is ``fin``, ``rst``, ``timeout``, or None while it is open."""

    data: bytearray = field(default_factory=bytearray)
    end: str | None = None
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


Talk = Callable[[socket.socket, Seen], None]


def swallow(sock: socket.socket, seen: Seen) -> None:
    """Read to the end."""
    while chunk := sock.recv(65536):
        seen.data += chunk


def answer_with(answer: bytes, *, after: bytes, then_close: bool = False) -> Talk:
    """Return a talk that answers once ``after`` was seen, and reads on to the end."""

    def talk(sock: socket.socket, seen: Seen) -> None:
        answered = 0
        while chunk := sock.recv(65536):
            seen.data += chunk
            for _ in range(seen.data.count(after) - answered):
                answered += 1
                sock.sendall(answer)
                if then_close:
                    return

    return talk


class Sink:
    """Listens on a free port of 127.0.0.1 (or ::1), or by ``listener``; each connection has a thread of its own."""

    def __init__(self, talk: Talk = swallow, *, host: str = "127.0.0.1", listener: socket.socket | None = None) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = listener or socket.create_server((host, 0), family=family)
        self._talk = talk
        self._threads: list[threading.Thread] = []
        self._arrived = threading.Condition()
        self.connections: list[Seen] = []
        self.host: str = host
        self.port: int = 0 if self._listener.family == socket.AF_UNIX else self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept)
        self._acceptor.start()

    @property
    def target(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def seen(self, number: int = 0, *, within: float = 10) -> Seen:
        """Return what was seen of the ``number``-th connection, once it is over."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.connections) > number, within), "nobody connected"
        one = self.connections[number]
        assert one.over.wait(within), f"still open after {len(one.data)} bytes"
        return one

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(sock,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        seen = Seen()
        with self._arrived:
            self.connections.append(seen)
            self._arrived.notify_all()
        with sock:
            try:
                self._talk(sock, seen)
                seen.end = "fin"
            except ConnectionError:
                seen.end = "rst"
            except TimeoutError:
                seen.end = "timeout"  # ETIMEDOUT: the kernel has given the client up
            finally:
                seen.over.set()
