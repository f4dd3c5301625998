"""How late sends were, and which of them count."""

from hypothesis import given
from hypothesis import strategies as st

from tests.engine.stage import Stage
from tracereplay.engine.inputs import Wrote
from tracereplay.engine.lateness import Lateness
from tracereplay.engine.spread import Spread
from tracereplay.plan.step import Leave, Pause, Send
from tracereplay.plan.way import Way

FIN = Leave(Way.FIN)
MS = 1_000_000


def lateness(stage: Stage) -> Lateness | None:
    return Lateness.of(stage.player.late_ns)


def test_a_send_is_as_late_as_its_first_byte() -> None:
    stage = Stage(Send(b"a"), Send(b"bcd", 20 * MS), FIN)
    stage.writes()
    stage.at(0.025).happens()
    stage.wants()
    stage.happens(Wrote(0))
    stage.at(0.030).writes(1)
    stage.at(0.090).writes()
    assert stage.written == b"abcd"
    found = lateness(stage)
    assert found is not None
    assert (found.sends, found.max_ns) == (1, 10 * MS)


def test_a_pause_makes_nothing_late() -> None:
    stage = Stage(Send(b"a"), Pause(50 * MS), Send(b"b", 10 * MS), FIN)
    stage.writes()
    stage.at(0.050).wants()
    stage.at(0.060).writes()
    assert lateness(stage) == Lateness(1, 0, 0, 0)


def test_pieces_with_one_time_count_once() -> None:
    stage = Stage(Send(b"a", 10 * MS), Send(b"b", 10 * MS), Send(b"c", 20 * MS), FIN)
    stage.at(0.010).writes(1)
    stage.at(0.021).writes()
    assert lateness(stage) == Lateness(2, 0, MS, MS)


def test_without_a_time_nothing_is_late() -> None:
    stage = Stage(Send(b"a"), Send(b"b"), FIN)
    stage.at(3).writes()
    assert lateness(stage) is None


@given(st.lists(st.integers(0, 10**12), min_size=1))
def test_what_is_told_is_never_better_than_it_was_and_hardly_worse(late: list[int]) -> None:
    spread = Spread()
    for one in late:
        spread.add(one)
    found = Lateness.of(spread)
    assert found is not None
    late.sort()
    true = late[max(0, -(-len(late) // 2) - 1)]
    assert (found.sends, found.max_ns) == (len(late), late[-1])
    assert true <= found.median_ns <= true + true // 64
    assert found.median_ns <= found.p99_ns <= found.max_ns
