"""A plain server that takes one connection and notes what it sees of a client that leaves.

Who plays the client says when it has left; nothing is guessed from the time that passed.
"""

import errno
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import trustme

Transport = Literal["TCP v4", "TCP v6", "Unix", "TLS"]
Reader = Literal["promptly", "slowly", "late"]

PROMPT_BYTES, SLOW_BYTES = 65_536, 8_192
SLOWNESS_SECONDS = 0.001  # what makes a slow reader slow, between two reads
GREAT_PATIENCE = 20.0
DELIVERY_SECONDS = 0.5  # within which loopback brings what was sent: an end, or the answer to a write
ANSWER = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
NOTHING = "nothing"

_FLAGS = {"RDHUP": select.POLLRDHUP, "HUP": select.POLLHUP, "ERR": select.POLLERR}


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen: ``alarm`` by poll() while nothing was read, ``count`` bytes, ``end`` by recv(), ``after`` seconds.

    ``writes`` is what came of two of them after that.
    """

    alarm: str
    count: int
    end: str
    after: float
    writes: tuple[str, ...] = ()


Watch = Callable[[socket.socket, threading.Event], Sight]  # the event: the client has left


def certificate() -> trustme.LeafCert:
    """Return a certificate that nobody has to trust."""
    return trustme.CA().issue_cert("127.0.0.1", "localhost")


class Watcher(AbstractContextManager["Watcher"]):
    """Listens for one connection over ``transport`` and does ``watch`` with it.

    ``client_left`` is to be set by who plays, once the last act of the client is done.
    """

    def __init__(
        self,
        transport: Transport,
        watch: Watch,
        folder: Path,
        leaf: trustme.LeafCert,
        *,
        is_strict: bool = True,
        tickets: int = 0,
    ) -> None:
        self._watch = watch
        self._leaf = leaf if transport == "TLS" else None
        self._is_strict = is_strict
        self._tickets = tickets
        self._sights: list[Sight | BaseException] = []
        self.client_left = threading.Event()
        if transport == "Unix":
            self._listener = socket.socket(socket.AF_UNIX)
            path = folder / f"{id(self)}.sock"
            self._listener.bind(str(path))
            self._listener.listen()
            self.target = f"unix:{path}"
        else:
            host, family = ("::1", socket.AF_INET6) if transport == "TCP v6" else ("127.0.0.1", socket.AF_INET)
            self._listener = socket.create_server((host, 0), family=family)
            name = f"[{host}]" if ":" in host else host
            self.target = f"{name}:{self._listener.getsockname()[1]}"
        self._listener.settimeout(20)
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.join(30)
        self._listener.close()

    def sight(self) -> Sight:
        """Return what was seen, once that is over."""
        self._thread.join(30)
        (sight,) = self._sights
        if isinstance(sight, BaseException):
            raise sight
        return sight

    def _serve(self) -> None:
        try:
            sock, _ = self._listener.accept()
            with sock if self._leaf is None else self._secured(sock, self._leaf) as secured:
                self._sights.append(self._watch(secured, self.client_left))
        except (OSError, AssertionError) as error:
            self._sights.append(error)

    def _secured(self, sock: socket.socket, leaf: trustme.LeafCert) -> socket.socket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.num_tickets = self._tickets
        leaf.configure_cert(context)
        return context.wrap_socket(sock, server_side=True, suppress_ragged_eofs=not self._is_strict)


def watching(reader: Reader, expected: int, patience: float) -> Watch:
    """Return a watch that reads so, until nothing has come for ``patience`` seconds, and then writes twice.

    For what is ``expected`` it has more patience. One that is late begins when the client has left.
    """

    def watch(sock: socket.socket, client_left: threading.Event) -> Sight:
        alarm = ""
        if reader == "late":
            _wait_for(client_left)
            alarm = _alarm(sock)
        count, end, after = _read(sock, patience, 0 if reader == "late" else expected, is_slow=reader == "slowly")
        _wait_for(client_left)
        first = _write(sock)
        _poll(sock, DELIVERY_SECONDS, 0)  # until it was answered by a reset, or was not
        return Sight(alarm, count, end, after, (first, _write(sock)))

    return watch


def guarded(options: dict[int, int], patience: float, expected: int, *, writes: bool) -> Watch:
    """Return a watch that sets these TCP options, reads ``expected`` bytes, may write, and waits."""

    def watch(sock: socket.socket, client_left: threading.Event) -> Sight:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in options.items():
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
        assert len(sock.recv(expected, socket.MSG_WAITALL)) == expected
        if writes:
            _wait_for(client_left)
            sock.send(b"x")
        count, end, after = _read(sock, patience)
        return Sight("", count, end, after)

    return watch


def answering(expected: int) -> Watch:
    """Return a watch that reads to the end, and answers when the client has left: one that closed does not read it."""

    def watch(sock: socket.socket, client_left: threading.Event) -> Sight:
        count, end, after = _read(sock, 1.0, expected)
        _wait_for(client_left)
        if end == "b''":
            _write(sock, ANSWER)
        return Sight("", count, end, after)

    return watch


def _read(sock: socket.socket, patience: float, expected: int = 0, *, is_slow: bool = False) -> tuple[int, str, float]:
    count, last = 0, time.monotonic()
    try:
        while True:
            sock.settimeout(patience if count >= expected else GREAT_PATIENCE)
            chunk = sock.recv(SLOW_BYTES if is_slow else PROMPT_BYTES)
            if not chunk:
                break
            count, last = count + len(chunk), time.monotonic()
            if is_slow:
                time.sleep(SLOWNESS_SECONDS)
        end = "b''"
    except OSError as error:
        end = _name(error)
    return count, end, time.monotonic() - last


def _write(sock: socket.socket, data: bytes = b"x") -> str:
    try:
        sock.send(data)
    except OSError as error:
        return _name(error)
    return "ok"


def _name(error: OSError) -> str:
    """Return what a program would see: the name of the error, or nothing at all."""
    if isinstance(error, ssl.SSLError):
        return type(error).__name__
    return NOTHING if error.errno is None else errno.errorcode[error.errno]


def _wait_for(client_left: threading.Event) -> None:
    assert client_left.wait(GREAT_PATIENCE), f"nobody said within {GREAT_PATIENCE:g} s that the client has left"


def _alarm(sock: socket.socket) -> str:
    """Return what poll() tells of an end, once it tells of one, or nothing has come of what a client sent that left."""
    found = _poll(sock, DELIVERY_SECONDS, select.POLLRDHUP)
    return "|".join(name for name, flag in _FLAGS.items() if found & flag) or NOTHING


def _poll(sock: socket.socket, seconds: float, events: int) -> int:
    poll = select.poll()
    poll.register(sock, events)
    return next((found for _, found in poll.poll(int(seconds * 1000))), 0)
