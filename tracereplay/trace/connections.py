"""Whose bytes are these? Gives every event its connection.

With ``--trace-ids`` curl says so. Without, its information lines do, as far as they go; where several
connections are open at once (``--parallel``), the protocol decides: the rest of a body belongs to the
request that is open, an answer to the request that waits for it. What nothing decides is *ambiguous*.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tracereplay.trace.connection import Connection
from tracereplay.trace.event import Direction, Event, Info, Item, Kind
from tracereplay.trace.response import status_of
from tracereplay.trace.socks import SocksDestination, socks_destination
from tracereplay.trace.wording import News, news_of, speaks_of_socks, speaks_of_tls, speaks_of_trying


@dataclass(frozen=True, slots=True)
class Placed:
    """An item and the connection it belongs to: None for what belongs to none.

    ``rivals`` are the others that it may belong to just as well.
    """

    item: Item
    connection: Connection | None
    rivals: tuple[Connection, ...] = ()

    @property
    def is_ambiguous(self) -> bool:
        """Whether nothing tells which of several connections it belongs to."""
        return bool(self.rivals)


class Connections:
    """Sorts events to connections, in the order of the trace.

    ``mend`` gives each event what is known of its bytes besides, before anything is read out of it.
    """

    def __init__(self, mend: "Callable[[Connection, Event], Event] | None" = None) -> None:
        self._mend = mend
        self.all: list[Connection] = []
        self._live: list[Connection] = []  # those of them that are open, and some that were
        self._ids: set[int] = set()
        self._highest_id = -1
        self._by_number: dict[int, Connection] = {}
        self._by_said_number: dict[int, Connection] = {}  # where curl said it when it opened one: to 8.1.2
        self._current: Connection | None = None
        self._is_trying = False  # an attempt to connect that curl has not yet called a success
        self._is_tls_ahead = False
        self._in_socks = False
        self._socks_ahead: SocksDestination | None = None

    def sort(self, items: Iterable[Item]) -> Iterator[Placed]:
        """Yield every item with its connection."""
        for item in items:
            if isinstance(item, Info):
                yield Placed(item, self._read_info(item))
            elif isinstance(item, Event):
                first, *rivals = self._owners(item)
                connection = self._second_of(first) if item.kind is Kind.DATA and first.is_first else first
                known = item if self._mend is None else self._mend(connection, item)
                connection.feed(known)
                self._current = first
                yield Placed(known, connection, tuple(rivals))
            else:
                yield Placed(item, None)

    def _read_info(self, info: Info) -> Connection | None:
        number = info.ids.connection if info.ids else None
        wants_second = self._current is not None and self._current.wants_second
        if speaks_of_trying(info) and not wants_second:
            self._is_trying = True
            if number is not None and self._is_of_another_run(number):
                self._renew(number)
        self._in_socks = self._in_socks or speaks_of_socks(info)
        news = news_of(info)
        if news is not None:
            self._current = self._read_news(news, number)
        elif number is not None:
            self._current = self._numbered(number)
        if speaks_of_tls(info):
            if number is None and self._is_trying:
                self._is_tls_ahead = True  # from 8.16.0 on a connection is announced after its handshake
            elif self._current is not None:
                self._current.tls = True
        if socks := socks_destination(info):
            if number is None and self._is_trying:
                self._socks_ahead = socks  # from 8.10.0 on a connection is announced when the proxy has let it through
            elif self._current is not None:
                self._current.socks = socks
        return self._current

    def _read_news(self, news: News, ids_number: int | None) -> Connection | None:
        number = news.number if ids_number is None else ids_number
        first = self._current if number is None else self._by_number.get(number)
        if first is not None and first.is_first:
            if news.what == "second":
                second = self._second_of(first)
                second.host, second.address, second.port = news.host, news.address, news.port
            if news.what == "second" or (news.what == "opened" and first.wants_second and news.port == first.port):
                return first
        if news.what == "opened":
            is_new = number is not None and self._is_trying and self._is_of_another_run(number)
            connection = self._renew(number) if is_new else self._announced(news) or self._open(number)
            connection.tls = connection.tls or self._is_tls_ahead
            connection.socks = self._socks_ahead or connection.socks
            self._is_trying = self._is_tls_ahead = False
            self._socks_ahead = None
            if news.number is not None:
                self._by_said_number[news.number] = connection
            connection.host, connection.address, connection.port = news.host, news.address, news.port
            requests = connection.requests.requests
            connection.is_fresh = connection.is_fresh or not requests or requests[-1].is_tunnel
            return connection
        if number is not None and number in self._by_number:
            if news.what == "kept" and (meant := self._kept_in_another_run(number)):
                self._by_number[number].is_open = False
                self._by_number[number] = meant
            found: Connection | None = self._by_number[number]
        elif news.what == "reused":
            kept = [one for one in self._open_ones() if one.is_kept and one.host == news.host]
            found = kept[0] if len(kept) == 1 else None
        elif any(one.is_busy for one in self._open_ones() if one is not self._current):
            found = None  # 8.2.0-8.8.0 say no number: it may be any of those
        else:
            found = self._current
        if found is not None:
            found.wants_second = False
            if news.number is not None and self._by_said_number.get(news.number) is found:
                found.rest()
            was_open, found.is_open = found.is_open, news.what != "closed"
            if found.is_open and not was_open:
                self._live = list(self.all)
            found.is_fresh = news.what == "reused"
            found.is_kept = news.what == "kept"
        return found or self._current

    def _announced(self, news: News) -> Connection | None:
        """Return the connection that is announced once more, as some do when a SOCKS proxy has let it through."""
        is_again = self._in_socks and news.number is None and self._current is not None and self._current.is_fresh
        self._in_socks = self._in_socks and not news.address  # to 8.15.0 once without an address, and again with it
        return self._current if is_again else None

    def _open(self, number: int | None) -> Connection:
        if number is not None and (number not in self._by_number or self._by_number[number].is_open):
            return self._numbered(number)
        # From 8.14.0 on a tunnel through a proxy is built first, and the connection announced afterwards.
        unannounced = [one for one in self._open_ones() if one.host is None]
        if number is None and len(unannounced) == 1:
            return unannounced[0]
        return self._renew(number)

    def _is_of_another_run(self, number: int) -> bool:
        """Return whether curl began anew, as where two traces are in one text: what is in use is not opened again."""
        found = self._by_number.get(number)
        return found is not None and found.host is not None and not (found.is_fresh or found.is_first)

    def _kept_in_another_run(self, number: int) -> Connection | None:
        """Return the connection in use, where another one is said to be left intact that is already.

        From 8.2.0 on nothing else says a number, and another run of curl counts from 0 again.
        """
        found, current = self._by_number[number], self._current
        is_meant = found.is_kept and current is not None and current is not found and current.has_ended
        return current if is_meant else None

    def _renew(self, number: int | None) -> Connection:
        """Add a connection; a number that is used again does not name two, and the one that had it is gone."""
        if number is None:
            return self._add(self._highest_id + 1)
        if number in self._by_number:
            self._by_number[number].is_open = False
        return self._add(number)

    def _numbered(self, number: int) -> Connection:
        return self._by_number.get(number) or self._add(number)

    def _add(self, number: int) -> Connection:
        connection = self._by_number[number] = Connection(self._highest_id + 1 if number in self._ids else number)
        self._keep(connection)
        return connection

    def _keep(self, connection: Connection) -> None:
        self.all.append(connection)
        self._live = [*self._open_ones(), connection]
        self._ids.add(connection.id)
        self._highest_id = max(self._highest_id, connection.id)

    def _open_ones(self) -> list[Connection]:
        """Return the connections that are open, in their order; in a long trace they are few of all."""
        self._live = [one for one in self._live if one.is_open]
        return self._live

    def _second_of(self, first: Connection) -> Connection:
        """Return the data connection of FTP, which shares the number of the one with the commands."""
        if first.second is None:
            first.second = Connection(self._highest_id + 1, tls=first.tls, is_open=False, is_data=True)
            self._keep(first.second)
        return first.second

    def _owners(self, event: Event) -> list[Connection]:
        """Return the connection that the event belongs to, the likeliest first when nothing decides."""
        if event.ids is not None and event.ids.connection is not None:
            return [self._numbered(event.ids.connection)]
        open_ones = self._open_ones()
        is_new = self._is_trying and event.direction is Direction.SENT and not any(one.is_fresh for one in open_ones)
        if not self.all or is_new:
            self._is_trying = False
            return [self._renew(None)]
        if len(open_ones) < 2 or not event.is_payload:
            is_possible = self._current is not None and (self._current in open_ones or not open_ones)
            return [self._current if self._current and is_possible else (open_ones or self.all)[-1]]
        current = self._current if self._current in open_ones else open_ones[-1]
        candidates = self._candidates(event, open_ones, current) or [one for one in open_ones if one.is_busy]
        first = current if current in candidates or not candidates else candidates[0]
        owners = [first, *(one for one in candidates if one is not first)]
        if not (event.direction is Direction.SENT and current.requests.begins_request(event.payload.data)):
            owners += [one for one in open_ones if event.direction in one.uncertain and one not in owners]
        if len(owners) > 1:
            for one in owners:
                one.uncertain.add(event.direction)
        return owners

    def _candidates(self, event: Event, open_ones: list[Connection], current: Connection) -> list[Connection]:
        """Return those of several open connections that the protocol lets the event belong to."""
        if event.direction is Direction.SENT:
            if event.kind is Kind.HEADER and current.requests.begins_request(event.payload.data):
                return self._free_for(event.payload.data, open_ones)
            return [one for one in open_ones if one.is_sending]
        if event.kind is Kind.DATA:
            return [one for one in open_ones if one.responses.takes(event.payload.data)]
        is_over = current.responses.is_interim and status_of(event.payload.data) is not None
        if current.responses.in_head and not is_over:  # to 8.6.0 the blank line after a 1xx is not traced
            return [current]  # curl reads the lines of a head in one go
        return [one for one in open_ones if one.awaits_answer]

    def _free_for(self, head: bytes, open_ones: list[Connection]) -> list[Connection]:
        """Return the connections on which the request that begins with ``head`` can have been sent."""
        lines = head.decode("latin-1").split("\r\n")
        host = next((line[5:].strip() for line in lines if line.lower().startswith("host:")), "")
        idle = [one for one in open_ones if not one.awaits_answer or one.is_fresh]
        fresh = [one for one in idle if one.is_fresh] or idle
        return [one for one in fresh if one.serves(host)] or fresh
