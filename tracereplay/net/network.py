"""How connections get to their servers, in the words of curl's options."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from tracereplay.errors import PlanError, refuse_too_many_files
from tracereplay.net.interface import check_interface
from tracereplay.net.proxy import read_proxy
from tracereplay.net.tls import TlsOptions
from tracereplay.trace.pipe import opened_pipe
from tracereplay.units import duration_ns

_HOST = r"(\[[^\]]*\]|[^:\[\]]*)"
_DETOUR = re.compile(rf"{_HOST}:(\d{{0,5}}):{_HOST}:(\d{{0,5}})", re.ASCII)
LONGEST_PREFACE_BYTES = 1 << 24
_LAST_PORT = 65_535
_AS_RECORDED = TlsOptions()


@dataclass(frozen=True, slots=True)
class Network:
    """How connections get to their servers; each name is that of curl's option, and means the same.

    ``connect_to``: ``HOST1:PORT1:HOST2:PORT2``, what was recorded with (or is to be played to) the first goes to the
    second; the first that fits counts, and what is left out fits all, or stays. ``unix_socket``: the path of a Unix
    socket to connect to, ``@NAME`` for an abstract one. ``interface``: the address, or the name of the interface, to
    connect from. ``proxy``: ``[http://|socks5://|socks5h://][user:password@]host[:port]``. ``preface``: a file
    whose bytes are sent before all others, 16 MiB at most. ``max_time``: the whole play is over after so long.
    ``tls``: TLS. Raises PlanError for what does not read.
    """

    connect_to: tuple[str, ...] = ()
    unix_socket: str | None = None
    interface: str | None = None
    proxy: str | None = field(default=None, repr=False)  # a password may be in it
    preface: str | Path | None = None
    max_time: str | None = None
    tls: TlsOptions = _AS_RECORDED
    _piped: list[bytes] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.detours()
        if self.proxy is not None:
            read_proxy(self.proxy)
        if self.interface is not None:
            check_interface(self.interface)
        if self.max_time_ns == 0:
            raise PlanError("a play of 0 seconds does nothing at all", hint="write a duration, such as 5s")
        others = {"--connect-to": self.connect_to, "--interface": self.interface, "--proxy": self.proxy}
        clash = next((name for name, value in others.items() if value), None)
        if self.unix_socket is not None and clash:
            raise PlanError(f"--unix-socket and {clash} exclude each other: a Unix socket is not in the network")

    @property
    def max_time_ns(self) -> int | None:
        """How long the whole play may take, None without a limit."""
        return None if self.max_time is None else duration_ns(self.max_time)

    def detours(self) -> list["Detour"]:
        """Return what ``connect_to`` says, in its order."""
        return [read_detour(text) for text in self.connect_to]

    def preface_bytes(self) -> bytes:
        """Return what is sent first; a pipe is read once, and kept. Raises PlanError when it cannot be read."""
        if self.preface is None:
            return b""
        name = str(self.preface)
        if not name:
            raise PlanError("the preface has an empty name", hint="--preface takes a file")
        if self._piped:
            return self._piped[0]
        try:
            path = Path(name)
            is_pipe = path.is_fifo()
            with opened_pipe(path) if is_pipe else path.open("rb") as stream:
                said = stream.read(LONGEST_PREFACE_BYTES + 1)
        except (OSError, ValueError) as error:
            refuse_too_many_files(error)
            reason = getattr(error, "strerror", None) or str(error)
            raise PlanError(f"the preface {name!r} cannot be read: {reason}") from error
        if len(said) > LONGEST_PREFACE_BYTES:
            raise PlanError(f"the preface {name!r} is longer than 16 MiB, and it is kept in memory")
        if is_pipe:
            self._piped.append(said)
        return said


@dataclass(frozen=True, slots=True)
class Detour:
    """Connections to one place go to another; None is any host or port, and the same."""

    from_host: str | None
    from_port: int | None
    host: str | None
    port: int | None

    def fits(self, hosts: set[str], port: int | None) -> bool:
        """Return whether it speaks of this port of a host with any of these names."""
        is_host = self.from_host is None or self.from_host.lower() in {host.lower() for host in hosts}
        return is_host and self.from_port in (None, port)


def read_detour(text: str) -> Detour:
    """Return what ``HOST1:PORT1:HOST2:PORT2`` says. Raises PlanError."""
    found = _DETOUR.fullmatch(text.strip())
    if found is not None:
        host1, port1, host2, port2 = found.groups()
        ports = [int(port) if port else None for port in (port1, port2)]
        if all(port is None or port <= _LAST_PORT for port in ports):
            return Detour(host1.strip("[]") or None, ports[0], host2.strip("[]") or None, ports[1])
    raise PlanError(
        f"{text!r} does not say what to connect to what",
        hint="write HOST1:PORT1:HOST2:PORT2, as for curl: prod.example:443:127.0.0.1:8443",
    )
