"""A live server against a recording, as a test has it: a play, and what it came to."""

import asyncio
from pathlib import Path

import pytest

from tests.cli.samples import ANSWER, SENT, upload
from tests.net.sink import Sink, answer_with
from tracereplay import aplay, load, play, play_many, start
from tracereplay.errors import PlanError

REFUSED = b"HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\nno\n"


def test_a_play_of_any_kind_says_whether_it_is_as_recorded(tmp_path: Path) -> None:
    plan = load(upload(tmp_path)).plan()
    with Sink(answer_with(ANSWER, after=SENT)) as sink:
        outcome = play(plan, sink.target)
        assert outcome.matches_recording()
        with start(plan, sink.target) as playback:
            assert playback.outcome().matches_recording()
        (played,) = play_many([plan], sink.target)
        assert played.outcome is not None
        assert played.outcome.matches_recording()

        async def awaited() -> bool:
            async with aplay(plan, sink.target) as under_way:
                return bool((await under_way.outcome()).matches_recording())

        assert asyncio.run(awaited())
    with Sink(answer_with(REFUSED, after=SENT)) as sink:
        other = play(plan, sink.target)
    match = other.matches_recording()
    assert not match
    assert other.matches == [match]
    assert [one.where for one in match.differences] == ["status", "body"]
    assert other != outcome


def test_two_plays_of_which_the_same_came_are_equal(tmp_path: Path) -> None:
    plan = load(upload(tmp_path)).plan()
    with Sink(answer_with(ANSWER, after=SENT)) as one, Sink(answer_with(ANSWER, after=SENT)) as other:
        assert play(plan, one.target) == play(plan, other.target)


def test_a_play_that_is_told_to_leave_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    plan = load(upload(tmp_path)).plan().paused("body:50%=20s")
    with Sink() as sink, start(plan, sink.target) as playback:
        playback.wait_sent("body:50%")
        playback.leave("rst")
        outcome = playback.outcome()
    with pytest.raises(PlanError, match="was cut"):
        outcome.matches_recording()
