"""What a trace does not show is said; where it shows all, nothing is."""

from collections.abc import Sequence

import pytest

from tests.trace.reading import DATA, HEADER, RECEIVED, event, info
from tracereplay.trace.connections import Connections
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Event, Item
from tracereplay.trace.omission import Omissions
from tracereplay.trace.repair import repaired

CONNECTED = info("Connected to h (127.0.0.1) port 80 (#0)")
KEPT, CLOSED = info("Connection #0 to host h left intact"), info("Closing connection 0")
REUSED = info("Re-using existing connection! (#0) with host h")
IGNORING = info("Ignoring the response-body")


def get(agent: str = "curl/8.14.1", method: str = "GET", head: str = "") -> Event:
    return event(f"{method} /a HTTP/1.1\r\nHost: h\r\nUser-Agent: {agent}\r\n{head}\r\n".encode(), HEADER)


def answer(status: str = "200 OK", head: str = "Content-Length: 3") -> list[Event]:
    lines = [f"HTTP/1.1 {status}\r\n", *([f"{head}\r\n"] if head else []), "\r\n"]
    return [event(line.encode(), HEADER, RECEIVED) for line in lines]


def body(data: bytes) -> Event:
    return event(data, DATA, RECEIVED)


def command(text: str) -> Event:
    return event(text.encode() + b"\r\n", HEADER)


def reply(text: str) -> Event:
    return event(text.encode() + b"\r\n", HEADER, RECEIVED)


def omitted(*items: Item, is_ascii: bool = False) -> list[str]:
    omissions = Omissions(is_ascii=is_ascii)
    found: dict[int, Conversation] = {}
    for placed in repaired(Connections().sort([CONNECTED, *items])):
        if isinstance(placed.item, Event) and placed.connection is not None:
            found.setdefault(placed.connection.id, Conversation(placed.connection)).add(placed.item, 0)
        omissions.read(placed)
    return [notice.code for notice in omissions.finish(found.values())]


OLD = "curl/8.5.0"
CHUNKED = "Transfer-Encoding: chunked"
UPGRADE = "Upgrade: websocket\r\n"
SWITCHED = [get(head=UPGRADE), *answer("101 Switching Protocols", "Upgrade: websocket")]
MAIL = [reply("220 h ESMTP"), command("EHLO a"), reply("250 h"), command("DATA"), reply("354 go on")]

EXACT: list[tuple[str, Sequence[Item]]] = [
    ("an answer", [get(), *answer(), body(b"abc"), KEPT]),
    ("an ignored body, to 8.4.0", [get(), *answer("301 Moved"), IGNORING, body(b"abc"), KEPT, get(), *answer()]),
    ("an ignored body that is empty", [get(), *answer("301 Moved", "Content-Length: 0"), IGNORING, KEPT, get()]),
    ("an answer to HEAD, at the end", [get(method="HEAD"), *answer()]),
    ("an answer of no body, at the end", [get(), *answer("204 No Content")]),
    ("a body that nothing says the length of, at the end", [get(), *answer(head=""), body(b"abc")]),
    ("a body that the server has ended, and curl says so", [get(), *answer(), body(b"ab"), CLOSED]),
    ("all chunks, at the end", [get(), *answer(head=CHUNKED), body(b"0\r\n\r\n")]),
    ("an answer to HEAD", [get(method="HEAD"), *answer(), KEPT, get()]),
    ("304", [get(), *answer("304 Not Modified"), KEPT, get()]),
    ("chunks", [get(), *answer(head=CHUNKED), body(b"3\r\nabc\r\n0\r\n"), body(b"\r\n"), KEPT]),
    ("chunks that end too early", [get(), *answer(head=CHUNKED), body(b"5\r\nabc"), CLOSED]),
    ("a tunnel", [get(method="CONNECT"), *answer(head=""), get(), *answer(), body(b"abc"), KEPT]),
    ("a refusal without a body", [get(method="CONNECT"), *answer("407 No", "Content-Length: 0"), CLOSED]),
    ("an answer that is cut off", [get(), *answer(), CLOSED]),
    ("no answer at all", [get(), CLOSED]),
    ("a mail whose end is traced, 8.6.0 on", [*MAIL, event(b"hi\r\n.\r\n"), reply("250 ok"), command("QUIT")]),
    ("IMAP", [reply("* OK hi"), command("A1 LOGIN a b"), reply("A1 OK"), command("A2 LOGOUT"), reply("* BYE")]),
    ("a WebSocket without PING", [*SWITCHED, body(b"\x81\x02hi\x82\x7e\0\x03\x89\0"), body(b"x\x88\0")]),
    ("packets", [event(b"\x10\x0c", HEADER), event(b"\x20\x02\0\0", HEADER, RECEIVED), CLOSED]),
]  # fmt: skip


@pytest.mark.parametrize("items", [pytest.param(items, id=name) for name, items in EXACT])
def test_a_trace_that_shows_all_gets_no_notice(items: list[Item]) -> None:
    assert omitted(*items) == []


GAPS: list[tuple[str, Sequence[Item], list[str]]] = [
    ("an ignored body, 8.5.0 on", [get(), *answer("301 Moved"), IGNORING, KEPT, get(), *answer()], ["ignored-body"]),
    ("ignored, whatever its length", [get(), *answer("301 Moved", ""), IGNORING, CLOSED], ["ignored-body"]),
    ("ignored, and not said so", [get(), *answer("401 No"), get(), *answer("200 OK", "")], ["ignored-body"]),
    ("8.5.0 shows chunks decoded", [get(OLD), *answer(head=CHUNKED), body(b"hello world")], ["dechunked"]),
    ("and even if they look like a size", [get(OLD), *answer(head=CHUNKED), body(b"abc"), KEPT], ["dechunked"]),
    ("and even if there are none", [get(OLD), *answer(head=CHUNKED), KEPT], ["dechunked"]),
    ("the body of a refused CONNECT", [get(method="CONNECT"), *answer("407 No"), IGNORING, get()], ["not-traced"]),
    ("a header that curl will not have", [get(), *answer()[:1], info("Nul byte in header")], ["gave-up"]),
    ("a 1xx and nothing after it", [get("curl/7.88.1"), *answer("103 Hints")[:2]], ["interim-end"]),
    ("a 1xx whose end is restored", [get(), *answer("103 Hints")[:2], *answer(), body(b"abc")], ["interim-end"]),
    ("SOCKS", [info("SOCKS5 connect to h:80 (remotely resolved)"), get()], ["not-traced"]),
    ("SOCKS, to 7.28", [info("About to connect() to proxy h port 1080 (#0)"), CONNECTED, get()], ["not-traced"]),
    ("gopher or telnet", [body(b"login:"), CLOSED], ["not-traced"]),
    ("gopher, to 7.6x", [event(b"\r\n"), body(b"iHello\r\n.\r\n"), CLOSED], ["not-traced"]),
    ("telnet that shows nothing", [info("RCVD WILL ECHO"), info("SENT DO ECHO"), CLOSED], ["not-traced"]),
    ("QUIT", [reply("220 h"), command("USER a"), reply("230 ok"), KEPT], ["not-traced"]),
    ("the dot after a mail, to 8.5.0", [*MAIL, event(b"hi"), reply("250 ok"), command("QUIT")], ["not-traced"]),
    ("a PONG, said", [*SWITCHED, info("[WS] auto-respond to PING with PONG")], ["not-traced"]),
    ("a PONG, by the PING", [*SWITCHED, body(b"\x81\x02hi\x89\x01x"), body(b"\x89\0")], ["not-traced"]),
    ("cut off within the body of an answer", [get(), *answer(head="Content-Length: 9"), body(b"abc")], ["unfinished"]),
    ("cut off behind the head of an answer", [get(), *answer(head="Content-Length: 10")], ["unfinished"]),
    ("cut off within the head of an answer", [get(), *answer()[:1]], ["unfinished"]),
    ("cut off within chunks", [get(), *answer(head=CHUNKED), body(b"3\r\nabc\r\n")], ["unfinished"]),
    ("cut off in a second answer", [get(), *answer(), body(b"abc"), KEPT, REUSED, get(), *answer()], ["unfinished"]),
    ("curl was stopped", [get(head="Content-Length: 9\r\n"), event(b"abc")], ["unfinished"]),
]  # fmt: skip


@pytest.mark.parametrize(("items", "codes"), [pytest.param(*rest, id=name) for name, *rest in GAPS])
def test_what_is_not_in_the_trace_is_said_once(items: list[Item], codes: list[str]) -> None:
    assert omitted(*items) == codes


def test_in_ascii_a_ping_cannot_be_told() -> None:
    assert omitted(*SWITCHED, body(b"..hi"), is_ascii=True) == ["not-traced"]
