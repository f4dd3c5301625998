from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.trace.reading import DATA, HEADER, RECEIVED, TLS, event, info
from tracereplay.trace.connections import Connections
from tracereplay.trace.event import Event, Ids, Info, Item, Stray


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


def command(text: str) -> Event:
    return event(text.encode() + b"\r\n", HEADER)


def reply(text: str) -> Event:
    return event(text.encode() + b"\r\n", HEADER, RECEIVED)


# What curl says about the two connections of FTP, by release.
FTP: list[tuple[str, Sequence[Item], Sequence[Item]]] = [
    ("7.19.7", [info("About to connect() to h port 21 (#0)"), info("  Trying 127.0.0.1... == Info: connected"),
                info("Connected to h (127.0.0.1) port 21 (#0)")],
     [info("  Trying 127.0.0.1... == Info: connected"), info("Connecting to h (127.0.0.1) port 99")]),
    ("7.68.0", [info("  Trying 127.0.0.1:21..."), info("Connected to h (127.0.0.1) port 21 (#0)")],
     [info("  Trying 127.0.0.1:99..."), info("Connecting to h (127.0.0.1) port 99"),
      info("Connected to h (127.0.0.1) port 21 (#0)")]),
    ("8.5.0, which says no number", [info("  Trying 127.0.0.1:21..."), info("Connected to h (127.0.0.1) port 21")],
     [info("Connecting to h (127.0.0.1) port 99"), info("  Trying 127.0.0.1:99..."),
      info("Connected to h (127.0.0.1) port 21")]),
    ("8.17.0", [info("  Trying 127.0.0.1:21..."),
                info("Established connection to h (127.0.0.1 port 21) from 127.0.0.1 port 5 ")],
     [info("Connecting to h (127.0.0.1) port 99"), info("  Trying 127.0.0.1:99..."),
      info("Established 2nd connection to h (127.0.0.1 port 99) from 127.0.0.1 port 6 ")]),
    ("8.22.0", [info("  Trying 127.0.0.1:21..."),
                info("Established connection to h (127.0.0.1 port 21) from 127.0.0.1 port 5 ")],
     [info("Connecting to h port 99"), info("  Trying 127.0.0.1:99..."),
      info("Established 2nd connection to h (127.0.0.1 port 99) from 127.0.0.1 port 6 ")]),
    ("no information", [], []),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second"), [pytest.param(*rest, id=name) for name, *rest in FTP])
@pytest.mark.parametrize("ids", [None, Ids(0, 0)])
def test_the_two_connections_of_ftp_are_told_apart(
    first: Sequence[Item], second: Sequence[Item], ids: Ids | None
) -> None:
    retrieved = [command("RETR a"), reply("150 here"), event(b"abc", DATA, RECEIVED), reply("226 done")]
    kept = info("Connection #0 to host h left intact")
    items: list[Item] = [
        *first, reply("220 hi"), command("EPSV"), reply("229 (|||99|)"), *second, *retrieved, kept,
        info("Re-using existing connection! (#0) with host h"), command("PASV"), *retrieved, kept,
    ]  # fmt: skip
    connections = Connections()
    shown = [replace(item, ids=ids) if isinstance(item, Event | Info) else item for item in items]
    placed = [one.connection.id for one in connections.sort(shown) if one.connection and isinstance(one.item, Event)]
    assert placed == [0] * 5 + [1, 0] + [0] * 3 + [2, 0]
    assert [one.is_data for one in connections.all] == [False, True, True]
    assert (connections.all[0].port, connections.all[1].port) == ((21, 99) if first else (None, None))


def test_an_upload_by_ftp_goes_over_the_second_connection() -> None:
    assert owners(reply("220 hi"), command("EPSV"), command("STOR a"), event(b"abc"), reply("226 done")) == [
        0,
        0,
        0,
        1,
        0,
    ]


def test_a_number_that_the_second_connection_has_taken_is_not_given_twice() -> None:
    ftp = on(Ids(0, 0), command("EPSV"), event(b"abc"))
    assert owners(*ftp, *on(Ids(1, 1), get()), *on(Ids(1, 1), *answer())) == [0, 1, 2, 2, 2, 2]


def test_a_handshake_before_the_connection_is_announced_is_not_that_of_the_one_before() -> None:
    connections = Connections()
    list(connections.sort([
        info("  Trying 127.0.0.1:80..."), info("Established connection to h (::1 port 80) from ::1 port 4 "),
        get(), *answer(), info("Connection #0 to host h:80 left intact"), info("  Trying 127.0.0.1:443..."),
        info("SSL connection using TLSv1.3"), info("Established connection to h (::1 port 443) from ::1 port 5 "),
        get(), *answer(),
    ]))  # fmt: skip
    assert [(one.port, one.tls) for one in connections.all] == [(80, False), (443, True)]


def test_a_connection_through_socks_may_be_announced_twice() -> None:
    connections = Connections()
    list(connections.sort([
        info("  Trying 127.0.0.1:80..."), info("SOCKS5 connect to h:80 (remotely resolved)"),
        info("Connected to 127.0.0.1 () port 80"), info("Connected to 127.0.0.1 (127.0.0.1) port 80"), get(), *answer(),
    ]))  # fmt: skip
    assert [(one.address, len(one.requests.requests)) for one in connections.all] == [("127.0.0.1", 1)]


def connections_that_may_own(*items: Item) -> int:
    *_, last = Connections().sort(items)
    return 1 + len(last.rivals)


def test_what_does_not_parse_as_chunks_is_not_of_a_chunked_answer() -> None:
    def head(*lines: bytes) -> list[Event]:
        return [event(line + b"\r\n", HEADER, RECEIVED) for line in (b"HTTP/1.1 200 OK", *lines, b"")]

    items: list[Item] = [
        info("Connected to h (127.0.0.1) port 80 (#0)"), get(), *head(b"Transfer-Encoding: chunked"),
        info("Connected to h (127.0.0.1) port 80 (#1)"), get(), *head(), event(b"hello", DATA, RECEIVED),
    ]  # fmt: skip
    assert connections_that_may_own(*items) == 1


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
    assert doubted(*items, body(5)) == [False, False, True, True, True, True], "whose head it was is not known"


def test_when_curl_says_that_all_have_rested_the_next_is_known_again() -> None:
    items: list[Item] = [
        *two_open(), *answer(5), *answer(5), body(5), body(5),
        info("Connection #1 to host h left intact"), info("Connection #0 to host h left intact"),
        info("Re-using existing connection! (#0) with host h"), get(), *answer(5), body(5),
    ]  # fmt: skip
    assert owners(*items)[-5:] == [0] * 5
    assert doubted(*items)[-5:] == [False] * 5
    assert all(doubted(*items)[2:10])


def test_where_one_of_several_closes_without_a_number_the_others_are_not_taken_for_it() -> None:
    """The first one ends with its connection, and the second one goes on: 8.2.0-8.8.0 do not say which."""
    opened = info("Connected to h (127.0.0.1) port 80")
    endless = [event(line, HEADER, RECEIVED) for line in (b"HTTP/1.1 200 OK\r\n", b"\r\n")]
    items: list[Item] = [opened, get(), *endless, opened, get(), *answer(9), body(4), info("Closing connection")]
    assert doubted(*items, body(5))[-1]


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
