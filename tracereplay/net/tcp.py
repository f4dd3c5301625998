"""A TCP connection. One write is one segment as far as the kernel allows: Nagle's algorithm is off."""

import contextlib
import errno
import os
import select
import socket
import struct
import time
from collections.abc import Callable

from tracereplay.errors import TargetError
from tracereplay.net.clock import now_ns
from tracereplay.net.kernel import acknowledged_bytes
from tracereplay.net.link import PeerResetError
from tracereplay.net.target import Target
from tracereplay.units import SECOND_NS

_READ_BYTES = 1 << 16
_CONNECT_SLICE_MS = 50
_LONGEST_POLL_MS = 1 << 30
_COARSE_NS = 2_000_000  # poll() counts in milliseconds; the rest is slept


class TcpLink:
    """A Link over TCP."""

    def __init__(self, sock: socket.socket, target: str) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.target = target
        self._sock = sock
        self._handed = 0
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        self._readable = select.poll()
        self._readable.register(sock, select.POLLIN)
        self._readable.register(self._woken, select.POLLIN)
        self._both = select.poll()
        self._both.register(sock, select.POLLIN | select.POLLOUT)
        self._both.register(self._woken, select.POLLIN)
        self._peer_closed = False
        self._last_acknowledged: int | None = None

    def write(self, data: bytes) -> int:
        """Hand ``data`` to the kernel; return how many bytes it took, 0 when it has no room."""
        try:
            count = self._sock.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise PeerResetError(str(error)) from error
        self._handed += count
        return count

    def read(self) -> bytes | None:
        """Return what has arrived, ``b""`` once the peer has closed its side, None when nothing is there."""
        if self._peer_closed:
            code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise PeerResetError(os.strerror(code))
            return None
        try:
            data = self._sock.recv(_READ_BYTES)
        except BlockingIOError:
            return None
        except OSError as error:
            raise PeerResetError(str(error)) from error
        if not data:
            self._peer_closed = True
            self._readable.modify(self._sock, 0)  # an end would be readable for ever
            self._both.modify(self._sock, select.POLLOUT)
        return data

    def wait(self, until_ns: int, *, for_room: bool = False) -> None:
        """Return when there is something to read (or room to write), or at ``until_ns``."""
        poller = self._both if for_room else self._readable
        left_ns = until_ns - now_ns()
        if left_ns > _COARSE_NS:
            ready = poller.poll(min((left_ns - _COARSE_NS // 2) // 1_000_000, _LONGEST_POLL_MS))
        else:
            ready = poller.poll(0)
            if not ready and left_ns > 0:
                time.sleep(left_ns / SECOND_NS)
        if any(fd == self._woken.fileno() for fd, _ in ready):
            with contextlib.suppress(BlockingIOError):
                self._woken.recv(1024)

    def wake(self) -> None:
        """End a ``wait`` that is under way, from another thread."""
        with contextlib.suppress(OSError):
            self._waker.send(b"!")

    def acknowledged(self) -> int | None:
        """Return how many bytes the peer's kernel has acknowledged, None where that is not known."""
        if self._sock.fileno() >= 0:
            self._last_acknowledged = acknowledged_bytes(self._sock, self._handed)
        return self._last_acknowledged

    def shut(self) -> None:
        """Close the sending side: the peer sees the end, and can still answer."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close both sides. Bytes that were not read make the system send a reset in place of a FIN."""
        if self._sock.fileno() >= 0:
            self.acknowledged()
            self._sock.close()
        self._waker.close()
        self._woken.close()

    def abort(self) -> None:
        """Reset the connection at once."""
        if self._sock.fileno() >= 0:
            with contextlib.suppress(OSError):
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()


def connect(target: Target, timeout_ns: int, is_stopped: Callable[[], bool] = lambda: False) -> TcpLink | None:
    """Return a link to ``target``; None when ``is_stopped`` came first. Raises TargetError when nothing is reached."""
    deadline_ns = now_ns() + timeout_ns
    reason = "no address"
    try:
        addresses = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _unreached(target, getattr(error, "strerror", None) or str(error)) from error
    for family, kind, protocol, _, address in addresses:
        sock = socket.socket(family, kind, protocol)
        sock.setblocking(False)
        code = sock.connect_ex(address)
        poller = select.poll()
        poller.register(sock, select.POLLOUT)
        while code == errno.EINPROGRESS and now_ns() < deadline_ns and not is_stopped():
            if poller.poll(_CONNECT_SLICE_MS):
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code == 0:
            return TcpLink(sock, str(target))
        sock.close()
        if is_stopped():
            return None
        reason = os.strerror(errno.ETIMEDOUT if code == errno.EINPROGRESS else code)
    raise _unreached(target, reason)


def _unreached(target: Target, reason: str) -> TargetError:
    return TargetError(
        f"{target} cannot be reached: {reason}",
        hint="is the server running there? another place is named with --target HOST:PORT",
    )
