"""What curl did not trace as it was on the wire, and can be put right."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.trace.reading import HEADER, RECEIVED, event, info, text_of
from tracereplay.trace.connections import Connections
from tracereplay.trace.event import Event, Item
from tracereplay.trace.payload import UNKNOWN, Payload
from tracereplay.trace.repair import repaired


def post(agent: str = "curl/7.88.1", expect: str = "Expect: 100-continue\r\n") -> Event:
    head = f"POST / HTTP/1.1\r\nHost: h\r\nUser-Agent: {agent}\r\nContent-Length: 3\r\n{expect}\r\n"
    return event(head.encode(), HEADER)


def line(data: bytes) -> Event:
    return event(data, HEADER, RECEIVED)


def dotted(data: bytes) -> Event:
    """Return a line of a head as ascii shows it: its dots are unknown."""
    marks = bytes(UNKNOWN if byte == ord(".") else 0 for byte in data)
    return replace(line(data), payload=Payload(data, marks))


def story(*items: Item) -> list[Event]:
    return [one.item for one in repaired(Connections().sort(items)) if isinstance(one.item, Event)]


def received(*items: Item) -> bytes:
    return b"".join(one.payload.data for one in story(*items) if one.direction is RECEIVED)


CONTINUE, OK, BLANK, BODY = (
    line(b"HTTP/1.1 100 Continue\r\n"),
    line(b"HTTP/1.1 200 OK\r\n"),
    line(b"\r\n"),
    event(b"abc"),
)
HINTS = [line(b"HTTP/1.1 103 Early Hints\r\n"), line(b"Link: </a>\r\n")]

INTERIM: list[tuple[str, Sequence[Item], bytes]] = [
    ("the body that curl sends proves it", [post(), CONTINUE, BODY], b"HTTP/1.1 100 Continue\r\n\r\n"),
    ("the answer proves it", [post(expect=""), CONTINUE, OK], b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"),
    ("each of several has one", [post(expect=""), *HINTS, *HINTS, OK],
     b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 2 + b"HTTP/1.1 200 OK\r\n"),
    ("there already, from 8.7.0 on", [post(), CONTINUE, BLANK, BODY, OK],
     b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"),
    ("curl had stopped waiting: the rest may still come",
     [post(), CONTINUE, info("Done waiting for 100-continue"), BODY, line(b"A: b\r\n"), OK],
     b"HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n"),
    ("a 103 is no reason to send", [post(), *HINTS, BODY, BLANK], b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    ("in the middle of a body nothing is proved", [post(), BODY, CONTINUE, BODY, BLANK],
     b"HTTP/1.1 100 Continue\r\n\r\n"),
    ("nothing comes after it", [post(), CONTINUE], b"HTTP/1.1 100 Continue\r\n"),
    ("an answer that is none of those is as it is", [post(expect=""), OK, OK], b"HTTP/1.1 200 OK\r\n" * 2),
    ("HTTP/2 has no such lines", [post(expect=""), line(b"HTTP/2 103 \r\n"), line(b"HTTP/2 200 \r\n")],
     b"HTTP/2 103 \r\nHTTP/2 200 \r\n"),
]  # fmt: skip


@pytest.mark.parametrize(("items", "wire"), [pytest.param(*rest, id=name) for name, *rest in INTERIM])
def test_the_blank_line_after_a_1xx_is_restored_where_it_is_proved(items: list[Item], wire: bytes) -> None:
    assert received(*items) == wire


def test_what_is_restored_says_so_and_stands_where_it_came() -> None:
    found = story(post(), replace(CONTINUE, line=7, time_ns=5), BODY)
    assert [(one.payload.data[-2:], one.restored) for one in found] == [
        (b"\r\n", None), (b"\r\n", None), (b"\r\n", "interim-end"), (b"bc", None),
    ]  # fmt: skip
    assert (found[2].line, found[2].time_ns, found[2].is_torn) == (7, 5, False)


SPLIT: list[tuple[str, Sequence[Item], bytes | None]] = [
    ("in hex LF and NUL, to 8.4.0", [post(), OK, line(b"\n\0")], None),
    ("LF and the first byte of the body, 7.74 to 8.2", [post(), OK, line(b"\nm")], None),
    ("in ascii two dots", [post(), OK, dotted(b"..")], None),
    ("in ascii a dot and the body's first byte", [post(), OK, dotted(b".m")], None),
    ("8.5.0 does it right, and a line may be two dots", [post("curl/8.5.0"), OK, dotted(b"..")], b".."),
    ("a bare LF is a blank line by itself", [post(), OK, line(b"\n")], b"\n"),
    ("a blank line as it is", [post(), OK, BLANK], b"\r\n"),
    ("outside a head it is none", [post(), OK, BLANK, line(b"\n\0")], b"\n\0"),
    ("a reply of another protocol", [line(b"220 x\r\n"), line(b"\n\0")], b"\n\0"),
]  # fmt: skip


@pytest.mark.parametrize(("items", "shown"), [pytest.param(*rest, id=name) for name, *rest in SPLIT])
def test_a_blank_line_in_two_pieces_is_restored(items: list[Item], shown: bytes | None) -> None:
    last = story(*items)[-1]
    assert last.payload == Payload(b"\r\n") if shown is None else last.payload.data == shown
    assert last.restored == ("split-blank-line" if shown is None else None)


def test_items_stay_as_curl_printed_them() -> None:
    items = [post(), CONTINUE, BODY, OK, line(b"\n\0")]
    assert text_of(one.item for one in Connections().sort(items)) == text_of(items)
