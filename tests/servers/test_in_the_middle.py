"""A play in the background: the test looks into the database in the middle of an upload, and decides then."""

import threading

import pytest

from tracereplay import play, start
from tracereplay.library import Playback, Trace

from .eventually import eventually
from .scene import HELD_BACK_BYTES, in_whole_reads
from .server import Server, Upload


def rows_like(server: Server, state: str, at_least_bytes: int) -> list[Upload]:
    """The last row, if it is the one we wait for; empty as long as it is not."""
    last = server.uploads()[-1:]
    return [row for row in last if row.state == state and row.bytes_seen >= at_least_bytes]


def test_the_row_is_started_while_the_upload_goes_on(patient_server: Server, form: Trace) -> None:
    plan = form.plan().paused("body:40%=30s")
    with start(plan, target=patient_server.target) as playback:
        assert playback.wait_sent("body:40%")
        (row,) = eventually(lambda: rows_like(patient_server, "started", 1))
        assert row.bytes_seen <= in_whole_reads(form, playback.sent_bytes)
        playback.leave("rst")

    outcome = playback.outcome().connection
    assert (outcome.ended, outcome.way.value, outcome.peer) == ("cut", "rst", "none")
    assert outcome.acknowledged == outcome.handed
    assert outcome.handed < outcome.planned


@pytest.mark.parametrize("place", ["body:25%", "body:50%", "body:75%"])
def test_a_reset_after_a_look_into_the_database_is_exact(place: str, patient_server: Server, form: Trace) -> None:
    with start(form.plan().paused(f"{place}=30s"), target=patient_server.target) as playback:
        assert playback.wait_sent(place)
        read = in_whole_reads(form, playback.sent_bytes) - HELD_BACK_BYTES
        (before,) = eventually(lambda: rows_like(patient_server, "started", read))
        playback.leave("rst")

    (after,) = eventually(lambda: rows_like(patient_server, "aborted", 0))
    assert after.error == "ConnectionResetError"
    assert after.bytes_seen == before.bytes_seen


@pytest.mark.parametrize(
    ("way", "state", "error"), [("fin", "aborted", "ValueError"), ("rst", "aborted", "ConnectionResetError")]
)
def test_a_client_leaves_when_the_database_has_so_many_lines(
    way: str, state: str, error: str, patient_server: Server, form: Trace
) -> None:
    with start(form.plan().lasting("20s"), target=patient_server.target) as playback:
        eventually(lambda: rows_like(patient_server, "started", 65_000), within=10)
        playback.leave(way)

    (row,) = eventually(lambda: rows_like(patient_server, state, 0))
    assert row.error == error
    assert playback.outcome().connection.ended == "cut"


def test_the_play_can_be_left_before_the_body(patient_server: Server, form: Trace) -> None:
    with start(form.plan().paused("head:100%=30s"), target=patient_server.target) as playback:
        assert playback.wait_sent("head:100%")
        assert not playback.wait_sent("body:1", timeout="0.1s")
        playback.leave("half", hold="5s")

    outcome = playback.outcome().connection
    assert outcome.answer is not None
    assert outcome.answer.status == 400


def test_a_stalled_client_can_still_leave_in_another_way(patient_server: Server, form: Trace) -> None:
    plan = form.plan().truncated("body:50%").leaving("stall")
    with start(plan, target=patient_server.target) as playback:
        assert playback.wait_sent("body:50%")
        eventually(lambda: rows_like(patient_server, "started", 1))
        playback.leave("rst")

    outcome = playback.outcome().connection
    assert (outcome.ended, outcome.way.value) == ("cut", "rst")
    assert outcome.seconds < 10
    (row,) = eventually(lambda: rows_like(patient_server, "aborted", 0))
    assert row.error == "ConnectionResetError"


def test_a_test_that_fails_during_a_stall_does_not_wait_for_its_end(patient_server: Server, form: Trace) -> None:
    plan = form.plan().truncated("body:50%").leaving("stall", hold="50s")
    playback = start(plan, target=patient_server.target)
    with pytest.raises(LookupError, match="no such row"), playback:
        raise_when_sent(playback, "body:50%")
    assert playback.outcome().connection.seconds < 10


def raise_when_sent(playback: Playback, place: str) -> None:
    assert playback.wait_sent(place)
    raise LookupError("no such row")


def test_progress_can_be_followed_from_another_thread(patient_server: Server, form: Trace) -> None:
    seen: list[int] = []
    with start(form.plan().lasting("1s"), target=patient_server.target) as playback:
        tick = threading.Event()
        while not playback.is_over:
            seen.append(playback.sent_bytes)
            tick.wait(0.02)

    assert seen == sorted(seen)
    assert len(set(seen)) > 5
    assert playback.sent_bytes == playback.outcome().connection.planned


def test_one_stalled_client_keeps_all_others_waiting(patient_server: Server, form: Trace, small_form: Trace) -> None:
    rows = len(patient_server.uploads())
    with start(form.plan().paused("body:50%=30s"), target=patient_server.target) as first:
        assert first.wait_sent("body:50%")
        eventually(lambda: rows_like(patient_server, "started", 1))
        with start(small_form.plan(), target=patient_server.target) as second:
            assert not second.wait(0.3)  # the only worker is busy with the first
            assert len(patient_server.uploads()) == rows + 1
            first.leave("rst")

    answer = second.outcome().answer
    assert answer is not None
    assert answer.status == 200
    assert [row.state for row in patient_server.uploads()[rows:]] == ["aborted", "complete"]


def test_after_a_client_has_left_the_next_one_is_served(patient_server: Server, form: Trace) -> None:
    play(form.plan().truncated("body:10%").leaving("rst"), patient_server.target)
    answer = play(form.plan(), patient_server.target).answer
    assert answer is not None
    assert answer.status == 200
