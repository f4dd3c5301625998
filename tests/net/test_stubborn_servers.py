"""Servers that do not play along: slow, deaf, endless, early, or gone."""

import contextlib
import socket
import threading
import time
from pathlib import Path

import pytest

from tests.net.sink import Seen, Sink, answer_with, swallow
from tests.net.upload import ANSWER, BODY, HEAD, WHOLE
from tests.traces import make_trace
from tracereplay.library import Network, Plan, play, start


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
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        pause = threading.Event()
        while chunk := sock.recv(4096):
            seen.data += chunk
            pause.wait(0.02)

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


def test_a_slow_reader_is_no_silent_one(plan: Plan) -> None:
    """It takes longer than the timeout to read what lies in the buffers, and then answers."""

    def read_slowly(sock: socket.socket, seen: Seen) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        while len(seen.data) < len(WHOLE):
            seen.data += sock.recv(4096)
            time.sleep(0.01)
        sock.sendall(ANSWER)

    with Sink(read_slowly) as sink:
        one = play(plan, sink.target, timeout="1s").connection
        assert len(sink.seen().data) == len(WHOLE)
    assert [answer.status for answer in one.answers] == [200]
    assert one.ended == "complete"


def test_a_flood_of_interim_answers_keeps_us_from_nothing(plan: Plan) -> None:
    def flood(sock: socket.socket, seen: Seen) -> None:
        reading = threading.Thread(target=swallow, args=(sock, seen))
        reading.start()
        with contextlib.suppress(OSError):
            while True:
                sock.sendall(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000)
        reading.join()

    with Sink(flood) as sink:
        cut = plan.truncated("50%").leaving("half")
        one = play(cut, sink.target, timeout="20s", network=Network(max_time="1s")).connection
    assert one.ended == "timeout"
    assert one.seconds < 10
    assert one.interim == (102,) * 100
