"""An upload that is played whole: what the application gets is the file, at any pace."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tracereplay import play
from tracereplay.library import Plan, Trace

from .eventually import eventually
from .recording import BIG_LINES, SMALL_LINES
from .server import SYNC, Server, serving

PACES: dict[str, tuple[Callable[[Plan], Plan], float]] = {
    "as recorded": (lambda plan: plan, 0),
    "as fast as the server takes it": (lambda plan: plan.at_speed("max"), 0),
    "at twice the speed": (lambda plan: plan.at_speed("2"), 0),
    "as a trickle of 2 MiB a second": (lambda plan: plan.limited("2m"), 0.6),
    "spread over a second": (lambda plan: plan.lasting("1s"), 0.9),
    "with a pause in the middle": (lambda plan: plan.paused("body:50%=0.3s"), 0.3),
    "with three pauses": (
        lambda plan: plan.paused("head:50%=0.1s").paused("file:100=0.1s").paused("body:-1=0.1s"),
        0.3,
    ),
}


@pytest.mark.parametrize(("paced", "at_least_seconds"), PACES.values(), ids=PACES.keys())
def test_the_application_gets_the_whole_file(
    paced: Callable[[Plan], Plan], at_least_seconds: float, server: Server, form: Trace, big_file: Path
) -> None:
    outcome = play(paced(form.plan()), server.target).connection

    assert outcome.cut is None
    assert outcome.ended in ("complete", "peer")  # the server closes, too, and who is first is chance
    assert outcome.handed == outcome.acknowledged == outcome.planned
    assert outcome.interim == (100,)
    assert outcome.answer is not None
    assert (outcome.answer.status, outcome.answer.complete) == (200, True)
    assert json.loads(outcome.answer.body) == {"bytes": big_file.stat().st_size, "lines": BIG_LINES}
    assert outcome.seconds >= at_least_seconds

    row = server.last_upload()
    assert row is not None
    assert (row.state, row.error) == ("complete", None)
    assert (row.bytes_seen, row.lines_seen) == (big_file.stat().st_size, BIG_LINES)


def test_a_small_upload_asks_for_no_100_continue(server: Server, small_form: Trace) -> None:
    outcome = play(small_form.plan(), server.target).connection
    assert outcome.interim == ()
    assert outcome.answer is not None
    assert json.loads(outcome.answer.body)["lines"] == SMALL_LINES


def test_an_upload_that_is_slower_than_the_timeout_is_ended_though_data_never_stops(
    tmp_path: Path, form: Trace
) -> None:
    with serving(tmp_path, SYNC) as server:
        worker = server.worker()
        outcome = play(form.plan().lasting("30s"), server.target).connection

        assert outcome.ended == "peer"
        assert outcome.handed < outcome.planned
        assert outcome.seconds < 20
        row = eventually(server.last_upload, lambda row: row and row.state != "started")
        assert row is not None
        assert (row.state, row.error) == ("timed_out", "SystemExit")
        assert server.worker() != worker
