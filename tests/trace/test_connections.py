from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.trace.reading import DATA, HEADER, RECEIVED, TLS, event, info
from tracereplay.trace.connections import Connections
from tracereplay.trace.event import Event, Ids, Item, Stray


def get(host: str = "h:80") -> Event:
    return event(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode(), HEADER)


def post(size: int) -> Event:
    return event(f"POST / HTTP/1.1\r\nHost: h:80\r\nContent-Length: {size}\r\n\r\n".encode(), HEADER)


def answer(size: int = 0) -> list[Event]:
    lines = (b"HTTP/1.1 200 OK\r\n", b"Content-Length: %d\r\n" % size, b"\r\n")
    return [event(line, HEADER, RECEIVED) for line in lines]


def body(size: int) -> Event:
    return event(b"x" * size, DATA, RECEIVED)


def owners(*items: Item) -> list[int]:
    """Return the connection of every event."""
    placed = Connections().sort(items)
    return [one.connection.id for one in placed if isinstance(one.item, Event) and one.connection is not None]


def doubted(*items: Item) -> list[bool]:
    return [one.is_ambiguous for one in Connections().sort(items) if isinstance(one.item, Event)]


def on(ids: Ids, *items: Event) -> list[Event]:
    return [replace(item, ids=ids) for item in items]


CONNECTED = info("Connected to h (127.0.0.1) port 80 (#0)")

# What curl says about one exchange and then another, by release.
STORIES: list[tuple[str, Sequence[Item], list[int]]] = [
    ("no information at all", [get(), *answer(), get(), *answer()], [0] * 8),
    ("kept and used again", [
        CONNECTED, get(), *answer(), info("Connection #0 to host h left intact"),
        info("Re-using existing connection! (#0) with host h"), get(), *answer(),
    ], [0] * 8),
    ("used again, without a number", [
        info("Connected to h (127.0.0.1) port 80"), get(), *answer(), info("Connection #0 to host h left intact"),
        info("Re-using existing connection with host h"), get(), *answer(),
    ], [0] * 8),
    ("said to be connected again, to 7.81", [
        CONNECTED, get(), *answer(), info("Re-using existing connection! (#0) with host h"), CONNECTED, get(),
    ], [0] * 5),
    ("closed and opened anew", [
        CONNECTED, get(), *answer(), info("Closing connection 0"),
        info("  Trying 127.0.0.1:80..."), info("Connected to h (127.0.0.1) port 80 (#1)"), get(), *answer(),
    ], [0] * 4 + [1] * 4),
    ("closed and opened with the same number, to 7.28", [
        CONNECTED, get(), *answer(), info("Closing connection #0"), CONNECTED, get(), *answer(),
    ], [0] * 4 + [1] * 4),
    ("opened without a number", [
        info("Connected to h (127.0.0.1) port 80"), get(), *answer(), info("Closing connection"),
        info("Connected to g (127.0.0.1) port 80"), get("g:80"), *answer(),
    ], [0] * 4 + [1] * 4),
    ("established, from 8.16.0 on", [
        info("Established connection to h (127.0.0.1 port 80) from 127.0.0.1 port 4 "), get(), *answer(),
        info("shutting down connection #0"),
        info("Established connection to h (127.0.0.1 port 80) from 127.0.0.1 port 5 "), get(), *answer(),
    ], [0] * 4 + [1] * 4),
    ("a tunnel that is announced when it stands, from 8.14.0 on", [
        info("  Trying 127.0.0.1:80..."), event(b"CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n", HEADER),
        event(b"HTTP/1.1 200 OK\r\n", HEADER, RECEIVED), event(b"\r\n", HEADER, RECEIVED),
        info("Connected to h (127.0.0.1) port 80"), get(), *answer(),
    ], [0] * 7),
]  # fmt: skip


@pytest.mark.parametrize(("items", "found"), [pytest.param(*rest, id=name) for name, *rest in STORIES])
def test_what_curl_says_sorts_the_events(items: list[Item], found: list[int]) -> None:
    assert owners(*items) == found
    assert not any(doubted(*items))


def test_ids_decide_whatever_else_is_said() -> None:
    one, two = Ids(0, 0), Ids(1, 4)
    items: list[Item] = [
        *on(one, get()), *on(two, get()), CONNECTED, *on(two, *answer()), *on(one, *answer()), *on(two, body(3)),
    ]  # fmt: skip
    assert owners(*items) == [0, 4, 4, 4, 4, 0, 0, 0, 4]
    assert not any(doubted(*items))


def test_an_id_without_a_connection_leaves_it_open() -> None:
    assert owners(replace(info("x"), ids=Ids(0, None)), *on(Ids(0, None), get())) == [0]


def two_open() -> list[Item]:
    return [
        info("Connected to h (127.0.0.1) port 80 (#0)"), get(), info("Connected to h (127.0.0.1) port 80 (#1)"), get(),
    ]  # fmt: skip


def test_the_length_of_an_answer_tells_whose_the_body_is() -> None:
    items: list[Item] = [*two_open(), *answer(5)]
    assert owners(*items, body(5)) == [0, 1, 1, 1, 1, 1]
    assert doubted(*items, body(5)) == [False, False, True, False, False, False]


def test_a_body_to_send_belongs_to_the_request_that_is_open() -> None:
    items: list[Item] = [
        info("Connected to h (127.0.0.1) port 80 (#0)"), post(3),
        info("Connected to h (127.0.0.1) port 80 (#1)"), get(),
        event(b"abc"),
    ]  # fmt: skip
    assert owners(*items) == [0, 1, 0]
    assert doubted(*items) == [False, False, False]


def test_what_nothing_decides_is_ambiguous() -> None:
    items: list[Item] = [
        info("Connected to h (127.0.0.1) port 80 (#0)"), post(9),
        info("Connected to h (127.0.0.1) port 80 (#1)"), post(9),
        event(b"abc"),
    ]  # fmt: skip
    assert doubted(*items) == [False, False, True]


def test_a_host_tells_where_a_request_went() -> None:
    items: list[Item] = [
        info("Connected to h (127.0.0.1) port 80 (#0)"), info("Connected to g (127.0.0.1) port 81 (#1)"),
        get("h"), get("g:81"),
    ]  # fmt: skip
    assert owners(*items) == [0, 1]
    assert not any(doubted(*items))


@pytest.mark.parametrize("host", ["h:²", "h:" + "9" * 5000, "", "[::1]", ":"], ids=lambda host: host[:10])
def test_an_odd_host_header_breaks_nothing(host: str) -> None:
    items: list[Item] = [CONNECTED, info("Connected to g (127.0.0.1) port 81 (#1)"), get(host)]
    assert len(owners(*items)) == 1


def test_the_handshake_makes_a_connection_tls() -> None:
    connections = Connections()
    placed = list(connections.sort([CONNECTED, event(b"\x16", TLS), get(), *answer()]))
    assert connections.all[0].tls
    assert {one.connection.id for one in placed if one.connection is not None} == {0}


def test_information_about_tls_makes_the_connection_tls() -> None:
    connections = Connections()
    list(connections.sort([CONNECTED, info("SSL connection using TLSv1.3"), get()]))
    assert [one.tls for one in connections.all] == [True]


def test_text_that_is_no_item_has_no_connection() -> None:
    (placed,) = Connections().sort([Stray(1, b"x\n")])
    assert (placed.connection, placed.is_ambiguous) == (None, False)


def test_an_answer_without_a_request_has_a_connection() -> None:
    assert owners(*answer()) == [0, 0, 0]
