"""Plays over real sockets; what counts is what the peer got."""

import gc
import socket
from pathlib import Path

import pytest

from tests.net.sink import Seen, Sink, answer_with, swallow
from tests.net.upload import ANSWER, BODY, HEAD, WHOLE, hold_of, settle_of
from tests.traces import make_trace
from tracereplay.library import Plan, play, start


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
    plan = plan.truncated(spec).leaving(how, hold=hold_of(how), settle=settle_of(how))
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
    plan = plan.truncated("50%").leaving("rst", settle=settle_of("rst"))
    half = len(WHOLE) // 2
    with Sink() as sink:
        for run in range(100):
            play(plan, sink.target)
            seen = sink.seen(run)
            assert (len(seen.data), seen.end) == (half, "rst"), f"run {run}"
            assert seen.data == WHOLE[:half]


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


def test_a_half_close_still_reads_the_answer(plan: Plan) -> None:
    def refuse(sock: socket.socket, seen: Seen) -> None:
        swallow(sock, seen)
        sock.sendall(b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n")

    with Sink(refuse) as sink:
        outcome = play(plan.truncated("body:50%").leaving("half"), sink.target)
    assert outcome.answer is not None
    assert (outcome.answer.status, outcome.connection.peer) == (400, "fin")
    assert outcome.connection.reaction_seconds is not None


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
