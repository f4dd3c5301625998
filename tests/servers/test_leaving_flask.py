"""The user's case: what Flask under gunicorn (sync, one worker, --timeout 2) makes of a client that leaves."""

import json

import pytest

from tracereplay.library import Trace

from .scene import BODY_PLACES, HEAD_PLACES, HELD_BACK_BYTES, WAYS, Scene, in_whole_reads, is_whole_reads, sent_of_file

EVERYWHERE = (*HEAD_PLACES, *BODY_PLACES)
Scenes = dict[tuple[str, str], Scene]

at_every_place = pytest.mark.parametrize("place", EVERYWHERE)
at_every_place_of_the_body = pytest.mark.parametrize("place", BODY_PLACES)


@at_every_place
@pytest.mark.parametrize("way", WAYS)
def test_the_server_gets_exactly_what_lies_before_the_cut(way: str, place: str, scenes: Scenes, form: Trace) -> None:
    outcome = scenes[way, place].outcome
    assert outcome.cut is not None
    assert outcome.cut.spec == place
    assert outcome.handed == outcome.acknowledged == outcome.cut.at
    assert outcome.planned == form.conversation(0).sent.bytes


@at_every_place_of_the_body
@pytest.mark.parametrize("way", WAYS)
def test_the_body_is_sent_after_100_continue(way: str, place: str, scenes: Scenes) -> None:
    assert scenes[way, place].outcome.interim == (100,)


@at_every_place
@pytest.mark.parametrize("way", ["fin", "rst"])
def test_a_client_that_is_gone_gets_no_answer(way: str, place: str, scenes: Scenes) -> None:
    outcome = scenes[way, place].outcome
    assert (outcome.ended, outcome.peer, outcome.answers) == ("cut", "none", ())
    assert outcome.reaction_seconds is None


@at_every_place_of_the_body
def test_a_client_that_half_closes_reads_the_refusal(place: str, scenes: Scenes) -> None:
    outcome = scenes["half", place].outcome
    assert (outcome.ended, outcome.peer) == ("peer", "fin")
    assert outcome.answer is not None
    assert outcome.answer.status == 400
    assert outcome.answer.complete
    assert "Invalid form-data" in json.loads(outcome.answer.body)["error"]


@at_every_place
def test_a_stall_is_ended_by_gunicorn_with_a_500(place: str, scenes: Scenes) -> None:
    outcome = scenes["stall", place].outcome
    assert (outcome.ended, outcome.peer) == ("peer", "fin")
    assert outcome.answer is not None
    assert outcome.answer.status == 500
    # The arbiter looks once a second whether a worker was silent for two; the rest is a busy machine.
    assert 1 < outcome.seconds < 12


@pytest.mark.parametrize("place", ["head:50%", *BODY_PLACES])
def test_the_500_is_the_first_reaction_to_a_stall(place: str, scenes: Scenes) -> None:
    reaction_seconds = scenes["stall", place].outcome.reaction_seconds
    assert reaction_seconds is not None
    assert 1 < reaction_seconds < 12


def test_the_first_reaction_to_a_whole_head_is_100_continue(scenes: Scenes) -> None:
    outcome = scenes["stall", "head:100%"].outcome
    assert outcome.interim == (100,)
    assert outcome.reaction_seconds is not None
    assert outcome.reaction_seconds < outcome.seconds


@at_every_place_of_the_body
@pytest.mark.parametrize("way", ["fin", "half"])
def test_after_a_close_the_application_has_all_that_was_sent(way: str, place: str, scenes: Scenes, form: Trace) -> None:
    scene = scenes[way, place]
    assert scene.row is not None
    assert (scene.row.state, scene.row.error) == ("aborted", "ValueError")
    assert scene.row.message == "Invalid form-data cannot parse beyond State.DATA"
    sent = sent_of_file(form, scene.outcome.handed)
    assert sent - HELD_BACK_BYTES <= scene.row.bytes_seen <= sent


@at_every_place_of_the_body
def test_after_a_reset_the_application_has_whole_reads_at_most(place: str, scenes: Scenes, form: Trace) -> None:
    scene = scenes["rst", place]
    assert scene.row is not None
    assert (scene.row.state, scene.row.error) == ("aborted", "ConnectionResetError")
    # The server's kernel had acknowledged everything. But what gunicorn has not read when the reset
    # arrives is thrown away, so that how many whole reads it managed is luck; only the ceiling is sure.
    # How to make it exact: test_a_reset_after_a_look_into_the_database_is_exact.
    assert scene.row.bytes_seen <= in_whole_reads(form, scene.outcome.handed)
    assert is_whole_reads(form, scene.row.bytes_seen)


@at_every_place_of_the_body
def test_during_a_stall_the_application_has_whole_reads(place: str, scenes: Scenes, form: Trace) -> None:
    scene = scenes["stall", place]
    assert scene.row is not None
    assert (scene.row.state, scene.row.error) == ("timed_out", "SystemExit")
    ceiling = in_whole_reads(form, scene.outcome.handed)
    assert ceiling - HELD_BACK_BYTES <= scene.row.bytes_seen <= ceiling


@at_every_place
def test_a_stall_costs_the_worker(place: str, scenes: Scenes) -> None:
    scene = scenes["stall", place]
    assert f"WORKER TIMEOUT (pid:{scene.worker_before})" in scene.log
    assert not scene.worker_lives


@at_every_place
@pytest.mark.parametrize("way", ["fin", "rst", "half"])
def test_a_client_that_leaves_does_not_cost_the_worker(way: str, place: str, scenes: Scenes) -> None:
    scene = scenes[way, place]
    assert scene.worker_lives
    assert "WORKER TIMEOUT" not in scene.log


@pytest.mark.parametrize("way", WAYS)
def test_the_application_never_hears_of_a_request_whose_head_is_cut(way: str, scenes: Scenes) -> None:
    assert scenes[way, "head:50%"].row is None


@pytest.mark.parametrize(
    ("way", "state", "error"),
    [
        ("fin", "aborted", "ValueError"),
        ("half", "aborted", "ValueError"),
        ("stall", "timed_out", "SystemExit"),
    ],
)
def test_a_head_without_a_body_is_an_upload_of_nothing(way: str, state: str, error: str, scenes: Scenes) -> None:
    row = scenes[way, "head:100%"].row
    assert row is not None
    assert (row.state, row.error, row.bytes_seen) == (state, error, 0)


def test_a_reset_right_after_the_head_may_be_faster_than_the_server(scenes: Scenes) -> None:
    # Acknowledged is not read: the reset may take the head away before gunicorn reads it.
    row = scenes["rst", "head:100%"].row
    assert row is None or (row.error, row.bytes_seen) == ("ConnectionResetError", 0)
