"""The sink on a Unix socket."""

import socket

from tests.net.sink import Sink, Talk, swallow


class UnixSink(Sink):
    """Listens on a Unix socket at ``path``; ``@NAME`` is an abstract one."""

    def __init__(self, path: str, talk: Talk = swallow) -> None:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind("\0" + path[1:] if path.startswith("@") else path)
        listener.listen()
        super().__init__(talk, listener=listener)
