"""Every way of leaving, over every transport, seen by every reader: played at the same time, in a few seconds."""

import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

from tests.traces import make_trace
from tracereplay.library import Network, Plan, start
from tracereplay.net.tls import TlsOptions
from tracereplay.net.tls_link import TlsEnd
from tracereplay.plan.way import Way

from .server import Reader, Sight, Transport, Watch, Watcher, certificate, guarded, watching

TRANSPORTS: tuple[Transport, ...] = ("TCP v4", "TCP v6", "Unix", "TLS")
ON_A_UNIX_SOCKET = (Way.FIN, Way.HALF, Way.STALL)
SMALL_BYTES, LARGE_BYTES = 20_000, 1_000_000  # of the body: half of the one has room in the server's kernel
READERS = ("promptly", "slowly", "late, small", "late, large")
Seen = tuple[Sight, str]  # and how much of what was to be sent: all, a part
Guard = Literal["no option", "keepalive", "keepalive, has written", "TCP_USER_TIMEOUT, has written"]

KEEPALIVE = {socket.TCP_KEEPIDLE: 1, socket.TCP_KEEPINTVL: 1, socket.TCP_KEEPCNT: 2}
GUARDS: dict[Guard, tuple[dict[int, int], bool]] = {
    "no option": ({}, False),
    "keepalive": (KEEPALIVE, False),
    "keepalive, has written": (KEEPALIVE, True),
    "TCP_USER_TIMEOUT, has written": ({socket.TCP_USER_TIMEOUT: 1500}, True),
}
GUARD_SECONDS = 4.5
SILENT = (Way.STALL, Way.VANISH)
TLS_ENDS: tuple[tuple[Way, TlsEnd | None], ...] = (
    (Way.FIN, "none"),
    (Way.FIN, "notify"),
    (Way.HALF, "none"),
    (Way.HALF, "notify"),
    (Way.RST, None),
)

_LOUD_PATIENCE, _SILENT_PATIENCE = 10.0, 0.7
_HOLD, _PATIENT, _IMPATIENT = "9s", "10s", "2s"


class Stage:
    """Plays scenes in ``folder``; the trace of an upload of each size is in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.leaf = certificate()
        self._plans = {size: self._plan(size) for size in (SMALL_BYTES, LARGE_BYTES)}

    def seen(self, way: Way, transport: Transport, reader: str) -> Seen:
        """Return what such a reader sees."""
        size = SMALL_BYTES if reader == "late, small" else LARGE_BYTES
        kind: Reader = "late" if reader.startswith("late") else "slowly" if reader == "slowly" else "promptly"
        watch = watching(kind, self.cut(size), _SILENT_PATIENCE if way in SILENT else _LOUD_PATIENCE)
        return self._played(way, transport, watch, size, timeout=_IMPATIENT if kind == "late" else _PATIENT)

    def guarded(self, way: Way, guard: Guard) -> Seen:
        """Return what a server that reads promptly, with such options, sees of a client that is silent."""
        options, writes = GUARDS[guard]
        watch = guarded(options, GUARD_SECONDS, self.cut(SMALL_BYTES), writes=writes)
        return self._played(way, "TCP v4", watch, SMALL_BYTES)

    def over_tls(self, way: Way, end: TlsEnd | None, *, is_strict: bool) -> Seen:
        """Return what a TLS server sees that asks Python to be strict about the end, or does not."""
        watch = watching("promptly", self.cut(SMALL_BYTES), _LOUD_PATIENCE)
        return self._played(way, "TLS", watch, SMALL_BYTES, end=end, is_strict=is_strict)

    def _played(
        self,
        way: Way,
        transport: Transport,
        watch: Watch,
        size: int,
        *,
        timeout: str = _PATIENT,
        end: TlsEnd | None = None,
        is_strict: bool = True,
    ) -> Seen:
        plan = self._plans[size].truncated("body:50%").leaving(way, hold=_HOLD if way.stays else None)
        network = Network(tls=TlsOptions(forced=True, insecure=True, end=end)) if transport == "TLS" else Network()
        with Watcher(transport, watch, self.folder, self.leaf, is_strict=is_strict) as server:
            with start(plan, server.target, timeout=timeout, network=network) as playback:
                playback.wait_left()  # or has given up, and closed
                server.client_left.set()
                sight = server.sight()
            playback.outcome()
        return sight, "all" if sight.count == self.cut(size) else "a part"

    def cut(self, size: int) -> int:
        """Return how much is sent of an upload of this size."""
        return self._plans[size].truncated("body:50%").main_connection.sends_bytes

    def _plan(self, size: int) -> Plan:
        head = b"POST /files HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % size
        folder = self.folder / str(size)
        folder.mkdir()
        return make_trace(folder, [("=> Send header", head), ("=> Send data", bytes(size))]).plan()


def ways_over(transport: Transport) -> tuple[Way, ...]:
    """Return the ways that there are."""
    return ON_A_UNIX_SOCKET if transport == "Unix" else tuple(Way)


@dataclass(frozen=True, slots=True)
class Played:
    """What was seen, by what was played."""

    seen: dict[tuple[Way, Transport, str], Seen]
    guarded: dict[tuple[Way, Guard], Seen]
    over_tls: dict[tuple[Way, TlsEnd | None, bool], Seen]


def played(stage: Stage) -> Played:
    """Play all of it, at the same time."""
    ways = [(way, transport) for transport in TRANSPORTS for way in ways_over(transport)]
    with ThreadPoolExecutor(150) as pool:
        seen = {(*key, reader): pool.submit(stage.seen, *key, reader) for key, reader in product(ways, READERS)}
        guarded = {key: pool.submit(stage.guarded, *key) for key in product(SILENT, GUARDS)}
        over_tls = {
            (*key, is_strict): pool.submit(stage.over_tls, *key, is_strict=is_strict)
            for key, is_strict in product(TLS_ENDS, (False, True))
        }
    return Played(
        {key: one.result() for key, one in seen.items()},
        {key: one.result() for key, one in guarded.items()},
        {key: one.result() for key, one in over_tls.items()},
    )
