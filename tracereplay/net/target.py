"""Where to play: what the user names, or the recorded host when it is this machine."""

import ipaddress
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

from tracereplay.errors import PlanError
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.trace.conversation import Conversation, is_this_machine
from tracereplay.trace.request import Request, split_host

_PASSWORD = re.compile(r"//[^/]*@")
_PORTS = {"http": 80, "https": 443, "tcp": None}
_UNIX, _PLAIN_UNIX = "unix:", "http+unix:"
_LONGEST_SHOWN = 45  # curl cuts an address, and so a path, at as many characters: lib/urldata.h, MAX_IPADR_LEN
_NAME_IT = "name where to play it: --target 127.0.0.1:8000"


@runtime_checkable
class HasTarget(Protocol):
    """A server: what ``serve`` and ``replay_server`` yield, or anything else that knows its address."""

    @property
    def target(self) -> str:
        """``HOST:PORT``, a URL, or ``unix:PATH``."""


AnyTarget = str | HasTarget


def address_of(value: object) -> str:
    """Return the address that ``value`` is, or has. Raises PlanError when it is no target."""
    if isinstance(value, str):
        return value
    if isinstance(value, HasTarget):
        return value.target
    raise PlanError(f"target={value!r} is no target", hint="an address, or a server: what has one as its .target")


@dataclass(frozen=True, slots=True)
class Target:
    """A host and a port. ``is_plain``: without TLS, whatever was recorded; ``tls_name``: over TLS, with that name."""

    host: str
    port: int
    is_plain: bool = False
    tls_name: str | None = None

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class UnixTarget:
    """The path of a Unix socket; ``@NAME`` is one in the abstract namespace of Linux, which is no file."""

    path: str
    is_plain: bool = False
    tls_name: str | None = None

    def __str__(self) -> str:
        return f"{_UNIX}{self.path}"


def read_target(text: object) -> Target | UnixTarget:
    """Return the target that ``text`` names: ``HOST:PORT``, ``[::1]:8000``, ``http://HOST[:PORT]`` or ``unix:PATH``.

    Of a URL only the host and the port are used: what is asked for there was recorded. ``https://`` is over TLS,
    ``http://`` and ``http+unix:PATH`` are without, whatever was recorded. Raises PlanError for anything else.
    """
    if not isinstance(text, str):
        raise _no_target(str(text), f"it is of type {type(text).__name__}, and a text is needed")
    text = text.strip()
    for scheme in (_UNIX, _PLAIN_UNIX):
        if text.startswith(scheme):
            return _read_unix(text, scheme)
    has_scheme = "://" in text
    try:
        parts = urlsplit(text if has_scheme else f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _no_target(text, str(error)) from None
    if has_scheme and parts.scheme not in _PORTS:
        raise _no_target(text, f"{parts.scheme}:// is not known")
    port = port if port is not None else _PORTS.get(parts.scheme)
    if parts.username is not None:
        raise _no_target(text, "a user and a password are in the recorded request, or nowhere")
    is_more = bool(parts.path or parts.query or parts.fragment) and not has_scheme
    if not host or port is None or is_more:
        raise _no_target(text, "a host and a port are needed")
    is_tls = parts.scheme == "https"
    return Target(host, port, is_plain=has_scheme and not is_tls, tls_name=host if is_tls else None)


def _read_unix(text: str, scheme: str) -> UnixTarget:
    path = text.removeprefix(scheme)
    path = path[2:] if path.startswith("///") else path
    if not path or path.startswith("//"):
        raise _no_target(text, "a path is needed")
    return UnixTarget(path, is_plain=scheme == _PLAIN_UNIX)


def _no_target(text: str, why: str) -> PlanError:
    return PlanError(
        f"{_PASSWORD.sub('//…@', text)!r} is not a target: {why}",
        hint="write HOST:PORT, a URL, or a Unix socket: 127.0.0.1:8000, http://localhost:8000, unix:/run/app.sock",
    )


def behind_proxies(plan: ConnectionPlan) -> Target | None:
    """Return the recorded server behind a SOCKS proxy, or an HTTP proxy's tunnel, or both; None without them."""
    asked = plan.tunnel or plan.conversation.socks
    return None if asked is None else Target(asked.host, asked.port)


def recorded_target(plan: ConnectionPlan) -> Target | UnixTarget:
    """Return where the connection was recorded: behind proxies, what the last of them was asked for.

    Raises PlanError unless all of it is on this machine: a recorded upload must not reach another by accident.
    """
    one, socks, server = plan.conversation, plan.conversation.socks, behind_proxies(plan)
    beyond = [socks.host if socks else None, server.host if server else None, *map(_beyond, one.requests)]
    away = next((host for host in beyond if host and not is_this_machine(host)), None)
    if away is not None:
        raise _not_here(one, f"through a proxy with {away}, which is not this machine")
    if plan.tunnel is not None and (one.connection.host is None or (one.address and not _is_ip(one.address))):
        raise _not_here(one, "through a proxy, and the trace does not tell its host and port")
    if is_unix(one):
        return _recorded_unix(one)
    host = one.address or one.host
    if not one.is_loopback or host is None or one.port is None:
        raise _not_here(one, f"with {one.host or 'a host that the trace does not name'}, which is not this machine")
    return server or Target(host.strip("[]"), one.port)


def is_unix(conversation: Conversation) -> bool:
    """Return whether it was recorded over a Unix socket."""
    return conversation.address is not None and not _is_ip(conversation.address)


def is_here(conversation: Conversation) -> bool:
    """Return whether it was recorded on this machine, at a place that is in the trace."""
    return _is_socket(conversation.address or "") if is_unix(conversation) else conversation.is_loopback


def _recorded_unix(conversation: Conversation) -> UnixTarget:
    path = conversation.address
    if not path:
        raise _not_here(conversation, "over a Unix socket of the abstract namespace, whose name curl does not tell")
    if not _is_socket(path):
        shown = f", as far as curl shows it ({_LONGEST_SHOWN} characters)" if len(path) >= _LONGEST_SHOWN else ""
        raise _not_here(conversation, f"over the Unix socket {path}{shown}, which is not here")
    return UnixTarget(path)


def _not_here(conversation: Conversation, why: str) -> PlanError:
    hint = "name where it is: --unix-socket PATH" if "Unix socket" in why else _NAME_IT
    return PlanError(f"connection {conversation.id} was recorded {why}", hint=hint)


def _is_ip(address: str) -> bool:
    try:
        ipaddress.ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return True


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(Path(path).stat().st_mode)
    except (OSError, ValueError):
        return False


def _beyond(request: Request) -> str | None:
    """Return the host that a proxy is asked for, None when no proxy is."""
    if request.is_tunnel:
        return split_host(request.target)[0]
    try:
        return urlsplit(request.target).hostname if "://" in request.target else None
    except ValueError:
        return request.target
