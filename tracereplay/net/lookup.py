"""Looks a host up in a thread of its own: a name server may be silent for longer than anybody wants to wait.

An address that is written out needs no name server, and no thread. Who asks for a name that is being looked up
already waits for the same thread, so that a thousand plays do not ask a thousand times.
"""

import contextlib
import errno
import socket
import threading
from collections.abc import Callable, Generator

from tracereplay.errors import SystemFault
from tracereplay.net.clock import now_ns
from tracereplay.net.loop import Wait
from tracereplay.net.target import Target

Address = tuple[int, int, int, tuple[object, ...]]  # family, type, protocol, and what connect() takes
Addresses = list[Address]
Result = Addresses | Exception

_LATE = "the name was not resolved in time"
_lock = threading.Lock()
_under_way: "dict[tuple[str, int], _Lookup]" = {}


def looked_up(target: Target, deadline_ns: int) -> Generator[Wait, None, Addresses]:
    """Return the addresses of ``target``. Raises OSError and UnicodeError, and TimeoutError at the deadline."""
    with contextlib.suppress(socket.gaierror):
        return _addresses(target, socket.AI_NUMERICHOST)
    lookup = _lookup_of(target)
    while lookup.result is None and now_ns() < deadline_ns:
        yield Wait(deadline_ns, subscribe=lookup.tell)
    if lookup.result is None:
        raise TimeoutError(errno.ETIMEDOUT, _LATE)
    if isinstance(lookup.result, Exception):
        raise lookup.result
    return lookup.result


class _Lookup:
    """A lookup that is under way, and who is to be told when it is over; ``result`` is None before that."""

    def __init__(self, target: Target) -> None:
        self.result: Result | None = None
        self._target = target
        self._tell: list[Callable[[], None]] = []

    def run(self) -> None:
        """Look up."""
        result: Result
        try:
            result = _addresses(self._target)
        except Exception as error:  # noqa: BLE001 - it is raised again where it is waited for
            result = error
        self.end(result)

    def end(self, result: Result) -> None:
        """Tell all who wait that it is over, by ``result``."""
        with _lock:
            self.result = result
            _under_way.pop((self._target.host, self._target.port), None)
            waiting, self._tell = self._tell, []
        for tell in waiting:
            tell()

    def tell(self, tell: Callable[[], None]) -> None:
        """Have ``tell`` called when it is over, at once if it is."""
        with _lock:
            if self.result is None:
                self._tell.append(tell)
                return
        tell()


def _lookup_of(target: Target) -> _Lookup:
    place = target.host, target.port
    with _lock:
        if place in _under_way:
            return _under_way[place]
        lookup = _under_way[place] = _Lookup(target)
    try:
        threading.Thread(target=lookup.run, name="tracereplay-lookup", daemon=True).start()
    except RuntimeError as error:
        lookup.end(SystemFault(f"{target.host} cannot be looked up: {error}"))
    return lookup


def _addresses(target: Target, flags: int = 0) -> Addresses:
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM, flags=flags)
    return [(family, kind, protocol, address) for family, kind, protocol, _, address in found]
