"""Where to play: what the user names, or the recorded host when it is this machine."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from tracereplay.errors import PlanError
from tracereplay.trace.conversation import Conversation, is_this_machine
from tracereplay.trace.request import Request, split_host

_PORTS = {"http": 80, "tcp": None}


@dataclass(frozen=True, slots=True)
class Target:
    """A host and a port. ``is_plain`` says that the user wants it without TLS, whatever was recorded."""

    host: str
    port: int
    is_plain: bool = False

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_target(text: str) -> Target:
    """Return the target that ``text`` names: ``HOST:PORT``, ``[::1]:8000`` or ``http://HOST[:PORT]``.

    Of a URL only the host and the port are used: what is asked for there was recorded. Raises PlanError for
    anything else.
    """
    text = text.strip()
    has_scheme = "://" in text
    try:
        parts = urlsplit(text if has_scheme else f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _no_target(text, str(error)) from None
    if parts.scheme == "https":
        raise PlanError(f"{text}: TLS cannot be replayed yet", hint="name a plain port: http://HOST:PORT")
    if has_scheme and parts.scheme not in _PORTS:
        raise _no_target(text, f"{parts.scheme}:// is not known")
    port = port if port is not None else _PORTS.get(parts.scheme)
    is_more = bool(parts.path or parts.query or parts.fragment) and not has_scheme
    if not host or port is None or is_more or parts.username is not None:
        raise _no_target(text, "a host and a port are needed")
    return Target(host, port, is_plain=has_scheme)


def _no_target(text: str, why: str) -> PlanError:
    return PlanError(
        f"{text!r} is not a target: {why}",
        hint="write HOST:PORT or a URL: 127.0.0.1:8000, http://localhost:8000",
    )


def recorded_target(conversation: Conversation) -> Target:
    """Return where the conversation was recorded. Raises PlanError unless that is on this machine.

    A recorded upload must not reach another machine by accident.
    """
    host = conversation.address or conversation.host
    beyond = next((name for name in map(_beyond, conversation.requests) if name and not is_this_machine(name)), None)
    if host is not None and host.startswith("/"):
        why = f"over the Unix socket {host}, which cannot be played to yet"
    elif beyond is not None:
        why = f"through a proxy with {beyond}, which is not this machine"
    elif not conversation.is_loopback or host is None or conversation.port is None:
        why = f"with {conversation.host or 'a host that the trace does not name'}, which is not this machine"
    else:
        return Target(host.strip("[]"), conversation.port)
    raise PlanError(
        f"connection {conversation.id} was recorded {why}", hint="name where to play it: --target 127.0.0.1:8000"
    )


def _beyond(request: Request) -> str | None:
    """Return the host that a proxy is asked for, None when no proxy is."""
    if request.is_tunnel:
        return split_host(request.target)[0]
    try:
        return urlsplit(request.target).hostname if "://" in request.target else None
    except ValueError:
        return request.target
