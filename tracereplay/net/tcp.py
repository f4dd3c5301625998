"""A TCP connection. One write is one segment as far as the kernel allows: Nagle's algorithm is off."""

import contextlib
import os
import socket
import struct

from tracereplay.net import vanishing
from tracereplay.net.kernel import acknowledged_bytes, tcp_info
from tracereplay.net.link import PeerResetError, Reach
from tracereplay.net.sock_diag import unread_by_peer

_READ_BYTES = 1 << 16


class TcpLink:
    """A Link over TCP. ``said`` is how many bytes we sent on ``sock`` before, as to a proxy: they are not counted."""

    def __init__(self, sock: socket.socket, target: str, said: int = 0) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.target = target
        self.ends_in_order = True
        self.is_ended = False
        self.is_spent = False
        self._sock = sock
        self._said = said
        self._handed = 0
        self._last = Reach()

    def fileno(self) -> int:
        """Return the descriptor to wait on, -1 once it is closed."""
        return self._sock.fileno()

    def write(self, data: bytes | memoryview) -> int:
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
        if self.is_ended:
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
        self.is_ended = not data
        return data

    def unacknowledged(self) -> int | None:
        """Return how many bytes the peer's kernel has not acknowledged, None where that is not known."""
        acknowledged = acknowledged_bytes(self._sock, self._said + self._handed)
        return None if acknowledged is None else self._said + self._handed - acknowledged

    def unread(self) -> int | None:
        """Return how many bytes the peer's application has not read, None where that is not known."""
        coming = self.unacknowledged()
        there = unread_by_peer(self._sock)
        return None if coming is None or there is None else coming + there

    def reach(self) -> Reach:
        """Return how far all that was sent has come; after a close, how far it had."""
        info = tcp_info(self._sock, self._said + self._handed)
        if info is not None:
            there = None if info.acknowledged is None else max(0, info.acknowledged - self._said)
            unread = unread_by_peer(self._sock)
            read = None if there is None or unread is None else max(0, there - unread)
            self._last = Reach(there, read, info.window)
        return self._last

    def shut(self) -> None:
        """Close the sending side: the peer sees the end, and can still answer."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close both sides. Bytes that were not read make the system send a reset in place of a FIN."""
        self.reach()
        self._sock.close()

    def abort(self) -> None:
        """Reset the connection at once."""
        with contextlib.suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def vanish(self) -> None:
        """Be gone without a word: from now on nothing leaves, and nothing is let in. Raises SystemFault."""
        vanishing.vanish(self._sock)
