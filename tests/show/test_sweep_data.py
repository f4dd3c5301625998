"""The plays of a sweep in few bytes: what is read back is what was put in."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest

from tests.show.sweeps import every_byte, verdict
from tracereplay.engine.timeline import Moment, Timeline
from tracereplay.judge.seen import Seen
from tracereplay.judge.verdict import Verdict
from tracereplay.plan.way import Way
from tracereplay.show.moments import arrow, words
from tracereplay.show.sweep_data import AT, MISSING, READ, SPEC, answer, sweep_data
from tracereplay.units import format_bytes

Read = tuple[str, str, str, str, list[tuple[str, str, int, int]] | None]


def read(verdicts: Sequence[Verdict]) -> dict[tuple[str, str], Read]:
    """Return for each way and place what the script of the page makes of the data."""
    data = json.loads(json.dumps(sweep_data(verdicts)))
    found: dict[tuple[str, str], Read] = {}
    for way, text in data["plays"].items():
        for (at, name, spec, _), play in zip(data["places"], text.split(";"), strict=True):
            if not play:
                continue
            number, missing, seen, shape, *times = play.split(" ")
            kind, _, _, told, why, command = data["came"][int(number, 36)]
            moments = None if shape == "-" else _moments(data["shapes"][int(shape, 36)], times, at)
            found[way, name] = (
                kind,
                _filled(told, missing, seen),
                _filled(why, missing, seen),
                command.replace(SPEC, spec),
                moments,
            )
    return found


def _filled(text: str, missing: str, seen: str) -> str:
    return text.replace(MISSING, format_bytes(int(missing, 36))).replace(READ, format_bytes(int(seen, 36)))


def _moments(shape: list[list[str]], times: list[str], at: int) -> list[tuple[str, str, int, int]]:
    now, moments = 0, []
    for (direction, text), time in zip(shape, times, strict=True):
        delta, _, took = time.partition("+")
        now += int(delta, 36)
        moments.append((direction, text.replace(AT, format_bytes(at)), now, int(took or "0", 36)))
    return moments


def wanted(one: Verdict) -> Read:
    moments = [
        (arrow(moment).strip(), words(moment), round(moment.start_ns / 1000), (moment.end_ns - moment.start_ns) // 1000)
        for moment in one.timeline
    ]
    return one.kind, answer(one.facts), one.why, one.command or "", moments


@pytest.mark.parametrize("statuses", [(200,), (200, 400, None, 500), (400,)], ids=["all", "in turns", "refused"])
def test_what_is_read_back_is_what_was_put_in(statuses: tuple[int | None, ...]) -> None:
    plays = every_byte(60, statuses).verdicts
    assert read(plays) == {(one.way.value, one.place): wanted(one) for one in plays}


def test_what_an_application_saw_is_there_and_takes_no_text_of_its_own() -> None:
    plays = [
        replace(one, why=f"it had read {seen}", facts=replace(one.facts, seen=seen))
        for one in every_byte(200).verdicts
        if (seen := Seen(one.at // 2, "clean", None, 200))
    ]
    assert read(plays) == {(one.way.value, one.place): wanted(one) for one in plays}
    assert len(cast("list[object]", sweep_data(plays)["came"])) < 40


def test_the_places_are_in_the_order_of_the_bytes_and_each_stands_for_itself() -> None:
    plays = [verdict(50, name="body:50%"), verdict(7), verdict(50, name="answer:50%")]
    data = sweep_data(plays)
    assert [place[:2] for place in cast("list[tuple[int, str]]", data["places"])] == [
        (7, "7"),
        (50, "body:50%"),
        (50, "answer:50%"),
    ]
    assert len(read(plays)) == 3


def test_what_was_not_played_is_empty() -> None:
    data = sweep_data([verdict(1, way=Way.HALF), verdict(2, way=Way.FIN)])
    plays = cast("dict[str, str]", data["plays"])
    assert plays["half"].endswith(";")
    assert plays["fin"].startswith(";")


def test_timelines_that_are_too_many_are_left_out_and_those_of_the_first_of_a_run_are_kept() -> None:
    plays = [*every_byte(4000).verdicts, verdict(4001, 500, Way.STALL)]
    found = read(plays)
    assert found["half", "1"][4] is not None
    assert found["stall", "4001"][4] is not None
    assert sum(one[4] is None for one in found.values()) > 1000


def test_moments_that_were_left_out_are_counted() -> None:
    first = Moment("handed", 1000, 2000, 5)
    one = replace(verdict(5), timeline=Timeline((first,), (Moment("left", 9000, 9000, how="half"),), 7))
    moments = read([one])["half", "5"][4]
    assert moments is not None
    assert [text for _, text, _, _ in moments] == ["5 bytes handed to our kernel", "... and 7 more", "left by half"]


@pytest.mark.parametrize(
    ("way", "status", "told"),
    [
        (Way.HALF, 200, "200; the server closed"),
        (Way.HALF, None, "none; the server closed"),
        (Way.FIN, 200, "not heard: the client had gone"),
    ],
    ids=["an answer", "none", "gone"],
)
def test_an_answer_is_told_as_far_as_it_was_heard(way: Way, status: int | None, told: str) -> None:
    assert answer(verdict(5, status, way).facts) == told
