"""Events that were deleted, or turned round, from real traces and made ones: seen where HTTP/1 or curl itself tells."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.traces import trace_text
from tracereplay.errors import TraceError
from tracereplay.library import Trace

FIXTURES = Path(__file__).parents[2] / "fixtures" / "traces"
OPENED = "== Info: Connected to 127.0.0.1 (127.0.0.1) port 80 (#0)\n"
KEPT = "== Info: Connection #0 to host 127.0.0.1 left intact\n"
CLOSED = "== Info: Closing connection 0\n"
SENT, RECEIVED = "=> Send data", "<= Recv data"
NEWS = ("body-length", "out-of-order")


def load(folder: Path, text: bytes) -> Trace:
    path = folder / "trace.txt"
    path.write_bytes(text)
    return Trace.load(path)


def codes(folder: Path, *items: tuple[str, bytes] | str) -> list[str]:
    return [f"{one.code}{'!' * one.is_fault}" for one in load(folder, trace_text([OPENED, *items])).warnings]


def head(*fields: str, method: str = "POST", agent: str = "curl/8.14.1") -> tuple[str, bytes]:
    lines = [f"{method} / HTTP/1.1", "Host: 127.0.0.1", f"User-Agent: {agent}", *fields, "", ""]
    return "=> Send header", "\r\n".join(lines).encode()


def answer(status: str = "200 OK", *fields: str) -> list[tuple[str, bytes]]:
    lines = [f"HTTP/1.1 {status}", *(fields or ("Content-Length: 0",)), ""]
    return [("<= Recv header", f"{line}\r\n".encode()) for line in lines]


def told(count: int, words: str = "upload completely sent off:") -> str:
    return f"== Info: {words} {count} bytes\n"


TEN, CHUNKED, EXPECT = head("Content-Length: 10"), head("Transfer-Encoding: chunked"), "Expect: 100-continue"
HALF = (SENT, b"abcde")
OK = answer()

SOUND: list[tuple[str, list[tuple[str, bytes] | str]]] = [
    ("all is there", [TEN, HALF, (SENT, b"fghij"), *OK, KEPT]),
    ("twice the same", [TEN, HALF, HALF, *OK, KEPT]),
    ("chunks", [CHUNKED, (SENT, b"5\r\nabcde\r\n0\r\n\r\n"), *OK, KEPT]),
    ("curl was killed", [TEN]),
    ("the server resets", [TEN, HALF, "== Info: Send failure: Connection reset by peer\n", CLOSED]),
    ("curl gives up", [TEN, HALF, "== Info: Operation timed out after 1001 milliseconds\n", CLOSED]),
    ("an early 413", [TEN, HALF, *answer("413 Too Large"), CLOSED]),
    ("an early 413, and curl says so", [
        TEN, HALF, *answer("413 Too Large"), told(5, "abort upload after having sent"), CLOSED,
    ]),
    ("an early 200 and a close", [
        TEN, HALF, *OK, "== Info: we are done reading and this is set to close, stop send\n", CLOSED,
    ]),
    ("417, and once more", [head("Content-Length: 10", EXPECT), *answer("417 No"), TEN, HALF, HALF, *OK, KEPT]),
    ("the length was set by hand, and curl says what it sent", [TEN, HALF, told(5), *OK, KEPT]),
    ("no length at all, by hand, and curl says what it sent", [head(), HALF, told(5), *OK, KEPT]),
    ("HTTP/2 that is shown as HTTP/1.1, and a body of no length", [
        head(), HALF, ("<= Recv header", b"HTTP/2 200 \r\n"), ("<= Recv header", b"\r\n"), KEPT,
    ]),
    ("an upload over HTTP/2 that is shown so, and no answer", [head(), HALF]),
    ("a WebSocket", [
        head("Upgrade: websocket", method="GET"), *answer("101 Switching", "Upgrade: websocket"), (RECEIVED, b"\x81\0"),
        HALF, CLOSED,
    ]),
    ("a tunnel to what is not HTTP", [
        head(method="CONNECT"), *answer("200 OK", "A: b"), ("<= Recv header", b"220 hi\r\n"),
        ("=> Send header", b"EHLO a\r\n"), (SENT, b"hi"), (RECEIVED, b"x"),
    ]),
    ("HTTP/0.9", [head(method="GET"), (RECEIVED, b"abc"), CLOSED]),
    ("a 100 without its end", [
        head("Content-Length: 10", EXPECT), ("<= Recv header", b"HTTP/1.1 100 Continue\r\n"), HALF, HALF, *OK, KEPT,
    ]),
    ("HTTP/2 by an upgrade", [
        head("Upgrade: h2c", method="GET"), *answer("101 Switching", "Upgrade: h2c"),
        ("<= Recv header", b"HTTP/2 200 \r\n"), ("<= Recv header", b"\r\n"), (RECEIVED, b"abc"), KEPT,
    ]),
]  # fmt: skip


@pytest.mark.parametrize("items", [pytest.param(items, id=name) for name, items in SOUND])
def test_of_what_may_be_as_it_was_nothing_is_said(items: list[tuple[str, bytes] | str], tmp_path: Path) -> None:
    assert not {code.strip("!") for code in codes(tmp_path, *items)} & set(NEWS)


DAMAGED: list[tuple[str, list[tuple[str, bytes] | str], list[str]]] = [
    ("half a body, and the connection is kept", [TEN, HALF, *OK, KEPT], ["body-length"]),
    ("half a body, and the next request", [TEN, HALF, *OK, TEN, HALF, HALF, *OK], ["body-length"]),
    ("half a body, a good answer, an end", [TEN, HALF, *OK, CLOSED], ["body-length"]),
    ("no body", [TEN, *OK, KEPT], ["body-length"]),
    ("half a body, and curl has sent all", [
        TEN, HALF, "== Info: We are completely uploaded and fine\n", *answer("500 No"), CLOSED,
    ], ["body-length"]),
    ("a body that is too long", [TEN, (SENT, b"abcdefghijklm"), *OK, KEPT], ["body-length"]),
    ("an event twice", [TEN, (SENT, b"fghij"), HALF, HALF, *OK, KEPT], ["damaged!"]),
    ("less than curl has counted", [TEN, HALF, told(10), *answer("500 No"), CLOSED], ["body-length!"]),
    ("less than curl has counted when it stopped", [
        TEN, HALF, *answer("413 No"), told(7, "abort upload after having sent"), CLOSED,
    ], ["body-length!"]),
    ("more than curl has counted", [TEN, HALF, HALF, HALF, told(10), *OK, KEPT], ["body-length!"]),
    ("chunks without an end", [CHUNKED, (SENT, b"5\r\nabcde\r\n"), *OK, KEPT], ["body-length"]),
    ("chunks without a beginning", [CHUNKED, (SENT, b"cde\r\n0\r\n\r\n"), *OK, KEPT], ["body-length"]),
    ("no length at all, by hand or not", [head(), HALF, *OK, KEPT], ["out-of-order"]),
    ("no length at all, and HTTP/1.0 says no more", [
        (head()[0], head()[1].replace(b"1.1", b"1.0")), HALF, *OK, CLOSED,
    ], ["out-of-order"]),
    ("a body that no GET has", [head(method="GET"), HALF, *OK, KEPT], ["out-of-order!"]),
    ("the body of an answer turned round", [
        head(method="GET"), *answer("200 OK", "Content-Length: 5"), HALF, KEPT,
    ], ["body-length", "out-of-order!"]),
    ("a whole answer turned round", [
        head(method="GET"), *(("=> Send header", line) for _, line in OK), HALF, KEPT,
    ], ["out-of-order", "out-of-order!"]),
    ("HTTP/0.9 turned round", [head(method="GET"), HALF, CLOSED], ["out-of-order!"]),
    ("a body turned round in a tunnel", [
        head(method="CONNECT"), *answer("200 OK", "A: b"), head(method="GET"), HALF, *OK, KEPT,
    ], ["out-of-order!"]),
    ("a body behind a request of which curl says that it is over", [
        head(method="HEAD"), *OK, KEPT, HALF,
    ], ["out-of-order!"]),
    ("a body turned round", [TEN, (RECEIVED, b"abcdefghij"), *OK, KEPT], ["body-length", "out-of-order"]),
    ("an answer without its request", [*OK, KEPT], ["out-of-order"]),
    ("a second answer", [head(), *OK, *OK, KEPT], ["out-of-order"]),
    ("an answer without its first line", [head(), *OK[1:], KEPT], ["out-of-order"]),
    ("an answer without the end of its head", [
        head(), *answer("200 OK", "Content-Length: 3")[:-1], (RECEIVED, b"abc"), KEPT,
    ], ["out-of-order"]),
    ("a line of an answer turned round", [head(), OK[0], ("=> Send header", b"A: b\r\n"), *OK[1:], KEPT], [
        "out-of-order",
    ]),
    ("an answer with half of its body", [
        head(), *answer("200 OK", "Content-Length: 9"), (RECEIVED, b"abc"), KEPT,
    ], ["body-length"]),
    ("an answer without its body", [head(), *answer("200 OK", "Content-Length: 9"), KEPT], ["body-length"]),
    ("an answer without its last chunk", [
        head(), *answer("200 OK", "Transfer-Encoding: chunked"), (RECEIVED, b"3\r\nabc\r\n"), KEPT,
    ], ["body-length"]),
    ("a redirect without its body, when curl still traced it", [
        head(agent="curl/7.88.1"), *answer("301 Moved", "Content-Length: 9"), KEPT,
    ], ["body-length"]),
]  # fmt: skip


@pytest.mark.parametrize(("items", "found"), [pytest.param(*rest, id=name) for name, *rest in DAMAGED])
def test_what_cannot_be_as_it_was_is_said(
    items: list[tuple[str, bytes] | str], found: list[str], tmp_path: Path
) -> None:
    assert codes(tmp_path, *items) == found


def test_a_length_set_by_hand_is_no_damage_and_is_played(tmp_path: Path) -> None:
    """``curl -H 'Content-Length: 3' -d abcdef``, as 7.88.1 traces it."""
    trace = load(tmp_path, trace_text([OPENED, head("Content-Length: 3"), (SENT, b"abcdef"), *OK, KEPT]))
    (warning,) = trace.warnings
    assert warning.line == 2
    assert warning.message == (
        "the body has 6 bytes, and its head announces 3: an event may not belong here, or the length was set by hand"
    )
    trace.plan().check()


def test_what_curl_has_counted_is_a_fault_that_is_not_played(tmp_path: Path) -> None:
    trace = load(tmp_path, trace_text([OPENED, TEN, HALF, told(10), *OK, KEPT]))
    (fault,) = trace.faults
    assert fault.message == "curl says that it sent 10 bytes of this body, and 5 are here: an event is missing"
    with pytest.raises(TraceError, match="2: curl says"):
        trace.plan().check()


def test_with_several_connections_and_no_ids_a_count_may_be_of_another(tmp_path: Path) -> None:
    other = OPENED.replace("#0", "#1")
    assert "body-length!" not in codes(tmp_path, TEN, HALF, HALF, other, head("Content-Length: 5"), HALF, told(10))


# What is lost without a trace: a whole chunk that nothing counts, a request that was never answered.
UPLOADS = (
    "7.52.1-body_dots-ascii-time", "7.68.0-expect_ignored-hex", "7.88.1-expect_100_accepted-ascii",
    "7.88.1-next_same_conn-hex", "8.12.1-put_stdin_chunked-hex", "8.14.1-multipart_text-ascii",
    "8.14.1-multipart_text-hex-time-ids", "8.17.0-proxy_connect_https-ascii", "8.2.1-post_form-ascii",
    "8.22.0-rc2-body_utf8-hex-time-ids", "8.22.0-rc2-digest_auth-ascii-time", "8.9.1-retry_503-ascii",
)  # fmt: skip
_EVENT = re.compile(
    rb"^[^\n]*?((?:=> Send|<= Recv) (?:header|data)), [1-9]\d* bytes \(0x[0-9a-f]+\)\n(?:[0-9a-f]{4,}: [^\n]*\n)+",
    re.MULTILINE,
)
_TURNED = {b"=> Send": b"<= Recv"}


def damaged(text: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield ``text`` with each event that was sent left out in turn, and turned into one that was received."""
    for found in _EVENT.finditer(text):
        way, at = found[1][: len(b"=> Send")], found.start(1)
        if way == b"=> Send":
            line = text.count(b"\n", 0, at) + 1
            yield f"{line} gone", text[: found.start()] + text[found.end() :]
            yield f"{line} turned", text[:at] + _TURNED[way] + text[at + len(way) :]


@pytest.mark.parametrize("name", UPLOADS)
def test_a_real_trace_in_which_a_sent_event_is_gone_or_turned_round_is_noticed(name: str, tmp_path: Path) -> None:
    text = (FIXTURES / name / "trace.txt").read_bytes()
    before = {one.code for one in load(tmp_path, text).warnings}
    assert not before & set(NEWS)
    for what, changed in damaged(text):
        found = {one.code for one in load(tmp_path, changed).warnings}
        assert found & set(NEWS), what
