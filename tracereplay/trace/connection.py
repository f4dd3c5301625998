"""What is known of one connection while a trace is read: enough to tell whether the next bytes can be its."""

import re
from dataclasses import dataclass, field

from tracereplay.trace.event import Direction, Event, Kind
from tracereplay.trace.request import RequestScanner, split_host
from tracereplay.trace.response import ResponseScanner
from tracereplay.trace.socks import SocksDestination

_ASKS_FOR_SECOND = re.compile(rb"(?:EPSV|PASV|EPRT|PORT|LPSV|LPRT)[ \r]", re.IGNORECASE)


@dataclass(slots=True, eq=False)
class Connection:
    """What is known of one connection while the trace is read. ``id`` is curl's own number where it says it."""

    id: int
    host: str | None = None
    address: str | None = None
    port: int | None = None
    tls: bool = False
    socks: SocksDestination | None = None  # what the host, a SOCKS proxy, was asked for
    is_open: bool = True
    is_fresh: bool = True  # opened or taken up again, and nothing sent since
    is_kept: bool = False  # left intact, and not taken up again
    requests: RequestScanner = field(default_factory=RequestScanner)
    responses: ResponseScanner = field(default_factory=ResponseScanner)
    answered: int = 0
    is_data: bool = False  # the second connection of FTP, which has no commands
    uncertain: set[Direction] = field(default_factory=set)  # how far these have come: an event may be another's
    second: "Connection | None" = None  # that one, where this is the first
    wants_second: bool = False  # it is about to be opened

    def feed(self, event: Event) -> None:
        """Take the event in, so that the next one can be told apart."""
        if event.kind is Kind.TLS:
            self.tls = True
        elif event.direction is Direction.SENT:
            self.is_fresh = False
            if event.kind is Kind.HEADER and _ASKS_FOR_SECOND.match(event.payload.data):
                self.second, self.wants_second = None, True
            self.requests.feed(event.kind, event.payload.data, event.line)
        else:
            current = self.requests.current
            was_waiting = self.awaits_answer
            self.responses.feed(event.kind, event.payload.data, method=current.method if current else "")
            if was_waiting and self.responses.in_head and not self.responses.is_interim:
                self.answered += 1

    def rest(self) -> None:
        """Take note that nothing is under way: curl says so, whatever could be told from the events."""
        self.uncertain.clear()
        self.responses.in_head = self.responses.in_body = False
        self.answered = len(self.requests.requests)

    @property
    def is_first(self) -> bool:
        """Whether it is the one with the commands, of the two that FTP has."""
        return self.wants_second or self.second is not None

    @property
    def awaits_answer(self) -> bool:
        """Whether a request has no final answer yet."""
        return self.answered < len(self.requests.requests)

    @property
    def is_sending(self) -> bool:
        """Whether a request is not all sent."""
        current = self.requests.current
        return current is not None and not current.is_complete

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way on it."""
        return self.awaits_answer or self.is_sending or self.responses.in_head or self.responses.in_body

    @property
    def has_ended(self) -> bool:
        """Whether all that was asked is answered, and it is not said to be kept or closed."""
        return self.is_open and not self.is_kept and self.answered > 0 and not (self.awaits_answer or self.is_sending)

    def serves(self, host: str) -> bool:
        """Return whether a request with this Host header can belong here, as far as is known."""
        name, port = split_host(host)
        fits_port = self.port is None or (self.port in (80, 443) if port is None else port == self.port)
        return fits_port and (self.host in (None, host) or name == (self.host or "").strip("[]"))
