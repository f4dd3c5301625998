"""A way through a proxy: asks it, on a connected socket, for a tunnel to somewhere else.

What is said is not part of what was recorded, so that it is not counted as handed. Not a byte is read beyond the
proxy's own answer: what follows is for the play. Sources: RFC 9110, 9.3.6 (CONNECT); RFC 1928 and 1929 (SOCKS5).
"""

import base64
import errno
import ipaddress
import os
import re
import socket
import struct
from collections.abc import Generator
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from tracereplay.errors import PlanError, TargetError, refuse_too_many_files
from tracereplay.net.clock import now_ns
from tracereplay.net.lookup import looked_up
from tracereplay.net.loop import Wait, Waits
from tracereplay.net.target import Target
from tracereplay.plan.echo import Discretion
from tracereplay.trace.discreet import secrets_of_head

_PORT = 1080  # of every proxy that is named without one, as in curl
_SCHEMES = ("http", "socks5", "socks5h")
_LONGEST_HEAD_BYTES = 1 << 16
_STATUS = re.compile(rb"HTTP/1\.\d (\d{3})(?: ([^\r\n]*))?\r?\n")

_VERSION = 5
_NO_LOGIN, _LOGIN, _NONE_OF_THEM = 0, 2, 0xFF
_IPV4, _NAME, _IPV6 = 1, 3, 4
_REFUSALS = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "time to live expired",
    7: "command not supported",
    8: "address type not supported",
}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy: ``http`` is asked by CONNECT; ``socks5`` is given an address, ``socks5h`` the name to look up.

    ``head`` is a CONNECT to ask it with, word for word.
    """

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str = field(default="", repr=False)
    head: bytes | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.scheme}://{Target(self.host, self.port)}"


class ProxyError(Exception):
    """The proxy does not do what it is asked for."""


Talk = Generator[Wait, None, int]  # returns how many bytes it sent


def read_proxy(text: str) -> Proxy:
    """Return the proxy that ``text`` names: ``[http://|socks5://|socks5h://][user:password@]host[:port]``.

    Raises PlanError for anything else. A password stands in no message.
    """
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise PlanError("that is not a proxy", hint="write http://HOST:PORT, socks5://HOST:PORT or socks5h://HOST:PORT")
    if parts.scheme not in _SCHEMES:
        raise PlanError(
            f"a proxy by {parts.scheme}:// is not known", hint="those that are: http://, socks5:// and socks5h://"
        )
    user = None if parts.username is None else unquote(parts.username)
    return Proxy(parts.scheme, host, _PORT if port is None else port, user, unquote(parts.password or ""))


def tunnel(sock: socket.socket, proxy: Proxy, target: Target, deadline_ns: int) -> Talk:
    """Have ``proxy``, to which ``sock`` is connected, connect it to ``target``; return how many bytes that took.

    Raises TargetError when it does not.
    """
    ask = _connect if proxy.scheme == "http" else _socks5
    try:
        return (yield from ask(sock, proxy, target, deadline_ns))
    except (ProxyError, OSError, UnicodeError) as error:
        refuse_too_many_files(error)
        reason = getattr(error, "strerror", None) or str(error)
        hint = "is it a proxy of that kind? login: --proxy SCHEME://USER:PASSWORD@HOST:PORT"
        raise TargetError(f"{target} cannot be reached through the proxy {proxy}: {reason}", hint=hint) from error


def say(sock: socket.socket, data: bytes, deadline_ns: int) -> Talk:
    """Send all of ``data``, and return its length. Raises OSError."""
    left = memoryview(data)
    while left:
        try:
            left = left[sock.send(left) :]
        except BlockingIOError:
            yield from _wait(sock, deadline_ns, for_room=True)
    return len(data)


def _wait(sock: socket.socket, deadline_ns: int, *, for_room: bool = False) -> Waits:
    if now_ns() >= deadline_ns:
        raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
    yield Wait(deadline_ns, sock.fileno(), for_input=not for_room, for_room=for_room)


def _hear(sock: socket.socket, count: int, deadline_ns: int) -> Generator[Wait, None, bytes]:
    """Return the next ``count`` bytes, and leave all others where they are."""
    heard = b""
    while len(heard) < count:
        try:
            piece = sock.recv(count - len(heard))
        except BlockingIOError:
            yield from _wait(sock, deadline_ns)
            continue
        if not piece:
            raise ProxyError("it closes the connection")
        heard += piece
    return heard


# CONNECT.


def _connect(sock: socket.socket, proxy: Proxy, target: Target, deadline_ns: int) -> Talk:
    asked = proxy.head or _head(proxy, target)
    said = yield from say(sock, asked, deadline_ns)
    head = yield from _hear_head(sock, deadline_ns)
    status = _STATUS.match(head)
    if status is None:
        raise ProxyError("it does not answer by HTTP")
    if not status[1].startswith(b"2"):
        answer = Discretion(secrets_of_head(asked)).masked_bytes(b" ".join(filter(None, status.groups())))
        raise ProxyError(f"it answers {answer.decode('latin-1')}")
    return said


def _head(proxy: Proxy, target: Target) -> bytes:
    place = str(Target(_ascii(target.host).decode(), target.port))
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if proxy.user is not None:
        login = base64.b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {login}")
    return "\r\n".join([*lines, "", ""]).encode()


def _hear_head(sock: socket.socket, deadline_ns: int) -> Generator[Wait, None, bytes]:
    """Return the head of an answer, byte by byte: whatever comes behind it is not the proxy's."""
    head = b""
    while not head.endswith((b"\r\n\r\n", b"\n\n")):
        if len(head) >= _LONGEST_HEAD_BYTES:
            raise ProxyError("its answer comes to no end")
        head += yield from _hear(sock, 1, deadline_ns)
    return head


# SOCKS5.


def _socks5(sock: socket.socket, proxy: Proxy, target: Target, deadline_ns: int) -> Talk:
    methods = [_NO_LOGIN] if proxy.user is None else [_NO_LOGIN, _LOGIN]
    said = yield from say(sock, bytes([_VERSION, len(methods), *methods]), deadline_ns)
    version, method = yield from _hear(sock, 2, deadline_ns)
    if version != _VERSION:
        raise ProxyError("it does not answer by SOCKS5")
    if method == _NONE_OF_THEM or method not in methods:
        raise ProxyError("it wants a login" if proxy.user is None else "it takes no login by user and password")
    if method == _LOGIN:
        login = b"\x01" + _counted((proxy.user or "").encode()) + _counted(proxy.password.encode())
        said += yield from say(sock, login, deadline_ns)
        _, refused = yield from _hear(sock, 2, deadline_ns)
        if refused:
            raise ProxyError("it refuses the login")
    host = target.host
    if proxy.scheme == "socks5":  # which has us look it up
        host = str((yield from looked_up(target, deadline_ns))[0][3][0])
    place = _place(host)
    said += yield from say(sock, bytes([_VERSION, 1, 0]) + place + struct.pack("!H", target.port), deadline_ns)
    version, refusal, _, kind = yield from _hear(sock, 4, deadline_ns)
    if version != _VERSION or refusal:
        raise ProxyError(f"it says: {_REFUSALS.get(refusal, f'failure {refusal}')}")
    if kind == _NAME:
        (length,) = yield from _hear(sock, 1, deadline_ns)
    else:
        length = 16 if kind == _IPV6 else 4
    yield from _hear(sock, length + 2, deadline_ns)  # where it connects from
    return said


def _place(host: str) -> bytes:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bytes([_NAME]) + _counted(_ascii(host))
    return bytes([_IPV4 if address.version == 4 else _IPV6]) + address.packed


def _counted(text: bytes) -> bytes:
    if len(text) > 255:
        raise ProxyError("a name of more than 255 bytes is more than SOCKS5 can say")
    return bytes([len(text)]) + text


def _ascii(host: str) -> bytes:
    return host.encode() if ":" in host else host.encode("idna")
