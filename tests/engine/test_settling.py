"""Waits for what the peer's application has read: in lockstep, and before a reset."""

import pytest

from tests.engine.stage import TIMEOUT, Stage
from tracereplay.engine.actions import Depart, Drain, Wait, Write
from tracereplay.engine.inputs import Drained, LeaveNow, PeerClosed, Received, Wrote
from tracereplay.errors import PlanError
from tracereplay.plan.step import SETTLE_NS, Awaited, Expect, Leave, Send, Settle
from tracereplay.plan.way import Way
from tracereplay.units import SECOND_NS

FIN = Leave(Way.FIN)
UNTIL_READ = Drain(TIMEOUT * SECOND_NS, until_read=True)


def test_in_lockstep_a_send_waits_until_the_last_one_is_read() -> None:
    stage = Stage(Settle(), Send(b"a"), Settle(), Send(b"b"), FIN)
    assert stage.wants() == UNTIL_READ
    stage.happens(Drained(0))
    assert stage.writes() == b"a"
    assert stage.wants() == UNTIL_READ
    assert stage.happens(Drained(0)).writes() == b"b"


def test_lockstep_is_refused_before_a_byte_is_sent_where_nothing_tells_what_is_read() -> None:
    stage = Stage(Settle(), Send(b"a"), FIN)
    stage.wants()
    with pytest.raises(PlanError, match="nothing tells that here"):
        stage.happens(Drained(None))


def test_a_peer_that_goes_away_in_lockstep_is_a_result() -> None:
    stage = Stage(Settle(), Send(b"a"), Settle(), Send(b"b"), FIN)
    stage.wants()
    stage.happens(Drained(0)).writes()
    stage.wants()
    stage.happens(PeerClosed(), Drained(None))
    assert stage.is_over()
    assert (stage.player.ended, stage.player.peer) == ("peer", "fin")


def test_a_peer_that_reads_no_more_in_lockstep_ends_it() -> None:
    stage = Stage(Settle(), Send(b"a"), Settle(), Send(b"b"), FIN)
    stage.wants()
    stage.happens(Drained(0)).writes()
    stage.wants()
    assert stage.happens(Drained(1)).is_over()
    assert stage.player.ended == "timeout"


@pytest.mark.parametrize("left", [0, 5])
def test_before_a_reset_all_is_acknowledged_and_then_read_if_it_is_within_the_time(left: int) -> None:
    stage = Stage(Send(b"abcdef"), Leave(Way.RST))
    stage.writes()
    assert stage.wants() == Drain(TIMEOUT * SECOND_NS)
    stage.happens(Drained(0))
    assert stage.wants() == Drain(SETTLE_NS, until_read=True)
    stage.happens(Drained(left))
    assert stage.wants() == Depart(Way.RST)


def test_where_nothing_tells_what_is_read_a_reset_waits_for_the_time() -> None:
    stage = Stage(Send(b"a"), Leave(Way.RST, settle_ns=SECOND_NS))
    stage.writes()
    for left in (0, None):
        assert isinstance(stage.wants(), Drain)
        stage.happens(Drained(left))
    assert stage.wants_wait_until(1)
    assert stage.at(1).wants() == Depart(Way.RST)


@pytest.mark.parametrize(
    "leave",
    [Leave(Way.RST, settle_ns=0), Leave(Way.FIN), Leave(Way.HALF), Leave(Way.STALL)],
    ids=["a reset at once", "fin", "half", "stall"],
)
def test_where_nothing_can_be_lost_or_may_be_nobody_waits(leave: Leave) -> None:
    stage = Stage(Send(b"a"), leave)
    stage.writes()
    stage.wants()
    assert stage.happens(Drained(0)).wants() == Depart(leave.way)


def test_a_peer_that_has_closed_its_side_is_not_waited_for() -> None:
    stage = Stage(Send(b"a"), Expect(Awaited.BYTES), Leave(Way.RST))
    stage.writes()
    stage.happens(Received(b"b"), PeerClosed())
    stage.wants()
    assert stage.happens(Drained(0)).wants() == Depart(Way.RST)


def test_who_is_told_to_reset_waits_too_unless_it_is_to_be_at_once() -> None:
    for at_once in (False, True):
        stage = Stage(Send(b"a"), Send(b"b", SECOND_NS), FIN)
        assert isinstance(stage.wants(), Write)
        stage.happens(Wrote(1))
        assert isinstance(stage.wants(), Wait)
        stage.happens(LeaveNow(Way.RST, at_once=at_once))
        if not at_once:
            stage.wants()
            assert stage.happens(Drained(0)).wants() == Drain(SETTLE_NS, until_read=True)
            stage.happens(Drained(0))
        assert stage.wants() == Depart(Way.RST)
