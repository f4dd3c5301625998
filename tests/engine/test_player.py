"""What a player does, step by step, in memory: no socket, no clock."""

import pytest

from tests.engine.stage import TIMEOUT, Stage
from tracereplay.engine.actions import Wait, Write
from tracereplay.engine.inputs import PeerClosed, PeerReset, Received, Wrote
from tracereplay.plan.step import Awaited, Expect, Leave, Opening, Pause, Read, Send
from tracereplay.plan.way import Way
from tracereplay.units import SECOND_NS

POST = Opening("POST")
ANSWER = Received(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
FIN = Leave(Way.FIN)


def seconds(count: float) -> int:
    return round(count * SECOND_NS)


def test_it_sends_waits_for_the_answer_and_closes() -> None:
    stage = Stage(Send(b"head", opening=POST), Send(b"body"), Expect(Awaited.ANSWER), FIN)
    assert stage.writes() == b"headbody"
    assert isinstance(stage.wants(), Wait)
    stage.at(1.5).happens(ANSWER)
    assert stage.leaves() == "fin"
    assert stage.is_over()
    assert stage.player.ended == "complete"
    assert stage.player.reaction.ns == seconds(1.5)
    assert stage.player.http is not None
    assert [answer.complete for answer in stage.player.http.answers] == [True]


def test_a_send_is_due_at_its_time_and_not_before() -> None:
    stage = Stage(Send(b"a"), Send(b"b", seconds(2)), FIN)
    assert stage.writes() == b"a"
    assert stage.wants_wait_until(2)
    assert stage.at(2).writes() == b"b"


def test_times_count_from_the_end_of_the_last_wait() -> None:
    stage = Stage(Send(b"head", opening=POST), Expect(Awaited.CONTINUE), Send(b"body", seconds(0.5)), FIN)
    stage.writes()
    stage.at(7).happens(Received(b"HTTP/1.1 100 Continue\r\n\r\n"))
    assert stage.wants_wait_until(7.5)


def test_a_pause_makes_all_that_follows_later() -> None:
    stage = Stage(Send(b"a"), Pause(seconds(2)), Send(b"b", seconds(1)), FIN)
    stage.writes()
    assert stage.wants_wait_until(2)
    stage.at(2)
    assert stage.wants_wait_until(3)
    assert stage.at(3).writes() == b"b"


def test_without_100_continue_it_goes_on_when_curl_would() -> None:
    stage = Stage(Send(b"h", opening=POST), Expect(Awaited.CONTINUE, patience_ns=seconds(1)), Send(b"b"), FIN)
    stage.writes()
    assert stage.wants_wait_until(1)
    assert stage.at(1).writes() == b"b"


def test_an_answer_in_place_of_100_continue_ends_it_before_the_body() -> None:
    stage = Stage(Send(b"h", opening=POST), Expect(Awaited.CONTINUE), Send(b"b"), FIN)
    stage.writes()
    stage.happens(Received(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"))
    assert stage.is_over()
    assert stage.player.ended == "peer"
    assert stage.written == b"h"


def test_it_stays_for_the_whole_answer_in_place_of_100_continue() -> None:
    stage = Stage(Send(b"h", opening=POST), Expect(Awaited.CONTINUE), Send(b"b"), FIN)
    stage.writes()
    stage.happens(Received(b"HTTP/1.1 413 Too Large\r\nContent-Length: 10\r\n\r\nhello"))
    assert isinstance(stage.wants(), Wait)
    stage.happens(Received(b"world"))
    assert stage.is_over()
    assert stage.written == b"h"


def test_the_second_request_waits_for_the_whole_first_answer() -> None:
    stage = Stage(Send(b"1", opening=POST), Expect(Awaited.ANSWER), Send(b"2", opening=POST), FIN)
    stage.writes()
    for byte in ANSWER.data[:-1]:
        stage.happens(Received(bytes([byte])))
        assert isinstance(stage.wants(), Wait)
    stage.happens(Received(ANSWER.data[-1:]))
    assert stage.writes() == b"2"


def test_a_pipelined_request_waits_for_as_many_answers_as_it_is_to() -> None:
    stage = Stage(
        *(Send(b"1", opening=POST), Send(b"2", opening=POST), Expect(Awaited.ANSWER, 1)),
        *(Send(b"3", opening=POST), Expect(Awaited.ANSWER, 2), FIN),
    )
    assert stage.writes() == b"12"
    assert isinstance(stage.wants(), Wait)
    assert stage.happens(ANSWER).writes() == b"3"
    stage.happens(ANSWER)
    assert isinstance(stage.wants(), Wait)
    stage.happens(ANSWER)
    assert stage.leaves() == "fin"


@pytest.mark.parametrize("step", [Expect(Awaited.ANSWER), Expect(Awaited.CONTINUE), Send(b"x", opening=POST)])
def test_silence_ends_it_after_the_timeout(step: Expect | Send) -> None:
    stage = Stage(step, FIN)
    if isinstance(step, Send):
        stage.happens(Wrote(0))
    else:
        assert stage.player.http is not None
        stage.player.http.open(POST)
    assert not stage.is_over()
    assert stage.at(TIMEOUT).is_over()
    assert stage.player.ended == "timeout"


def test_progress_puts_the_timeout_off() -> None:
    stage = Stage(Send(b"head", opening=POST), Expect(Awaited.ANSWER), FIN)
    stage.writes()
    stage.at(TIMEOUT - 1).happens(Received(b"HTTP/1.1 200 OK\r\n"))
    assert not stage.at(TIMEOUT + 5).is_over()


def test_waiting_for_its_own_time_is_no_silence() -> None:
    stage = Stage(Send(b"a"), Send(b"b", seconds(10 * TIMEOUT)), FIN)
    stage.writes()
    assert stage.wants_wait_until(10 * TIMEOUT)
    assert stage.at(10 * TIMEOUT).writes() == b"b"


@pytest.mark.parametrize(("happening", "peer"), [(PeerClosed(), "fin"), (PeerReset(), "rst")])
def test_a_peer_that_leaves_while_we_send_ends_it(happening: PeerClosed | PeerReset, peer: str) -> None:
    stage = Stage(Send(b"a"), Send(b"b", seconds(1)), FIN)
    stage.writes()
    stage.at(0.25).happens(happening)
    assert stage.is_over()
    assert (stage.player.peer, stage.player.ended, stage.player.reaction.ns) == (peer, "peer", seconds(0.25))


def test_an_early_answer_is_kept_when_a_reset_follows() -> None:
    stage = Stage(Send(b"a", opening=POST), Send(b"b", seconds(1)), FIN)
    stage.writes()
    stage.happens(Received(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"), PeerReset())
    assert stage.is_over()
    assert stage.player.http is not None
    assert [answer.status for answer in stage.player.http.answers] == [413]


def test_an_early_answer_alone_does_not_stop_the_sending() -> None:
    stage = Stage(Send(b"a", opening=POST), Send(b"b", seconds(1)), FIN)
    stage.writes()
    stage.happens(ANSWER)
    assert stage.at(1).writes() == b"b"


def test_an_answer_without_length_ends_with_the_connection() -> None:
    stage = Stage(Send(b"a", opening=POST), Expect(Awaited.ANSWER), FIN)
    stage.writes()
    stage.happens(Received(b"HTTP/1.1 200 OK\r\n\r\nabc"))
    assert isinstance(stage.wants(), Wait)
    stage.happens(PeerClosed())
    assert stage.leaves() == "fin"
    assert stage.player.ended == "complete"


@pytest.mark.parametrize("how", [PeerClosed(), PeerReset()])
def test_an_answer_cut_short_is_incomplete_and_the_peer_ended_it(how: PeerClosed | PeerReset) -> None:
    stage = Stage(Send(b"a", opening=POST), Expect(Awaited.ANSWER), FIN)
    stage.writes()
    stage.happens(Received(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), how)
    assert stage.is_over()
    assert stage.player.ended == "peer"
    assert stage.player.http is not None
    assert [(one.body_bytes, one.complete) for one in stage.player.http.answers] == [(3, False)]


def test_nothing_more_is_sent_to_a_peer_that_has_closed() -> None:
    stage = Stage(Send(b"1", opening=POST), Expect(Awaited.ANSWER), Send(b"2", opening=POST), FIN)
    stage.writes()
    stage.happens(ANSWER, PeerClosed())
    assert stage.is_over()
    assert (stage.written, stage.player.ended, stage.player.peer) == (b"1", "peer", "fin")


@pytest.mark.parametrize(
    ("awaited", "count", "replies"),
    [(Awaited.LINES, 2, [b"220-x\r\n220", b" y\r\n"]), (Awaited.BYTES, 3, [b"ab", b"c"])],
)
def test_other_protocols_are_awaited_by_lines_or_bytes(awaited: Awaited, count: int, replies: list[bytes]) -> None:
    stage = Stage(Expect(awaited, count), Send(b"next"), FIN, speaks_http=False)
    for reply in replies:
        assert stage.writes() == b""
        stage.happens(Received(reply))
    assert stage.writes() == b"next"


def test_a_write_that_the_kernel_takes_in_parts_goes_on_where_it_stopped() -> None:
    stage = Stage(Send(b"abcdef"), FIN)
    stage.happens(Wrote(2))
    action = stage.wants()
    assert isinstance(action, Write)
    assert action.data.tobytes() == b"cdef"


def test_a_bound_on_what_is_read_is_waited_for_and_then_it_leaves() -> None:
    stage = Stage(
        Read(60), Send(b"1", opening=POST), Expect(Awaited.ALL_READ), Leave(Way.RST, is_cut=True, settle_ns=0)
    )
    stage.writes()
    stage.happens(ANSWER)
    assert stage.player.hearing.appetite == 20
    assert stage.wants_wait_until(TIMEOUT)
    stage.happens(Received(bytes(20)))
    assert stage.player.hearing.appetite == 0
    assert stage.leaves() == "rst"
    assert (stage.player.ended, stage.player.received) == ("cut", 60)


def test_what_can_no_longer_come_because_no_more_is_read_is_not_waited_for() -> None:
    waits = (Expect(Awaited.ANSWER), Send(b"2", opening=POST), Expect(Awaited.ALL_READ))
    stage = Stage(Read(10), Send(b"1", opening=POST), *waits, Leave(Way.FIN, is_cut=True))
    stage.writes()
    stage.happens(Received(b"HTTP/1.1 2"))
    assert stage.writes() == b"2"
    assert stage.leaves() == "fin"


@pytest.mark.parametrize(("way", "appetite"), [(Way.HALF, None), (Way.STALL, 0)])
def test_who_closes_for_sending_only_reads_on_and_who_stalls_does_not(way: Way, appetite: int | None) -> None:
    stage = Stage(Read(0), Send(b"1", opening=POST), Expect(Awaited.ALL_READ), Leave(way, is_cut=True))
    stage.writes()
    assert stage.leaves() == way.value
    assert stage.player.hearing.appetite == appetite
