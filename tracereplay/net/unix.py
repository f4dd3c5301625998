"""A connection over a Unix socket. What is written lies in the peer's queue at once: nothing is ever on its way.

So there is nothing that a kernel would acknowledge; what the kernel tells, exactly, is what the application has read.
There is no reset either: SO_LINGER means nothing here, and only who closes with unread input is seen as one that reset.
"""

import socket
from typing import NoReturn

from tracereplay.errors import PlanError
from tracereplay.net.kernel import output_queue_bytes
from tracereplay.net.link import PeerResetError, Reach
from tracereplay.net.sock_diag import unread_by_peer
from tracereplay.net.socket_link import SocketLink


class UnixLink(SocketLink):
    """A Link over a Unix socket."""

    def __init__(self, sock: socket.socket, target: str) -> None:
        super().__init__(sock, target)
        self._all_read = 0  # so many bytes had been read when there were no more

    def write(self, data: bytes | memoryview) -> int:
        """Hand ``data`` to the kernel; return how many bytes it took, 0 when it has no room."""
        try:
            return super().write(data)
        except PeerResetError as error:
            if isinstance(error.__cause__, BrokenPipeError) and self._has_news():
                return 0  # the peer has closed, and reading tells how
            raise

    def unacknowledged(self) -> int | None:
        """Return how many bytes the application has not read: to leave, one waits for it, for no kernel can tell.

        Of a connection that nobody has accepted yet it is not known how many, but that there are some.
        """
        unread = self.unread()
        return self._handed if unread is None and output_queue_bytes(self._sock) else unread

    def unread(self) -> int | None:
        """Return how many bytes the peer's application has not read, None where that is not known."""
        unread = unread_by_peer(self._sock)
        if unread == 0:
            self._all_read = self._handed
        return unread

    def reach(self) -> Reach:
        """Return how far all that was sent has come; after a close, how far it had."""
        if self.fileno() >= 0:
            unread = self.unread()
            if unread is not None:
                self._last = Reach(read=max(0, self._handed - unread))
            elif self._all_read == self._handed:  # and has gone since, so that nothing more is told
                self._last = Reach(read=self._handed)
            else:
                self._last = Reach()
        return self._last

    def abort(self) -> None:
        """Refuse: there is no reset. Raises PlanError."""
        self._refuse("a Unix socket has no reset")

    def vanish(self) -> None:
        """Refuse: whoever goes, the kernel tells the peer. Raises PlanError."""
        self._refuse("nobody can vanish from a Unix socket")

    def _refuse(self, why: str) -> NoReturn:
        raise PlanError(f"{why}: {self.target} cannot be left so", hint="leave it by fin, half or stall")

    def _has_news(self) -> bool:
        """Return whether there is anything to be read, were it the end. Raises PeerResetError."""
        try:
            self._sock.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError as error:
            raise PeerResetError(str(error)) from error
        return True
