"""Opens a connection by its route, as a part of a task: it yields while it waits.

One layer over the other: the socket, the tunnel through a proxy, the preface, and then the link that is played on.
"""

import errno
import os
import socket
from collections.abc import Generator

from tracereplay.errors import SystemFault, TargetError, refuse_too_many_files
from tracereplay.net.clock import now_ns
from tracereplay.net.interface import bind_to
from tracereplay.net.link import Link
from tracereplay.net.lookup import looked_up
from tracereplay.net.loop import Wait, Waits
from tracereplay.net.proxy import say, tunnel
from tracereplay.net.route import Route
from tracereplay.net.target import Target, UnixTarget
from tracereplay.net.tcp import TcpLink
from tracereplay.net.unix import UnixLink

_NO_NAME = "an address needs no name server: --target 127.0.0.1:8000"
_NO_INTERFACE = "--interface takes an address of this machine, of the kind that the target has, or an interface"
_FIRST_NAP_NS, _LONGEST_NAP_NS = 1_000_000, 50_000_000


def connect(route: Route, timeout_ns: int) -> Generator[Wait, None, Link]:
    """Return a link to the target of ``route``. Raises TargetError when nothing is reached."""
    deadline_ns = now_ns() + timeout_ns
    link = yield from _connected(route, deadline_ns)
    return link if route.tls is None else (yield from route.tls.secured(link, deadline_ns))


def _connected(route: Route, deadline_ns: int) -> Generator[Wait, None, Link]:
    target = route.target
    if isinstance(target, UnixTarget):
        sock = yield from _unix(target, deadline_ns)
        yield from _prepared(sock, route, deadline_ns)
        return UnixLink(sock, str(target))
    sock = yield from _tcp(route.hops(target)[0], route, deadline_ns)
    said = yield from _prepared(sock, route, deadline_ns)
    return TcpLink(sock, str(target), said)


def _prepared(sock: socket.socket, route: Route, deadline_ns: int) -> Generator[Wait, None, int]:
    """Say what comes before the play: ask the proxies, send the preface; return how many bytes that took."""
    said = 0
    try:
        if isinstance(route.target, Target):
            for proxy, hop in zip(route.proxies, route.hops(route.target)[1:], strict=True):
                said += yield from tunnel(sock, proxy, hop, deadline_ns)
        said += yield from say(sock, route.preface, deadline_ns)
    except OSError as error:
        sock.close()
        raise _unreached(route, os.strerror(error.errno or errno.EIO)) from error
    except BaseException:
        sock.close()
        raise
    return said


def _tcp(hop: Target, route: Route, deadline_ns: int) -> Generator[Wait, None, socket.socket]:
    """Return a socket that is connected to ``hop``: the target, or the proxy before it."""
    reason, hint = "no address", None
    try:
        addresses = yield from looked_up(hop, deadline_ns)
    except TimeoutError as error:
        raise _unreached(route, str(error.strerror), _NO_NAME) from error
    except (OSError, UnicodeError) as error:
        refuse_too_many_files(error)
        raise _unreached(route, getattr(error, "strerror", None) or str(error)) from error
    for family, kind, protocol, address in addresses:
        sock = _socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            if route.interface is not None:
                bind_to(sock, route.interface)
        except OSError as error:  # nothing goes out from there
            sock.close()
            reason, hint = error.strerror or str(error), _NO_INTERFACE
            continue
        hint = None
        try:
            code = sock.connect_ex(address)
            while code == errno.EINPROGRESS and now_ns() < deadline_ns:
                yield Wait(deadline_ns, sock.fileno(), for_room=True)
                code = _result_of(sock)
        except OSError as error:
            code = error.errno or errno.EADDRNOTAVAIL
        except BaseException:
            sock.close()
            raise
        if code == 0:
            return sock
        yield from _closed(sock)
        reason = os.strerror(errno.ETIMEDOUT if code == errno.EINPROGRESS else code)
    raise _unreached(route, reason, hint)


def _unix(target: UnixTarget, deadline_ns: int) -> Generator[Wait, None, socket.socket]:
    """Return a socket that is connected to the Unix socket ``target``; a server that is behind is asked again."""
    name = target.path
    sock = _socket(socket.AF_UNIX)
    nap_ns = _FIRST_NAP_NS
    try:
        sock.setblocking(False)
        while True:
            code = sock.connect_ex("\0" + name[1:] if name.startswith("@") else name)
            if code != errno.EAGAIN or now_ns() >= deadline_ns:  # EAGAIN: as many wait to be accepted as may
                break
            yield Wait(min(deadline_ns, now_ns() + nap_ns))
            nap_ns = min(nap_ns * 2, _LONGEST_NAP_NS)
    except (OSError, ValueError) as error:
        sock.close()
        raise _unreached(Route(target), str(error)) from error
    except BaseException:
        sock.close()
        raise
    if code:
        sock.close()
        raise _unreached(Route(target), os.strerror(errno.ETIMEDOUT if code == errno.EAGAIN else code))
    return sock


def _socket(*kind: int) -> socket.socket:
    try:
        return socket.socket(*kind)
    except OSError as error:
        refuse_too_many_files(error)
        reason = error.strerror or str(error)
        raise SystemFault(
            f"no more connections can be opened: {reason}",
            hint="raise the limit with `ulimit -n 65536`, or play fewer at a time with --parallel",
        ) from error


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


def _unreached(route: Route, reason: str, hint: str | None = None) -> TargetError:
    through = f", for the proxy {route.proxies[0]} is not reached" if route.proxies else ""
    source = f" from {route.interface}" if route.interface else ""
    return TargetError(
        f"{route.target} cannot be reached{through}{source}: {reason}",
        hint=hint or "is the server running there? another place is named with --target HOST:PORT",
    )
