"""A TCP connection. One write is one segment as far as the kernel allows: Nagle's algorithm is off."""

import contextlib
import socket
import struct

from tracereplay.net import vanishing
from tracereplay.net.kernel import acknowledged_bytes, tcp_info
from tracereplay.net.link import Reach
from tracereplay.net.sock_diag import unread_by_peer
from tracereplay.net.socket_link import SocketLink


class TcpLink(SocketLink):
    """A Link over TCP. ``said`` is how many bytes we sent on ``sock`` before, as to a proxy: they are not counted."""

    def __init__(self, sock: socket.socket, target: str, said: int = 0) -> None:
        super().__init__(sock, target)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._said = said

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

    def abort(self) -> None:
        """Reset the connection at once."""
        with contextlib.suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def vanish(self) -> None:
        """Be gone without a word: from now on nothing leaves, and nothing is let in. Raises SystemFault."""
        vanishing.vanish(self._sock)
