"""Where to play: what the user names, or the recorded host when it is this machine."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from tracereplay.errors import PlanError
from tracereplay.trace.conversation import Conversation

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

    Raises PlanError for anything else.
    """
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
    if not host or port is None or (not has_scheme and (parts.path or parts.query)):
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
    if not conversation.is_loopback or host is None or conversation.port is None:
        name = f"{conversation.host or 'a host that the trace does not name'}"
        raise PlanError(
            f"connection {conversation.id} was recorded with {name}, which is not this machine",
            hint="name where to play it: --target 127.0.0.1:8000",
        )
    return Target(host.strip("[]"), conversation.port)
