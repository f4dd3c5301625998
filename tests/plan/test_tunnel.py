"""What is played of a recorded tunnel: what curl sent in it, and nothing that it said to the proxy."""

from pathlib import Path

import pytest

from tests.traces import make_trace
from tracereplay.errors import UnknownBytesError
from tracereplay.library import Trace, load
from tracereplay.plan.plan import Plan
from tracereplay.plan.step import Awaited, Expect, Leave, Send
from tracereplay.plan.way import Way

FIXTURES = Path(__file__).parents[2] / "fixtures" / "traces"
RECORDINGS = sorted(path for path in FIXTURES.iterdir() if "-proxy_connect" in path.name)
CONNECT = b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n"
LOGIN = CONNECT.replace(b"\r\n\r\n", b"\r\nProxy-Authorization: Basic eDp5\r\n\r\n")
HEAD = b"POST /f HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n"
SENT_HEAD, SENT_DATA, GOT_HEAD, GOT_DATA = "=> Send header", "=> Send data", "<= Recv header", "<= Recv data"
GRANTED = [(GOT_HEAD, b"HTTP/1.1 200 Go\r\n"), (GOT_HEAD, b"\r\n")]
ANSWERED = [(GOT_HEAD, b"HTTP/1.1 200 OK\r\n"), (GOT_HEAD, b"Content-Length: 0\r\n"), (GOT_HEAD, b"\r\n")]
REFUSED = [(GOT_HEAD, b"HTTP/1.1 407 No\r\n"), (GOT_HEAD, b"Content-Length: 2\r\n"), (GOT_HEAD, b"\r\n")]
UPLOAD = [(SENT_HEAD, HEAD), (SENT_DATA, b"0123456789"), *ANSWERED]


def sent(plan: Plan) -> bytes:
    return b"".join(step.data for step in plan.main_connection.steps() if isinstance(step, Send))


def tunnelled(folder: Path, *, form: str = "hex", strict: bool = False) -> Trace:
    return make_trace(folder, [(SENT_HEAD, CONNECT), *GRANTED, *UPLOAD], form=form, strict=strict)


@pytest.mark.parametrize("folder", RECORDINGS, ids=lambda folder: folder.name)
def test_each_release_of_curl_is_played_from_where_the_proxy_let_it_through(folder: Path) -> None:
    plan = load(folder / "trace.txt").plan()
    one = plan.main_connection
    whole = (folder / "sent.0.bin").read_bytes()
    assert one.tunnel is not None
    assert whole.endswith(one.tunnel.head + sent(plan))
    assert one.tunnel.head.startswith(b"CONNECT localhost:")
    assert one.tunnel.head.endswith(b"\r\n\r\n")
    assert b"CONNECT" not in sent(plan)
    assert one.planned_bytes == len(sent(plan))


def test_places_are_those_of_what_is_sent_in_it(tmp_path: Path) -> None:
    trace = tunnelled(tmp_path)
    cuts = {spec: trace.plan().truncated(spec) for spec in ("4", "head:4", "body:50%", "file:-1", "100%")}
    expected = {"4": b"POST", "head:4": b"POST", "body:50%": HEAD + b"01234", "file:-1": HEAD + b"012345678"}
    assert {spec: sent(plan) for spec, plan in cuts.items()} == expected | {"100%": HEAD + b"0123456789"}


def test_places_are_listed_from_there(tmp_path: Path) -> None:
    assert [place.at for place in tunnelled(tmp_path).cuts("head:4")] == [4]


def test_a_file_goes_in_the_place_of_the_body(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"ab")
    assert sent(tunnelled(tmp_path).plan().with_body(tmp_path / "file")) == HEAD.replace(b"10", b"2") + b"ab"


def test_the_answers_of_the_proxy_are_not_waited_for(tmp_path: Path) -> None:
    *steps, answer, leave = tunnelled(tmp_path).plan().main_connection.steps()
    assert all(isinstance(step, Send) for step in steps)
    assert (answer, leave) == (Expect(Awaited.ANSWER), Leave(Way.FIN))


def test_what_the_server_says_first_is_waited_for(tmp_path: Path) -> None:
    events = [(SENT_HEAD, CONNECT), *GRANTED, (GOT_HEAD, b"220 hello\r\n"), (SENT_HEAD, b"EHLO me\r\n")]
    plan = make_trace(tmp_path, events).plan()
    assert [*plan.main_connection.steps()][:2] == [Expect(Awaited.LINES, 1), Send(b"EHLO me\r\n")]
    assert not plan.main_connection.speaks_http


def test_only_the_connect_that_was_granted_is_kept(tmp_path: Path) -> None:
    events = [(SENT_HEAD, CONNECT), *REFUSED, (GOT_DATA, b"no"), (SENT_HEAD, LOGIN), *GRANTED, *UPLOAD]
    plan = make_trace(tmp_path, events).plan()
    assert plan.main_connection.tunnel is not None
    assert plan.main_connection.tunnel.head == LOGIN
    assert sent(plan) == HEAD + b"0123456789"
    assert plan.main_connection.sends_bytes == len(HEAD) + 10


@pytest.mark.parametrize(
    "events",
    [
        [(SENT_HEAD, CONNECT), *REFUSED],
        [(SENT_HEAD, CONNECT)],
        [(SENT_HEAD, CONNECT), *GRANTED],
        [(SENT_HEAD, CONNECT), *REFUSED, *UPLOAD],
        [("=> Send SSL data", b"\x16\x03\x01"), (SENT_HEAD, CONNECT), *GRANTED, *UPLOAD],
    ],
    ids=["refused", "not answered", "nothing in it", "refused, and gone on", "of a proxy over TLS"],
)
def test_a_connect_without_a_tunnel_is_a_request_as_any_other(tmp_path: Path, events: list[tuple[str, bytes]]) -> None:
    plan = make_trace(tmp_path, events).plan()
    assert plan.main_connection.tunnel is None
    assert sent(plan).startswith(CONNECT)


def test_tls_in_the_tunnel_is_of_the_server(tmp_path: Path) -> None:
    events = [(SENT_HEAD, CONNECT), *GRANTED, ("=> Send SSL data", b"\x16\x03\x01"), *UPLOAD]
    one = make_trace(tmp_path, events).plan().main_connection
    assert one.tunnel is not None
    assert one.conversation.tls


def test_bytes_that_are_not_known_are_not_said_to_a_proxy_either(tmp_path: Path) -> None:
    connect = CONNECT.replace(b"localhost", b"127.0.0.1")
    events = [(SENT_HEAD, connect), *GRANTED, (SENT_HEAD, b"GET / HTTP/1\x2e1\r\nHost: localhost\r\n\r\n")]
    plan = make_trace(tmp_path, events, form="ascii", strict=True).plan()
    with pytest.raises(UnknownBytesError, match=r"sent on connection 0 are unknown, at \d+"):
        plan.truncated("1").check()
    plan.truncated("1").accepting(unknown=True).check()


def test_what_was_sent_in_it_over_http_2_is_translated(tmp_path: Path) -> None:
    head = HEAD.replace(b"HTTP/1.1", b"HTTP/2")
    answer = [(GOT_HEAD, b"HTTP/2 200 \r\n"), (GOT_HEAD, b"\r\n")]
    upload = [(SENT_HEAD, head), (SENT_DATA, b"0123456789"), *answer]
    plan = make_trace(tmp_path, [(SENT_HEAD, CONNECT), *GRANTED, *upload, *upload]).plan().as_http1()
    assert plan.main_connection.translated_from == "h2"
    assert sent(plan) == (HEAD + b"0123456789") * 2
    assert plan.main_connection.planned_bytes == len(sent(plan))
    plan.check()
