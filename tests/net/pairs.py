"""Two ends of one connection in one test: ours, and that of a server that has accepted it."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

Pair = tuple[socket.socket, socket.socket]


@contextlib.contextmanager
def tcp_pair(listen: str = "127.0.0.1", connect: str = "127.0.0.1", scope: int = 0) -> Iterator[Pair]:
    """Yield a connection to ``connect`` and its end at a server on ``listen``; ``::`` is one of a dual stack."""
    family, own_family = (socket.AF_INET6 if ":" in host else socket.AF_INET for host in (listen, connect))
    place = (0, scope) if scope else ()
    with (
        socket.create_server((listen, 0, *place), family=family, dualstack_ipv6=listen == "::") as listener,
        socket.socket(own_family) as ours,
    ):
        ours.connect((connect, listener.getsockname()[1], *place))
        theirs, _ = listener.accept()
        with theirs:
            yield ours, theirs


@contextlib.contextmanager
def unix_pair(path: Path) -> Iterator[Pair]:
    """Yield a connection over the Unix socket ``path``, and its end at the server."""
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as ours:
        listener.bind(str(path))
        listener.listen()
        ours.connect(str(path))
        theirs, _ = listener.accept()
        with theirs:
            yield ours, theirs
