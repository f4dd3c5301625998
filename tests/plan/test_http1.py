"""HTTP/2 and 3 as HTTP/1.1: what curl shows of them, and what is sent for it."""

import base64
import json
from pathlib import Path

import h11
import pytest

from tests.traces import make_trace
from tracereplay.errors import PlanError, TraceError
from tracereplay.library import Trace, load
from tracereplay.plan.plan import Plan
from tracereplay.plan.step import Awaited, Expect, Leave, Pause, Send, Step
from tracereplay.plan.way import Way

FIXTURES = Path(__file__).parents[2] / "fixtures" / "traces"
RECORDINGS = sorted(path.parent for path in FIXTURES.glob("*/truth.json") if "h2_streams" in path.read_text("utf-8"))
SENT_HEAD, SENT_DATA, GOT_HEAD = "=> Send header", "=> Send data", "<= Recv header"
ANSWER = b"HTTP/2 200 \r\n"
PUT = b"PUT /p HTTP/2\r\nHost: 127.0.0.1\r\nuser-agent: curl/7.88.1\r\naccept: */*\r\n\r\n"
CHUNKED = PUT.replace(b"HTTP/2", b"HTTP/1.1").replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n")


def post(length: int, target: str = "/f", version: str = "2") -> bytes:
    return f"POST {target} HTTP/{version}\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n".encode()


def steps_of(plan: Plan) -> list[Step]:
    return list(plan.main_connection.steps())


def bytes_of(plan: Plan) -> bytes:
    return b"".join(step.data for step in steps_of(plan) if isinstance(step, Send))


def read_by_server(data: bytes) -> list[tuple[bytes, bytes, dict[bytes, bytes], bytes]]:
    """Return the requests as an HTTP/1.1 server reads them: method, target, fields, body."""
    found = []
    server = h11.Connection(h11.SERVER)
    server.receive_data(data)
    while isinstance(request := server.next_event(), h11.Request):
        body = b""
        while isinstance(piece := server.next_event(), h11.Data):
            body += bytes(piece.data)
        assert isinstance(piece, h11.EndOfMessage)
        found.append((request.method, request.target, dict(request.headers), body))
        server.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
        server.send(h11.EndOfMessage())
        server.start_next_cycle()
    assert request is h11.NEED_DATA
    assert not server.trailing_data[0]
    return found


@pytest.mark.parametrize("folder", RECORDINGS, ids=lambda folder: folder.name)
def test_a_server_of_http_1_reads_the_requests_that_the_server_of_http_2_saw(folder: Path) -> None:
    streams = json.loads((folder / "truth.json").read_text("utf-8"))["h2_streams"]
    seen = []
    for stream in streams:
        fields = {base64.b64decode(name): base64.b64decode(value) for name, value in stream["request_headers_b64"]}
        method, target, host = (fields.pop(name) for name in (b":method", b":path", b":authority"))
        fields.pop(b":scheme")
        seen.append((method, target, {**fields, b"host": host}, base64.b64decode(stream["request_body_b64"])))
    plan = load(folder / "trace.txt").plan().as_http1()
    assert read_by_server(bytes_of(plan)) == seen
    assert plan.main_connection.planned_bytes == len(bytes_of(plan))
    assert plan.main_connection.translated_from == "h2"
    plan.check()


def test_there_are_recordings_of_several_kinds() -> None:
    assert len(RECORDINGS) >= 4


@pytest.mark.parametrize("version", ["2", "3"])
def test_a_head_gets_another_version_and_nothing_else(tmp_path: Path, version: str) -> None:
    trace = make_trace(tmp_path, [(SENT_HEAD, post(4, version=version)), (SENT_DATA, b"abcd")])
    plan = trace.plan().as_http1()
    assert bytes_of(plan) == post(4, version="1.1") + b"abcd"
    assert plan.main_connection.translated_from == f"h{version}"


def test_a_body_of_unknown_length_gets_a_chunk_for_each_write(tmp_path: Path) -> None:
    events = [(SENT_HEAD, PUT), (SENT_DATA, b"a" * 18), (SENT_DATA, b""), (SENT_DATA, b"bc"), (GOT_HEAD, ANSWER)]
    plan = make_trace(tmp_path, events).plan().as_http1()
    assert steps_of(plan) == [
        Send(CHUNKED, 0, steps_of(plan)[0].opening),  # type: ignore[union-attr]
        Send(b"12\r\n" + b"a" * 18 + b"\r\n"),
        Send(b"2\r\nbc\r\n"),
        Send(b"0\r\n\r\n"),
        Expect(Awaited.ANSWER),
        Leave(Way.FIN),
    ]
    ((_, _, _, body),) = read_by_server(bytes_of(plan))
    assert body == b"a" * 18 + b"bc"


@pytest.mark.parametrize(
    ("after", "is_ended"),
    [
        ([], False),
        (["== Info: upload completely sent off: 4 bytes\n"], True),
        ([(GOT_HEAD, ANSWER)], True),
        ([(GOT_HEAD, b"HTTP/2 413 \r\n"), "== Info: HTTP error before end of send, stop sending\n"], False),
    ],
    ids=["nothing", "curl says so", "an answer", "an answer in the middle"],
)
def test_the_last_chunk_is_sent_only_when_the_body_was_all_sent(
    tmp_path: Path, after: list[tuple[str, bytes] | str], *, is_ended: bool
) -> None:
    plan = make_trace(tmp_path, [(SENT_HEAD, PUT), (SENT_DATA, b"abcd"), *after]).plan().as_http1()
    assert bytes_of(plan) == CHUNKED + b"4\r\nabcd\r\n" + (b"0\r\n\r\n" if is_ended else b"")


def test_places_are_those_of_what_is_then_sent(tmp_path: Path) -> None:
    events = [(SENT_HEAD, PUT), (SENT_DATA, b"abcd"), (SENT_DATA, b"efgh"), (GOT_HEAD, ANSWER)]
    plan = make_trace(tmp_path, events).plan().as_http1()
    body = b"4\r\nabcd\r\n4\r\nefgh\r\n0\r\n\r\n"
    for spec, sent in {
        "50%": (CHUNKED + body)[: (len(CHUNKED) + len(body)) // 2],
        "head:100%": CHUNKED,
        "body:4": CHUNKED + body[:4],
        "file:50%": CHUNKED + body[:7],
        "file:-1": CHUNKED + body[:15],
        "-1": (CHUNKED + body)[:-1],
    }.items():
        assert bytes_of(plan.truncated(spec)) == sent, spec
    assert Pause(5) not in steps_of(plan)
    assert [type(step) for step in steps_of(plan.paused("file:50%=1s"))].count(Pause) == 1


def test_fields_that_http_2_does_not_send_are_left_out(tmp_path: Path) -> None:
    shown = b"connection: close\r\nKeep-Alive: 5\r\nTransfer-Encoding: chunked\r\n"
    trace = make_trace(
        tmp_path, [(SENT_HEAD, PUT.replace(b"accept", shown + b"accept")), (SENT_DATA, b"ab"), (GOT_HEAD, ANSWER)]
    )
    assert bytes_of(trace.plan().as_http1()) == CHUNKED + b"2\r\nab\r\n0\r\n\r\n"


def test_the_request_that_asks_for_http_2_keeps_its_body_as_it_was_sent(tmp_path: Path) -> None:
    asks = (
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\nTransfer-Encoding: chunked\r\n"
    )
    head = PUT.replace(b"HTTP/2", b"HTTP/1.1").replace(b"\r\n\r\n", b"\r\n" + asks + b"\r\n")
    body = b"2\r\nab\r\n0\r\n\r\n"
    switching = (GOT_HEAD, b"HTTP/1.1 101 Switching Protocols\r\n")
    trace = make_trace(tmp_path, [(SENT_HEAD, head), (SENT_DATA, body), switching, (GOT_HEAD, ANSWER)])
    assert bytes_of(trace.plan().as_http1()) == CHUNKED + body


def two_at_once(ids: tuple[str, str]) -> list[tuple[str, bytes] | str]:
    """Return two uploads that were under way at once, as ``-Z`` has them."""
    one, two = ids
    return [
        (one + SENT_HEAD, post(4, "/1")),
        (one + SENT_DATA, b"ab"),
        (two + SENT_HEAD, PUT),
        (two + SENT_DATA, b"wxyz"),
        (one + SENT_DATA, b"cd"),
        (two + GOT_HEAD, ANSWER),
        (two + GOT_HEAD, b"\r\n"),
        (one + GOT_HEAD, ANSWER),
        (one + GOT_HEAD, b"\r\n"),
    ]


def test_streams_at_once_are_played_one_after_the_other(tmp_path: Path) -> None:
    plan = make_trace(tmp_path, two_at_once(("[0-0] ", "[1-0] "))).plan().as_http1()
    first = post(4, "/1", "1.1") + b"abcd"
    assert bytes_of(plan) == first + CHUNKED + b"4\r\nwxyz\r\n0\r\n\r\n"
    assert [step for step in steps_of(plan) if isinstance(step, Expect)] == [Expect(Awaited.ANSWER)] * 2
    assert bytes_of(plan.truncated("body:100%")) == bytes_of(plan)  # the larger one, with its framing
    plan.check()


def test_streams_at_once_that_nothing_tells_apart_are_refused(tmp_path: Path) -> None:
    plan = make_trace(tmp_path, two_at_once(("", ""))).plan()
    with pytest.raises(TraceError, match="several requests are under way on connection 0") as caught:
        plan.as_http1()
    assert "--trace-ids" in str(caught.value)
    assert caught.value.line is not None


def test_an_announced_length_tells_streams_apart_where_only_one_is_still_to_send(tmp_path: Path) -> None:
    get = b"GET / HTTP/2\r\nHost: 127.0.0.1\r\n\r\n"
    trace = make_trace(tmp_path, [(SENT_HEAD, post(4)), (SENT_DATA, b"ab"), (SENT_HEAD, get), (SENT_DATA, b"cd")])
    sent = post(4, version="1.1") + b"abcd" + get.replace(b"/2", b"/1.1")
    assert bytes_of(trace.plan().as_http1()) == sent


def test_a_request_behind_one_that_was_not_all_sent_is_refused(tmp_path: Path) -> None:
    trace = make_trace(
        tmp_path,
        [
            ("[0-0] " + SENT_HEAD, post(4)),
            ("[0-0] " + SENT_DATA, b"ab"),
            ("[0-0] " + GOT_HEAD, b"HTTP/2 413 \r\n"),
            ("[1-0] " + SENT_HEAD, post(2)),
            ("[1-0] " + SENT_DATA, b"ef"),
        ],
    )
    plan = trace.plan().as_http1()
    with pytest.raises(TraceError, match=r"HTTP/1\.1 cannot go on behind it") as caught:
        plan.check()
    assert caught.value.hint is not None
    plan.truncated(caught.value.hint.split()[-1]).check()


def test_a_body_longer_than_announced_is_refused(tmp_path: Path) -> None:
    plan = make_trace(tmp_path, [(SENT_HEAD, post(2)), (SENT_DATA, b"abc")]).plan()
    with pytest.raises(TraceError, match="the body has 3 bytes, and its head announces 2"):
        plan.as_http1()


def test_unknown_bytes_stay_unknown_where_they_are_then_sent(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [(SENT_HEAD, PUT), (SENT_DATA, b"a\nb"), (GOT_HEAD, ANSWER)], form="ascii")
    plan = trace.plan().as_http1()
    with pytest.raises(TraceError, match=f"1 of the .* are unknown, at {len(CHUNKED) + 4}:"):
        plan.check()
    plan.truncated("body:4").check()


def test_a_torn_chunk_is_kept_as_far_as_it_goes(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [(SENT_HEAD, PUT), (SENT_DATA, b"a" * 32)])
    trace.path.write_bytes(trace.path.read_bytes().rpartition(b"0010: ")[0])
    plan = Trace.load(trace.path).plan().as_http1()
    assert bytes_of(plan) == CHUNKED + b"20\r\n" + b"a" * 16
    with pytest.raises(TraceError, match="torn here"):
        plan.check()
    plan.accepting(torn=True).check()


def test_http_1_is_played_as_it_is(tmp_path: Path) -> None:
    plan = make_trace(tmp_path, [(SENT_HEAD, post(4, version="1.1")), (SENT_DATA, b"abcd")]).plan()
    assert plan.as_http1() == plan
    assert plan.main_connection.translated_from is None


def test_it_comes_before_what_counts_bytes(tmp_path: Path) -> None:
    plan = make_trace(tmp_path, [(SENT_HEAD, post(4)), (SENT_DATA, b"abcd")]).plan()
    for edited in (plan.truncated("1"), plan.paused("1=1s"), plan.limited("1k")):
        with pytest.raises(PlanError, match="comes before cuts, pauses and rates"):
            edited.as_http1()


def test_connections_that_begin_after_the_cut_are_not_opened(tmp_path: Path) -> None:
    trace = make_trace(
        tmp_path,
        [
            *(("[0-0] " + kind, data) for kind, data in [(SENT_HEAD, PUT), (SENT_DATA, b"ab")]),
            "[1-1] == Info: Connected to 127.0.0.1 (127.0.0.1) port 80\n",
            ("[1-1] " + SENT_HEAD, post(0)),
            *(("[0-0] " + kind, data) for kind, data in [(SENT_DATA, b"cd" * 99), (GOT_HEAD, ANSWER)]),
        ],
    )
    plan = trace.plan().as_http1()
    assert [one.id for one in plan.truncated("body:7").connections] == [0]
    assert [one.id for one in plan.truncated("body:8").connections] == [0, 1]
