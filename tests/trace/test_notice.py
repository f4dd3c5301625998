from pathlib import Path

import pytest

from tests.trace.reading import DATA, HEADER, RECEIVED, event, info, text_of
from tracereplay.trace.event import Ids, Item, Stray
from tracereplay.trace.notice import Notice
from tracereplay.trace.reader import Form
from tracereplay.trace.trace import Trace

GET = event(b"GET / HTTP/1.1\r\nHost: h:80\r\n\r\n", HEADER)
GET_2 = event(b"GET / HTTP/2\r\nHost: h:80\r\n\r\n", HEADER)
OK, END = (event(line, HEADER, RECEIVED) for line in (b"HTTP/1.1 200 OK\r\n", b"\r\n"))
TORN = event(b"x" * 16, DATA, declared_bytes=1234)


def notices(folder: Path, items: list[Item], form: Form = "hex") -> tuple[Notice, ...]:
    path = folder / "trace.txt"
    path.write_bytes(text_of(items, form))
    return Trace.load(path).warnings


NOTICES: list[tuple[str, list[Item], list[Notice]]] = [
    ("nothing to say", [info("Connected"), GET, OK, END], []),
    ("torn at the end", [GET, TORN], [Notice(4, "torn", "the dump has 16 of the 1,234 bytes that its head declares")]),
    ("torn within a row", [GET, TORN, Stray(1, b"0010: 61")], [
        Notice(4, "torn", "the dump has 16 of the 1,234 bytes that its head declares"),
    ]),
    ("damaged", [GET, TORN, OK, END], [
        Notice(4, "torn", "the dump has 16 of the 1,234 bytes that its head declares"),
        Notice(4, "damaged", "a dump ends early, and the trace goes on: rows of it are missing or were changed",
               is_fault=True),
    ]),
    ("damaged, with information behind", [GET, TORN, info("x")], [
        Notice(4, "torn", "the dump has 16 of the 1,234 bytes that its head declares"),
        Notice(4, "damaged", "a dump ends early, and the trace goes on: rows of it are missing or were changed",
               is_fault=True),
    ]),
    ("a head that was changed", [Stray(1, b"=> Send data, 5 bytes (0x6)\n0000: 61\n"), GET], [
        Notice(1, "stray", "text that belongs to no item: other output, or damage"),
        Notice(1, "damaged", "the head of an event cannot be read: its bytes are missing", is_fault=True),
    ]),
    ("torn within a head", [GET, Stray(1, b"=> Send da")], [
        Notice(4, "stray", "text that belongs to no item: other output, or damage"),
    ]),
    ("stray text", [Stray(1, b"curl: (7) no\n"), Stray(1, b"again\n"), GET], [
        Notice(1, "stray", "text that belongs to no item: other output, or damage"),
    ]),
    ("blank lines", [Stray(1, b"\n"), Stray(1, b" \r\n"), GET], []),
    ("ids twice", [GET, info("[0-0] x", ids=Ids(0, 0)), info("[0-0] y", ids=Ids(0, 0))], [
        Notice(4, "lib-ids", "curl 8.13.0 to 8.16.0 with --trace-config all put ids into the payloads and cut them at"
               " NUL", is_fault=True),
    ]),
    ("a SOCKS proxy", [info("SOCKS5 connect to IPv4 127.0.0.1:80 (locally resolved)"), GET], [
        Notice(1, "not-traced", "what curl and a SOCKS proxy say to each other is not in the trace"),
    ]),
    ("a PONG", [GET, info("[WS] auto-respond to PING with a PONG")], [
        Notice(4, "not-traced", "the PONGs that curl sends are not in the trace"),
    ]),
    ("HTTP/2", [GET_2], [
        Notice(
            1,
            "rendered-headers",
            "HTTP/2: the headers are how curl shows them, and not bytes of the wire:"
            " play sends a translation, with --as-http1",
        ),
    ]),
    ("two connections open, and no ids", [
        info("Connected to h (127.0.0.1) port 80 (#0)"), GET, info("Connected to h (127.0.0.1) port 80 (#1)"), GET, OK,
    ], [Notice(9, "ambiguous", "nothing tells to which of the open connections this belongs")]),
]  # fmt: skip


@pytest.mark.parametrize(("items", "found"), [pytest.param(*rest, id=name) for name, *rest in NOTICES])
def test_the_user_is_told(tmp_path: Path, items: list[Item], found: list[Notice]) -> None:
    assert list(notices(tmp_path, items)) == found


def test_faults_are_the_notices_that_say_the_bytes_are_wrong(tmp_path: Path) -> None:
    path = tmp_path / "trace.txt"
    path.write_bytes(text_of([GET, TORN, OK]))
    assert [fault.code for fault in Trace.load(path).faults] == ["damaged"]
