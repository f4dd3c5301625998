"""A TLS server as Python programs have it: an ``SSLSocket``, to which every end looks the same."""

import contextlib
import socket
import ssl

from tests.net.sink import Seen, Sink

REFUSAL = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class RaggedServer(Sink):
    """Reads to the end, as far as it can tell it, and then refuses what came."""

    def __init__(self, context: ssl.SSLContext, *, suppress_ragged_eofs: bool = True) -> None:
        self.faults: list[str] = []
        self._context = context
        self._suppresses = suppress_ragged_eofs
        super().__init__(self._refuse)

    def _refuse(self, sock: socket.socket, seen: Seen) -> None:
        tls = self._context.wrap_socket(sock, server_side=True, suppress_ragged_eofs=self._suppresses)
        with tls, contextlib.suppress(ssl.SSLError):  # that is: OpenSSL refuses to send
            try:
                while piece := tls.recv(65536):
                    seen.data += piece
            except ssl.SSLError as error:
                self.faults.append(type(error).__name__)
            tls.sendall(REFUSAL)
