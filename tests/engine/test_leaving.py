"""How a player leaves, in memory: when, in which way, and what it sees of the peer then."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.stage import TIMEOUT, Stage
from tracereplay.engine.actions import Stop, Wait
from tracereplay.engine.inputs import LeaveNow, PeerClosed, PeerReset, Received
from tracereplay.plan.edit import cut, paused
from tracereplay.plan.step import Awaited, Expect, Leave, Opening, Send
from tracereplay.plan.way import Way
from tracereplay.units import SECOND_NS

POST = Opening("POST")
ANSWER = Received(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
FIN = Leave(Way.FIN)


def seconds(count: float) -> int:
    return round(count * SECOND_NS)


def test_a_server_that_announced_its_close_is_given_a_moment_to_do_it() -> None:
    stage = Stage(Send(b"a", opening=POST), Expect(Awaited.ANSWER), FIN)
    stage.writes()
    stage.happens(Received(b"HTTP/1.1 204 No\r\nConnection: close\r\n\r\n"))
    assert stage.wants_wait_until(1)
    stage.at(0.5).happens(PeerClosed())
    assert stage.leaves() == "fin"
    assert (stage.player.peer, stage.player.ended) == ("fin", "complete")


@pytest.mark.parametrize("way", [Way.FIN, Way.RST])
def test_who_closes_sees_no_reaction(way: Way) -> None:
    stage = Stage(Send(b"a"), Leave(way, is_cut=True))
    stage.writes()
    stage.at(1).happens(Received(b"x"))
    assert stage.leaves() == way.value
    assert stage.is_over()
    assert (stage.player.ended, stage.player.reaction.ns) == ("cut", None)


@pytest.mark.parametrize("way", [Way.HALF, Way.STALL])
def test_who_stays_sees_how_the_peer_reacts(way: Way) -> None:
    stage = Stage(Send(b"a", opening=POST), Leave(way, is_cut=True))
    stage.writes()
    stage.at(1)
    assert stage.leaves() == way.value
    assert stage.wants_wait_until(1 + TIMEOUT)
    stage.at(3).happens(Received(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"))
    assert not stage.is_over()
    stage.at(4).happens(PeerClosed())
    assert stage.is_over()
    assert (stage.player.ended, stage.player.peer) == ("peer", "fin")
    assert stage.player.reaction.ns == seconds(2)


def test_a_hold_ends_the_stay() -> None:
    stage = Stage(Leave(Way.STALL, seconds(5), is_cut=True))
    stage.leaves()
    assert stage.wants_wait_until(5)
    stage.at(4).happens(Received(b"still here"))
    assert stage.wants_wait_until(5)
    assert stage.at(5).is_over()
    assert stage.player.ended == "cut"


def test_a_stay_without_a_hold_ends_with_the_timeout() -> None:
    stage = Stage(Leave(Way.STALL, is_cut=True))
    stage.leaves()
    assert stage.at(TIMEOUT).is_over()
    assert stage.player.ended == "timeout"


def test_a_reset_while_the_last_bytes_are_on_their_way_is_the_peers_doing() -> None:
    stage = Stage(Send(b"a"), Leave(Way.RST, is_cut=True))
    stage.writes()
    stage.happens(PeerReset())
    assert stage.is_over()
    assert (stage.player.ended, stage.player.peer) == ("peer", "rst")


def test_somebody_can_make_it_leave_at_any_moment() -> None:
    stage = Stage(Send(b"a"), Send(b"b", seconds(9)), Expect(Awaited.ANSWER), FIN)
    stage.writes()
    stage.at(1).happens(LeaveNow(Way.RST))
    assert stage.leaves() == "rst"
    assert stage.is_over()
    assert stage.written == b"a"


def test_who_stays_can_be_told_to_leave_in_another_way() -> None:
    stage = Stage(Send(b"a"), Leave(Way.STALL, is_cut=True))
    stage.writes()
    assert stage.leaves() == "stall"
    assert isinstance(stage.wants(), Wait)
    stage.at(1).happens(LeaveNow(Way.RST))
    assert stage.leaves() == "rst"
    assert stage.is_over()
    assert stage.player.ended == "cut"


@given(
    sends=st.lists(st.binary(max_size=40), max_size=8),
    share=st.floats(0, 1),
    most=st.integers(1, 50),
    pauses=st.lists(st.floats(0, 1), max_size=3),
)
def test_exactly_the_bytes_before_the_cut_are_written(
    sends: list[bytes], share: float, most: int, pauses: list[float]
) -> None:
    whole = b"".join(sends)
    at = int(len(whole) * share)
    steps = cut((Send(data) for data in sends), at, Leave(Way.RST, is_cut=True))
    for pause in pauses:
        steps = paused(steps, int(len(whole) * pause), seconds(1))
    stage = Stage(*steps)
    while stage.writes(most) or isinstance(stage.wants(), Wait):
        stage.at(stage.now_ns / SECOND_NS + 1)
    assert stage.leaves() == "rst"
    assert stage.written == whole[:at]
    assert stage.player.handed == at


def test_after_its_end_it_wants_nothing() -> None:
    stage = Stage(Leave(Way.RST, is_cut=True), Send(b"never"))
    stage.leaves()
    assert stage.wants() == Stop()
    assert stage.wants() == Stop()
