"""What every link that is a socket of the system does alike, be it TCP or Unix."""

import contextlib
import os
import socket

from tracereplay.net.link import PeerResetError, Reach

_READ_BYTES = 1 << 16


class SocketLink:
    """The part of a Link that does not depend on the kind of its socket, which is connected and does not block."""

    def __init__(self, sock: socket.socket, target: str) -> None:
        self.target = target
        self.ports = _ports(sock)
        self.ends_in_order = True
        self.appetite: int | None = None
        self.is_ended = False
        self.is_spent = False
        self._sock = sock
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
        if self.appetite == 0:
            return None
        try:
            data = self._sock.recv(_READ_BYTES if self.appetite is None else min(self.appetite, _READ_BYTES))
        except BlockingIOError:
            return None
        except OSError as error:
            raise PeerResetError(str(error)) from error
        self.is_ended = not data
        self.appetite = None if self.appetite is None else self.appetite - len(data)
        return data

    def reach(self) -> Reach:
        """Return how far all that was sent has come; after a close, how far it had."""
        return self._last

    def shut(self) -> None:
        """Close the sending side: the peer sees the end, and can still answer."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close both sides. Bytes that were not read make the peer see a reset in place of an end."""
        self.reach()
        self._sock.close()


def _ports(sock: socket.socket) -> tuple[int, int] | None:
    """Return our own port and the peer's; None of a Unix socket, and when the peer has gone already."""
    try:
        ours, theirs = sock.getsockname(), sock.getpeername()
    except OSError:
        return None
    return (ours[1], theirs[1]) if isinstance(ours, tuple) and isinstance(theirs, tuple) else None
