"""What was sent on a connection, and by what its requests are known again among those that an application tells of.

An application may not be asked every request of a connection: what stands before it answers some by itself. So not
their order alone tells which is which, but what they are.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from tracereplay.net.many import Played
from tracereplay.trace.framing import length_of
from tracereplay.trace.request import Request

Ports = tuple[int, int]

_MOST_CHARACTERS = 200  # as the witness writes them
_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent in one play: the ``ports``, our own and the peer's, None of a Unix socket; and the requests.

    ``requests`` are those that were begun; ``number`` is the one that is asked for, from 0, and -1 is none. Without
    ``has_head`` its head was cut short, and a server that takes it all the same asks for something else. ``seconds`` is
    how long the connection lived.
    """

    ports: Ports | None
    requests: Sequence[Request]
    number: int = 0
    has_head: bool = True
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What tells a request from the others of its connection.

    ``paths`` are the spellings by which it may be called; ``announced`` is its Content-Length, None without.
    """

    method: str
    paths: frozenset[str]
    announced: int | None

    def is_like(self, other: "Asked") -> bool:
        """Return whether both may be the same. A length that one of them does not know tells nothing."""
        return (
            self.method == other.method
            and not self.paths.isdisjoint(other.paths)
            and (None in (self.announced, other.announced) or self.announced == other.announced)
        )


def sent_by(played: Played) -> Iterator[Sent]:
    """Yield each request of the main connection of a play of the whole."""
    requests = played.plan.main_connection.conversation.requests
    if played.outcome is None:
        return iter(())
    one = played.outcome.connection
    return (Sent(one.ports, requests, number, seconds=one.seconds) for number in range(len(requests)))


def asked_by(request: Request) -> Asked:
    """Return what a request that was sent asks."""
    return _asked_by(request.method, request.target, length_of(request.header("Content-Length") or ""))


@lru_cache
def _asked_by(method: str, target: str, announced: int | None) -> Asked:
    whole, path = target.partition("?")[0], _AUTHORITY.sub("", target, count=1).partition("?")[0]
    decoded = [unquote_to_bytes(one.encode("latin-1")) for one in (whole, path or "/", f"/{path.lstrip('/')}")]
    paths = (one.decode(name, "replace")[:_MOST_CHARACTERS] for one in decoded for name in ("utf-8", "latin-1"))
    return Asked(method.upper(), frozenset(paths), announced)


def asked_in(line: dict[str, object]) -> Asked:
    """Return what a line of the witness says was asked. Raises KeyError.

    ``path`` is below ``root`` in WSGI, and with it or without in ASGI, as the server has it.
    """
    root, path = str(line.get("root") or "").rstrip("/"), str(line["path"])
    below = path.removeprefix(root)
    announced = line["announced"]
    paths = (path, below, root + path)
    return Asked(
        str(line["method"]).upper(),
        frozenset(one[:_MOST_CHARACTERS] for one in paths),
        announced if isinstance(announced, int) else None,
    )
