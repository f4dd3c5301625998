"""What was said on one connection, counted: the events themselves stay in the trace until they are asked for."""

import ipaddress
from dataclasses import dataclass, field

from tracereplay.trace.connection import Connection
from tracereplay.trace.event import Direction, Event
from tracereplay.trace.meaning import PlacedMark
from tracereplay.trace.request import Request, split_host
from tracereplay.trace.socks import SocksDestination
from tracereplay.trace.unknown import Unknown


@dataclass(slots=True)
class Tally:
    """One direction of a conversation: bytes of payload, and those of them that are not known."""

    bytes: int = 0
    events: int = 0
    inferred: int = 0
    unknown: Unknown = field(default_factory=Unknown)
    torn_line: int | None = None  # of the first dump that ends early
    ambiguous_line: int | None = None  # of the first event that may belong to another connection

    def add(self, event: Event) -> None:
        """Count the payload of one event."""
        payload = event.payload
        if event.is_torn and self.torn_line is None:
            self.torn_line = event.line
        self.unknown.add(payload)
        self.inferred += payload.inferred
        self.bytes += len(payload)
        self.events += 1


@dataclass(slots=True)
class Conversation:
    """The events of one connection, summed up.

    ``first`` and ``last`` are the positions of its first and last event among all events of the trace;
    times are in nanoseconds, None where the trace has none. ``marks`` are in the order of the bytes they stand at.
    """

    connection: Connection
    sent: Tally = field(default_factory=Tally)
    received: Tally = field(default_factory=Tally)
    first: int | None = None
    last: int | None = None
    start_ns: int | None = None
    end_ns: int | None = None
    marks: tuple[PlacedMark, ...] = ()

    @property
    def id(self) -> int:
        """The number of the connection: curl's own where the trace shows it, else counted from 0."""
        return self.connection.id

    @property
    def host(self) -> str | None:
        """The host that curl connected to (a proxy, where one is used), as it was named."""
        if self.connection.host is not None or not self.requests:
            return self.connection.host
        host = self.requests[0].host
        return split_host(host)[0] if host else None

    @property
    def port(self) -> int | None:
        """The port that curl connected to."""
        if self.connection.host is not None or not self.requests:
            return self.connection.port
        _, port = split_host(self.requests[0].host or "")
        return (443 if self.tls else 80) if port is None else port

    @property
    def address(self) -> str | None:
        """The IP address, or the path of a Unix socket, that curl connected to."""
        return self.connection.address

    @property
    def is_loopback(self) -> bool:
        """Whether it was recorded on this machine alone: the address decides, and without one the name."""
        return is_this_machine(self.address or self.host or "")

    @property
    def tls(self) -> bool:
        """Whether the conversation was inside TLS: the trace shows its plaintext."""
        return self.connection.tls

    @property
    def socks(self) -> SocksDestination | None:
        """What was asked of the host that curl connected to, when that is a SOCKS proxy and curl says so."""
        return self.connection.socks

    @property
    def requests(self) -> list[Request]:
        """The HTTP/1 requests that were sent, in order; none for other protocols."""
        return self.connection.requests.requests

    @property
    def protocol(self) -> str:
        """``http/1.1``, ``http/1.0``, ``h2``, ``h3``, or ``unknown``."""
        if self.requests:
            rendered = self.connection.responses.major_version  # to 7.6x such a request says HTTP/1.1
            version = str(rendered) if rendered > 1 else self.requests[0].version
            return {"2": "h2", "2.0": "h2", "3": "h3"}.get(version, f"http/{version}")
        return "unknown"

    @property
    def seconds(self) -> float | None:
        """From the first event to the last, None without times."""
        return None if self.start_ns is None or self.end_ns is None else (self.end_ns - self.start_ns) / 1e9

    def tally(self, direction: Direction) -> Tally:
        """Return the count of one direction."""
        return self.sent if direction is Direction.SENT else self.received

    def doubt(self, event: Event) -> None:
        """Take note that ``event`` may belong here, or to another connection."""
        tally = self.tally(event.direction)
        if event.is_payload and tally.ambiguous_line is None:
            tally.ambiguous_line = event.line

    def add(self, event: Event, position: int) -> None:
        """Count ``event``, which is the ``position``-th of the trace."""
        if not event.is_payload:
            return
        self.tally(event.direction).add(event)
        self.first = position if self.first is None else self.first
        self.last = position
        self.start_ns = event.time_ns if self.start_ns is None else self.start_ns
        self.end_ns = event.time_ns if event.time_ns is not None else self.end_ns


def is_this_machine(host: str) -> bool:
    """Return whether ``host``, a name or an address, is the loopback interface. No name is looked up."""
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"
