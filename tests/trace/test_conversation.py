import pytest

from tests.trace.reading import DATA, HEADER, RECEIVED, TLS, event
from tracereplay.trace.connection import Connection
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Event
from tracereplay.trace.payload import INFERRED, UNKNOWN, Payload

SECOND = 1_000_000_000


def conversation(*events: Event, connection: Connection | None = None) -> Conversation:
    one = Conversation(connection or Connection(0))
    for position, item in enumerate(events):
        one.connection.feed(item)
        one.add(item, position)
    return one


def test_payload_is_counted_by_direction() -> None:
    doubtful = Payload(b"a..b", bytes((0, INFERRED, UNKNOWN, 0)))
    one = conversation(
        event(b"xy", HEADER),
        Event(2, None, None, event(b"").direction, DATA, doubtful, 4),
        event(b"123", DATA, RECEIVED),
    )
    assert (one.sent.bytes, one.sent.events, one.sent.inferred, list(one.sent.unknown)) == (6, 2, 1, [(4, 5)])
    assert (one.received.bytes, one.received.events, one.received.unknown.total) == (3, 1, 0)
    assert (one.first, one.last, one.seconds) == (0, 2, None)


def test_a_handshake_is_no_payload() -> None:
    one = conversation(event(b"\x16\x03", TLS), event(b"xy", HEADER))
    assert (one.sent.bytes, one.first, one.last, one.tls) == (2, 1, 1, True)


def test_the_first_torn_event_is_remembered() -> None:
    one = conversation(
        event(b"xy", line=3), event(b"x", declared_bytes=9, line=5), event(b"", declared_bytes=9, line=7)
    )
    assert (one.sent.torn_line, one.received.torn_line) == (5, None)


def test_the_first_event_that_may_be_anothers_is_remembered() -> None:
    one = Conversation(Connection(0))
    one.add(event(b"x", line=1), 1)
    for line in (2, 3):
        one.doubt(event(b"x", line=line))
    assert (one.sent.ambiguous_line, one.received.ambiguous_line) == (2, None)


def test_it_lasts_from_its_first_event_to_its_last() -> None:
    one = conversation(event(b"x", time_ns=5 * SECOND), event(b"y"), event(b"z", time_ns=7 * SECOND + SECOND // 2))
    assert one.seconds == 2.5


@pytest.mark.parametrize(
    ("request_line", "protocol"),
    [
        (b"GET / HTTP/1.1", "http/1.1"),
        (b"GET / HTTP/1.0", "http/1.0"),
        (b"GET / HTTP/2", "h2"),
        (b"GET / HTTP/3", "h3"),
        (b"EHLO mail", "unknown"),
    ],
)
def test_the_request_line_tells_the_protocol(request_line: bytes, protocol: str) -> None:
    assert conversation(event(request_line + b"\r\nHost: a\r\n\r\n", HEADER)).protocol == protocol


def connected(host: str, address: str | None, port: int) -> Connection:
    connection = Connection(0)
    connection.host, connection.address, connection.port = host, address, port
    return connection


@pytest.mark.parametrize(
    ("connection", "is_loopback"),
    [
        (connected("a.example", "127.0.0.1", 80), True),
        (connected("a.example", "127.8.8.8", 80), True),
        (connected("a.example", "::1", 80), True),
        (connected("localhost", "192.0.2.1", 80), False),
        (connected("127.0.0.1", None, 80), True),
        (connected("localhost", None, 80), True),
        (connected("localhost.example", None, 80), False),
        (connected("a.example", "fe80::1%eth0", 80), False),
        (connected("localhost", "/run/app.sock", 0), False),
        (Connection(0), False),
    ],
)
def test_the_address_tells_loopback_and_without_one_the_name(connection: Connection, is_loopback: bool) -> None:
    assert Conversation(connection).is_loopback is is_loopback


def test_curl_says_whom_it_connected_to_and_not_the_host_header() -> None:
    get = event(b"GET / HTTP/1.1\r\nHost: b.example:90\r\n\r\n", HEADER)
    one = conversation(get, connection=connected("proxy", "192.0.2.1", 3128))
    assert (one.host, one.port, one.address) == ("proxy", 3128, "192.0.2.1")


@pytest.mark.parametrize(
    ("host", "name", "port"),
    [
        (b"Host: a.example:8000\r\n", "a.example", 8000),
        (b"Host: a.example\r\n", "a.example", 80),
        (b"Host: [::1]\r\n", "::1", 80),
        (b"Host: [::1]:8000\r\n", "::1", 8000),
        (b"Host: a:\xb2\r\n", "a:\xb2", 80),
        (b"Host: a:" + b"9" * 5000 + b"\r\n", "a:" + "9" * 5000, 80),
        (b"", None, 80),
    ],
    ids=lambda value: str(value)[:30],
)
def test_without_information_the_host_header_says_it(host: bytes, name: str | None, port: int) -> None:
    one = conversation(event(b"GET / HTTP/1.1\r\n" + host + b"\r\n", HEADER))
    assert (one.host, one.port) == (name, port)


def test_within_tls_the_port_is_443() -> None:
    one = conversation(event(b"\x16", TLS), event(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", HEADER))
    assert one.port == 443


def test_without_information_and_request_nothing_is_known() -> None:
    one = conversation(event(b"EHLO mail\r\n", HEADER))
    assert (one.host, one.port, one.address, one.protocol) == (None, None, None, "unknown")
