"""Opens a connection to a target, as a part of a task: it yields while it waits."""

import errno
import os
import socket
from collections.abc import Generator

from tracereplay.errors import TargetError
from tracereplay.net.clock import now_ns
from tracereplay.net.link import Link
from tracereplay.net.loop import Wait, Waits
from tracereplay.net.target import Target
from tracereplay.net.tcp import TcpLink


def connect(target: Target, timeout_ns: int) -> Generator[Wait, None, Link]:
    """Return a link to ``target``. Raises TargetError when nothing is reached."""
    deadline_ns = now_ns() + timeout_ns
    reason = "no address"
    try:
        addresses = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _unreached(target, getattr(error, "strerror", None) or str(error)) from error
    for family, kind, protocol, _, address in addresses:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            code = sock.connect_ex(address)
            while code == errno.EINPROGRESS and now_ns() < deadline_ns:
                yield Wait(deadline_ns, sock.fileno(), for_room=True)
                code = _result_of(sock)
        except BaseException:
            sock.close()
            raise
        if code == 0:
            return TcpLink(sock, str(target))
        yield from _closed(sock)
        reason = os.strerror(errno.ETIMEDOUT if code == errno.EINPROGRESS else code)
    raise _unreached(target, reason)


def _result_of(sock: socket.socket) -> int:
    """Return how the connecting went: 0 when it is there, EINPROGRESS while it is not known."""
    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        return code
    try:
        sock.getpeername()
    except OSError as error:
        return errno.EINPROGRESS if error.errno == errno.ENOTCONN else error.errno or errno.EIO
    return 0


def _closed(sock: socket.socket) -> Waits:
    """Close ``sock``, once the loop watches it no more."""
    try:
        yield Wait(now_ns())
    finally:
        sock.close()


def _unreached(target: Target, reason: str) -> TargetError:
    return TargetError(
        f"{target} cannot be reached: {reason}",
        hint="is the server running there? another place is named with --target HOST:PORT",
    )
