"""Several answers on a connection, and those that come before they are due."""

import socket
import threading
from pathlib import Path

import pytest

from tests.net.sink import Seen, Sink
from tests.net.upload import ANSWER, BODY, HEAD, WHOLE
from tests.traces import make_trace
from tracereplay.library import Plan, play

GET = b"GET /%d HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
TOO_LARGE = b"HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nmuch"
LARGE = 8_000_000  # more than the kernels of both sides take of who does not read


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % LARGE
    return make_trace(
        tmp_path_factory.mktemp("large"), [("=> Send header", head), ("=> Send data", bytes(LARGE))]
    ).plan()


def test_pipelined_requests_are_sent_as_they_were_and_each_answer_opens_its_gate(tmp_path: Path) -> None:
    """1 and 2 go out together, 3 waits for one answer, 4 for the other two."""
    one, two, three, four = (("=> Send header", GET % number) for number in (1, 2, 3, 4))
    answer = ("<= Recv header", ANSWER)
    trace = make_trace(tmp_path, [one, two, answer, three, answer, answer, four, answer])
    before: dict[int, int] = {}

    def talk(sock: socket.socket, seen: Seen) -> None:
        answered = 0
        while chunk := sock.recv(65536):
            seen.data += chunk
            asked = seen.data.count(b"\r\n\r\n")
            for number in range(1, asked + 1):
                before.setdefault(number, answered)
            if asked >= (2, 3, 3, 4)[answered]:
                for _ in range(1 if asked < 3 else asked - answered):
                    answered += 1
                    for at in range(0, len(ANSWER), 7):
                        sock.sendall(ANSWER[at : at + 7])

    with Sink(talk) as sink:
        outcome = play(trace.plan(), sink.target)
        assert bytes(sink.seen().data) == b"".join(GET % number for number in (1, 2, 3, 4))
    assert before == {1: 0, 2: 0, 3: 1, 4: 3}
    assert [(one.status, one.body, one.complete) for one in outcome.connection.answers] == [(200, b"ok", True)] * 4
    assert outcome.connection.ended == "complete"


def test_a_server_that_closes_after_the_first_of_three_answers_is_told_of(tmp_path: Path) -> None:
    events = [*(("=> Send header", GET % number) for number in (1, 2, 3)), *[("<= Recv header", ANSWER)] * 3]

    def once(sock: socket.socket, seen: Seen) -> None:
        while seen.data.count(b"\r\n\r\n") < 3:
            seen.data += sock.recv(65536)
        sock.sendall(ANSWER)

    with Sink(once) as sink:
        one = play(make_trace(tmp_path, events).plan(), sink.target).connection
    assert [answer.status for answer in one.answers] == [200]
    assert (one.ended, one.peer, one.handed) == ("peer", "fin", one.planned)


def refuse_early(sock: socket.socket, seen: Seen) -> None:
    """Answer, and close with a body unread, which resets."""
    seen.data += sock.recv(1000)
    sock.sendall(TOO_LARGE)


def test_an_answer_while_there_is_no_room_for_the_body_is_read_before_the_reset(large: Plan) -> None:
    with Sink(refuse_early) as sink:
        for _ in range(10):
            one = play(large, sink.target).connection
            assert [(answer.status, answer.body, answer.complete) for answer in one.answers] == [(413, b"much", True)]
            assert (one.ended, one.left) == ("peer", False)
            assert one.peer in ("fin", "rst")  # a FIN when the body had not begun to arrive
            assert one.handed < one.planned


def test_a_server_that_answers_and_closes_its_side_ends_the_sending(large: Plan) -> None:
    read_on = threading.Event()

    def refuse(sock: socket.socket, _seen: Seen) -> None:
        sock.recv(1000)
        sock.sendall(TOO_LARGE)
        sock.shutdown(socket.SHUT_WR)
        read_on.wait(10)

    with Sink(refuse) as sink:
        one = play(large, sink.target).connection
        read_on.set()
    assert [answer.status for answer in one.answers] == [413]
    assert (one.ended, one.peer, one.left) == ("peer", "fin", False)


def test_a_server_that_answers_early_and_reads_on_gets_all_that_was_recorded(plan: Plan) -> None:
    def answer_first(sock: socket.socket, seen: Seen) -> None:
        seen.data += sock.recv(len(HEAD), socket.MSG_WAITALL)
        sock.sendall(TOO_LARGE)
        while chunk := sock.recv(65536):
            seen.data += chunk

    with Sink(answer_first) as sink:
        one = play(plan, sink.target).connection
        assert bytes(sink.seen().data) == WHOLE
    assert [answer.status for answer in one.answers] == [413]
    assert (one.ended, one.peer, one.handed) == ("complete", "none", len(WHOLE))


def test_an_answer_and_a_close_in_a_pause_end_it(plan: Plan) -> None:
    with Sink(refuse_early) as sink:
        one = play(plan.paused("body:0=30s"), sink.target).connection
    assert [answer.status for answer in one.answers] == [413]
    assert (one.ended, one.handed) == ("peer", len(HEAD))
    assert one.seconds < 20


def test_an_answer_and_a_close_in_lockstep_end_it(plan: Plan) -> None:
    with Sink(refuse_early) as sink:
        one = play(plan.in_segments("lockstep:1k"), sink.target).connection
    assert [answer.status for answer in one.answers] == [413]
    assert one.ended == "peer"
    assert one.handed < len(HEAD) + len(BODY)
