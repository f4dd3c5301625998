"""Plays over real sockets; what counts is what the peer got."""

import gc
import random
import socket
import threading
import time
from pathlib import Path

import pytest

from tests.net.sink import Seen, Sink, answer_with, swallow
from tests.traces import make_trace
from tracereplay.errors import PlanError, TargetError
from tracereplay.library import Plan, play, start

BODY = random.Random(1).randbytes(300_000)
HEAD = b"POST /f HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(BODY)
WHOLE = HEAD + BODY
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    sends = [("=> Send data", BODY[at : at + 65536]) for at in range(0, len(BODY), 65536)]
    return make_trace(tmp_path, [("=> Send header", HEAD), *sends, ("<= Recv header", ANSWER)]).plan()


def test_the_whole_trace_arrives_and_is_answered(plan: Plan) -> None:
    with Sink(answer_with(ANSWER, after=BODY[-8:])) as sink:
        outcome = play(plan, sink.target)
        assert bytes(sink.seen().data) == WHOLE
    one = outcome.connection
    assert (one.planned, one.handed, one.acknowledged, one.received) == (len(WHOLE),) * 3 + (len(ANSWER),)
    assert (one.ended, one.peer, one.cut) == ("complete", "none", None)
    assert outcome.answer is not None
    assert (outcome.answer.status, outcome.answer.body, outcome.answer.complete) == (200, b"ok", True)
    assert sink.seen().end == "fin"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("how", ["fin", "rst", "half", "stall"])
@pytest.mark.parametrize("spec", ["0", "1", "50%", "body:0", "body:65536", "-1", "100%"])
def test_the_peer_gets_exactly_what_stands_before_the_cut(plan: Plan, host: str, how: str, spec: str) -> None:
    plan = plan.truncated(spec).leaving(how, hold="0.05s" if how in ("half", "stall") else None)
    cut = plan.main_connection.cut
    assert cut is not None
    with Sink(host=host) as sink:
        one = play(plan, sink.target).connection
        seen = sink.seen()
    assert len(seen.data) == cut.at
    assert bytes(seen.data) == WHOLE[: cut.at]
    assert seen.end == ("rst" if how == "rst" else "fin")
    assert (one.handed, one.acknowledged, one.way.value) == (cut.at, cut.at, how)
    assert one.ended == ("peer" if how == "half" else "cut")


def test_a_reset_at_half_loses_no_byte_100_times_out_of_100(plan: Plan) -> None:
    plan = plan.truncated("50%").leaving("rst")
    half = len(WHOLE) // 2
    with Sink() as sink:
        for run in range(100):
            play(plan, sink.target)
            seen = sink.seen(run)
            assert (len(seen.data), seen.end) == (half, "rst"), f"run {run}"
            assert seen.data == WHOLE[:half]


def slowly(sock: socket.socket, seen: Seen) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
    pause = threading.Event()
    while chunk := sock.recv(16384):
        seen.data += chunk
        pause.wait(0.001)


@pytest.mark.parametrize("how", ["fin", "rst", "half"])
def test_a_server_that_reads_slowly_gets_it_all(plan: Plan, how: str) -> None:
    with Sink(slowly) as sink:
        one = play(plan.truncated("-1").leaving(how), sink.target).connection
        assert bytes(sink.seen().data) == WHOLE[:-1]
    assert one.acknowledged == len(WHOLE) - 1


def test_a_reset_waits_for_a_slow_reader_as_long_as_it_goes_on(plan: Plan) -> None:
    def very_slowly(sock: socket.socket, seen: Seen) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        pause = threading.Event()
        while chunk := sock.recv(16384):
            seen.data += chunk
            pause.wait(0.05)

    with Sink(very_slowly) as sink:
        one = play(plan.truncated("-1").leaving("rst"), sink.target, timeout="0.5s").connection
        assert bytes(sink.seen(within=30).data) == WHOLE[:-1]
    assert one.seconds > 0.5
    assert one.acknowledged == len(WHOLE) - 1


def test_a_server_that_sends_without_end_does_not_keep_us_from_leaving(plan: Plan) -> None:
    def flood(sock: socket.socket, _seen: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            sock.sendall(bytes(1 << 20))

    with Sink(flood) as sink:
        one = play(plan.truncated("50%").leaving("stall", hold="0.3s"), sink.target, timeout="1s").connection
    assert one.ended == "cut"
    assert one.seconds < 20


def test_a_reset_after_the_end_of_the_answers_is_seen(plan: Plan) -> None:
    read_on = threading.Event()

    def refuse(sock: socket.socket, _seen: Seen) -> None:
        sock.recv(16)
        sock.sendall(b"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        read_on.wait(0.3)  # and then it closes with unread bytes, which resets

    with Sink(refuse) as sink:
        outcome = play(plan.paused("0=0.1s").truncated("100%"), sink.target, timeout="30s")
    assert outcome.connection.seconds < 20
    assert outcome.connection.ended == "peer"


def test_an_answer_in_place_of_100_continue_is_read_to_its_end(tmp_path: Path) -> None:
    head = HEAD.replace(b"Host", b"Expect: 100-continue\r\nHost")
    events = [("=> Send header", head), ("<= Recv header", b"HTTP/1.1 100 Continue\r\n"), ("=> Send data", BODY)]
    second_half = threading.Event()

    def refuse(sock: socket.socket, seen: Seen) -> None:
        seen.data += sock.recv(65536)
        sock.sendall(b"HTTP/1.1 413 No\r\nContent-Length: 10\r\n\r\nhello")
        second_half.wait(0.2)
        sock.sendall(b"world")
        swallow(sock, seen)

    with Sink(refuse) as sink:
        outcome = play(make_trace(tmp_path, events).plan(), sink.target)
        assert bytes(sink.seen().data) == head
    assert outcome.answer is not None
    assert (outcome.answer.body, outcome.answer.complete, outcome.connection.ended) == (b"helloworld", True, "peer")


def test_a_play_that_was_cut_leaves_no_file_open(plan: Plan) -> None:
    def open_traces() -> int:
        return sum("trace.txt" in str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink())

    gc.disable()
    try:
        with Sink() as sink:
            for _ in range(5):
                play(plan.truncated("10%"), sink.target)
        assert open_traces() == 0
    finally:
        gc.enable()


def test_stopping_does_not_wait_for_a_server_that_does_not_read(tmp_path: Path) -> None:
    events = [
        ("=> Send header", b"POST / HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n"),
        ("=> Send data", bytes(5_000_000)),
    ]
    plan = make_trace(tmp_path, events).plan()
    done = threading.Event()

    def never_read(_sock: socket.socket, _seen: Seen) -> None:
        done.wait()

    def interrupt(target: str) -> None:
        with start(plan, target, timeout="60s") as playback:
            playback.wait_sent("1")
            raise KeyboardInterrupt

    with Sink(never_read) as sink:
        before = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            interrupt(sink.target)
        assert time.monotonic() - before < 30
        done.set()


def test_a_server_that_does_not_read_is_told_of_and_not_waited_for_for_ever(tmp_path: Path) -> None:
    body = bytes(5_000_000)
    head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)
    plan = make_trace(tmp_path, [("=> Send header", head), ("=> Send data", body)]).plan()
    done = threading.Event()

    def never_read(_sock: socket.socket, _seen: Seen) -> None:
        done.wait()

    with Sink(never_read) as sink:
        one = play(plan.truncated("-1").leaving("rst"), sink.target, timeout="0.3s").connection
        done.set()
    assert one.ended == "timeout"
    assert one.acknowledged is not None
    assert one.acknowledged < one.handed < len(head + body)


def test_an_answer_that_was_not_read_does_not_turn_a_fin_into_a_reset(plan: Plan) -> None:
    with Sink(answer_with(ANSWER, after=BODY[:8])) as sink:
        play(plan.truncated("50%"), sink.target)
        assert sink.seen().end == "fin"


def test_an_early_answer_is_read_before_the_broken_pipe_hides_it(plan: Plan) -> None:
    early = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with Sink(answer_with(early, after=b"\r\n\r\n", then_close=True)) as sink:
        outcome = play(plan.paused("body:1=0.2s"), sink.target)
    assert outcome.answer is not None
    assert outcome.answer.status == 413
    assert outcome.connection.ended == "peer"
    assert outcome.connection.peer in ("fin", "rst")


def test_a_half_close_still_reads_the_answer(plan: Plan) -> None:
    def refuse(sock: socket.socket, seen: Seen) -> None:
        swallow(sock, seen)
        sock.sendall(b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n")

    with Sink(refuse) as sink:
        outcome = play(plan.truncated("body:50%").leaving("half"), sink.target)
    assert outcome.answer is not None
    assert (outcome.answer.status, outcome.connection.peer) == (400, "fin")
    assert outcome.connection.reaction_seconds is not None


def test_a_server_that_never_answers_ends_in_a_timeout(plan: Plan) -> None:
    with Sink() as sink:
        assert play(plan, sink.target, timeout="0.2s").connection.ended == "timeout"


def test_a_server_that_ends_a_stall_is_timed(plan: Plan) -> None:
    def lose_patience(sock: socket.socket, seen: Seen) -> None:
        sock.settimeout(0.2)
        try:
            swallow(sock, seen)
        except TimeoutError:
            sock.sendall(b"HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with Sink(lose_patience) as sink:
        outcome = play(plan.truncated("body:50%").leaving("stall"), sink.target)
    assert outcome.answer is not None
    assert (outcome.answer.status, outcome.connection.ended, outcome.connection.peer) == (408, "peer", "fin")
    assert outcome.connection.reaction_seconds is not None
    assert 0.15 < outcome.connection.reaction_seconds < 5


def test_a_trickle_takes_its_time_and_loses_nothing(tmp_path: Path) -> None:
    head = b"POST / HTTP/1.1\r\nContent-Length: 3000\r\n\r\n"
    plan = make_trace(tmp_path, [("=> Send header", head), ("=> Send data", bytes(3000))]).plan()
    with Sink() as sink:
        one = play(plan.limited("10000").truncated("100%"), sink.target).connection
        assert bytes(sink.seen().data) == head + bytes(3000)
    assert one.seconds > 0.29  # 3,040 bytes, the last piece of 100 sent after 2,940 of them: never sooner


def test_a_test_can_look_around_while_the_upload_is_under_way(plan: Plan) -> None:
    with Sink() as sink:
        with start(plan.paused("body:40%=30s"), sink.target) as playback:
            assert playback.wait_sent("body:40%")
            assert not playback.is_over
            playback.leave("rst")
        one = playback.outcome().connection
        seen = sink.seen()
    assert one.handed == len(HEAD) + len(BODY) * 40 // 100 == len(seen.data)
    assert seen.end == "rst"
    assert one.ended == "cut"
    assert one.cut is not None
    assert (one.cut.spec, one.cut.at) == ("now", one.handed)


def test_leaving_before_the_connection_is_there_sends_nothing(plan: Plan) -> None:
    with Sink() as sink:
        with start(plan.paused("0=60s"), sink.target) as playback:
            playback.leave("fin")
        assert playback.outcome().connection.handed == 0
        assert (bytes(sink.seen().data), sink.seen().end) == (b"", "fin")


def test_a_connect_that_hangs_can_be_ended(plan: Plan) -> None:
    def interrupt(target: str) -> None:
        with start(plan, target, timeout="60s"):
            raise KeyboardInterrupt

    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        host, port = full.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex((host, port))
        before = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            interrupt(f"{host}:{port}")
        assert time.monotonic() - before < 30
        for filler in fillers:
            filler.close()


def test_waiting_for_a_place_that_is_never_reached_ends_with_the_play(plan: Plan) -> None:
    with Sink() as sink, start(plan.truncated("body:10%"), sink.target) as playback:
        assert playback.wait_sent("body:10%")
        assert not playback.wait_sent("body:90%")


def test_an_exception_in_the_block_ends_the_play(plan: Plan) -> None:
    with Sink() as sink:

        def fail_in_the_middle() -> None:
            with start(plan.paused("1=60s"), sink.target) as playback:
                playback.wait_sent("1")
                raise RuntimeError("mine")

        with pytest.raises(RuntimeError, match="mine"):
            fail_in_the_middle()
        assert sink.seen().end == "fin"


def test_connections_are_opened_in_their_order(tmp_path: Path) -> None:
    one = [("=> Send header", b"GET /1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"), ("<= Recv header", ANSWER)]
    two = [("=> Send header", b"GET /2 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"), ("<= Recv header", ANSWER)]
    between: list[tuple[str, bytes] | str] = [
        "== Info: Closing connection 0\n",
        "== Info: Connected to 127.0.0.1 (127.0.0.1) port 80 (#1)\n",
    ]
    trace = make_trace(tmp_path, [*one, *between, *two])
    with Sink(answer_with(ANSWER, after=b"\r\n\r\n")) as sink:
        outcome = play(trace.plan(), sink.target)
        assert [sink.seen(number).data[:6] for number in (0, 1)] == [b"GET /1", b"GET /2"]
    assert [one.ended for one in outcome.connections] == ["complete", "complete"]


def test_several_requests_on_a_connection_wait_for_each_answer(tmp_path: Path) -> None:
    request = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    exchange = [("=> Send header", request), ("<= Recv header", ANSWER)]
    trace = make_trace(tmp_path, exchange * 3)
    waiting: list[int] = []

    def one_at_a_time(sock: socket.socket, seen: Seen) -> None:
        while chunk := sock.recv(65536):
            seen.data += chunk
            waiting.append(len(chunk))
            for byte in b"HTTP/1.1 200 Another\r\nDate: now\r\nContent-Length: 5\r\n\r\nhello":
                sock.sendall(bytes([byte]))

    with Sink(one_at_a_time) as sink:
        outcome = play(trace.plan(), sink.target)
    assert waiting == [len(request)] * 3
    assert [answer.body for answer in outcome.connection.answers] == [b"hello"] * 3


def test_nothing_listening_is_an_error_of_its_own(plan: Plan) -> None:
    with Sink() as sink:
        target = sink.target
    with pytest.raises(TargetError, match=rf"{target} cannot be reached: Connection refused") as caught:
        play(plan, target)
    assert caught.value.exit_code == 4


def test_the_recorded_host_is_the_target_when_it_is_this_machine(tmp_path: Path) -> None:
    with Sink() as sink:
        trace = make_trace(tmp_path, [("=> Send header", b"GET / HTTP/1.1\r\n\r\n")], port=sink.port)
        play(trace.plan().truncated("100%"))
        assert sink.seen().end == "fin"


def test_another_machine_is_never_the_target_unless_it_is_named(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send header", b"GET / HTTP/1.1\r\n\r\n")])
    text = trace.path.read_bytes().replace(b"127.0.0.1 (127.0.0.1)", b"localhost (192.0.2.7)")
    trace.path.write_bytes(text)
    with pytest.raises(PlanError, match="recorded with localhost, which is not this machine") as caught:
        play(type(trace).load(trace.path).plan())
    assert "--target" in str(caught.value)


@pytest.mark.parametrize(
    "request_line",
    [b"GET http://prod.example/f HTTP/1.1", b"CONNECT prod.example:443 HTTP/1.1"],
    ids=["plain", "tunnel"],
)
def test_a_proxy_on_this_machine_is_no_way_to_another(tmp_path: Path, request_line: bytes) -> None:
    plan = make_trace(tmp_path, [("=> Send header", request_line + b"\r\n\r\n")]).plan()
    with pytest.raises(PlanError, match=r"through a proxy with prod\.example, which is not this machine"):
        play(plan)


def test_a_unix_socket_is_told_apart(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send header", b"GET / HTTP/1.1\r\n\r\n")])
    trace.path.write_bytes(trace.path.read_bytes().replace(b"(127.0.0.1)", b"(/run/app.sock)"))
    with pytest.raises(PlanError, match=r"over the Unix socket /run/app\.sock"):
        play(type(trace).load(trace.path).plan())


@pytest.mark.parametrize("target", ["a..b:80", "x" * 70 + ":80"])
def test_a_name_that_cannot_be_is_not_reached(plan: Plan, target: str) -> None:
    with pytest.raises(TargetError, match="cannot be reached"):
        play(plan, target)


def test_a_timeout_of_nothing_is_refused(plan: Plan) -> None:
    with pytest.raises(PlanError, match="a timeout of 0"):
        play(plan, "127.0.0.1:9", timeout="0")


def test_what_was_recorded_over_tls_is_not_sent_in_the_clear_by_accident(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send SSL data", b"\x16\x03\x01"), ("=> Send header", b"GET / HTTP/1.1\r\n\r\n")])
    with pytest.raises(PlanError, match="recorded over TLS"):
        play(trace.plan(), "127.0.0.1:9")
    with Sink() as sink:
        play(trace.plan().truncated("100%"), f"http://{sink.target}")
        assert bytes(sink.seen().data) == b"GET / HTTP/1.1\r\n\r\n"
