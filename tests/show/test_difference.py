from dataclasses import replace

from tests.show.outcomes import HALF_WAY, WHOLE, outcome
from tracereplay.engine.timeline import Moment, Timeline
from tracereplay.plan.way import Way
from tracereplay.show.difference import outcome_difference

MS = 1_000_000
ANSWER = WHOLE.answers[0]
LEFT = Timeline(
    (
        Moment("handed", 0, 0, 1_048_759),
        Moment("pause", MS, 2 * MS),
        Moment("status", 3 * MS, 3 * MS, status=201),
        Moment("left", 4 * MS, 4 * MS, how="fin"),
    )
)
RIGHT = Timeline(
    (
        Moment("handed", 5 * MS, 5 * MS, 1_048_759),
        Moment("pause", 6 * MS, 8 * MS),
        Moment("status", 9 * MS, 9 * MS, status=500),
        Moment("left", 10 * MS, 10 * MS, how="fin"),
    ),
    (),
    3,
)


def test_equal_outcomes_have_nothing_to_tell() -> None:
    assert [*outcome_difference(outcome(WHOLE), outcome(replace(WHOLE, seconds=9)))] == []


def test_what_counts_is_told_first_and_then_what_happened_when() -> None:
    answer = replace(ANSWER, status=500, reason="O\x1b", headers=(("Retry-After", "9"),), complete=False)
    left = replace(WHOLE, timeline=LEFT)
    right = replace(WHOLE, timeline=RIGHT, peer="rst", way=Way.RST, answers=(answer,))
    assert [*outcome_difference(outcome(left), outcome(right))] == [
        "connection 0, way: fin != rst",
        "connection 0, peer: 'none' != 'rst'",
        "connection 0, answer 1, status: 201 Created != 500 O\\x1b",
        "connection 0, answer 1, header content-length: ['3'] != None",
        "connection 0, answer 1, header retry-after: None != ['9']",
        "connection 0, answer 1, complete: True != False",
        "",
        "what happened on connection 0, by seconds, which do not count:",
        "      0.000000  =>  1,048,759 bytes handed to our kernel",
        "      0.001000      paused for 1.0 ms",
        "-     0.003000  <=  answer 201",
        "+     0.009000  <=  answer 500",
        "      0.004000  =>  left by fin",
        "+ (3 more moments, after the first 4)",
    ]


def test_a_body_and_an_answer_that_never_came_are_told() -> None:
    other = replace(WHOLE, answers=(replace(ANSWER, body=b"no\n", body_digest="x"), ANSWER))
    told = [*outcome_difference(outcome(WHOLE), outcome(other))]
    assert told[:2] == [
        "connection 0, answer 1, body: 3 bytes b'ok\\n' != 3 bytes b'no\\n'",
        "connection 0, answer 2, status: no answer != 201 Created",
    ]


def test_connections_that_only_one_side_opened_are_told() -> None:
    one, other, cut = replace(WHOLE, id=1), replace(WHOLE, id=2), replace(WHOLE, cut=HALF_WAY)
    assert [*outcome_difference(outcome(cut, one), outcome(cut, other, main=2))] == [
        "main connection: 0 != 2",
        "connection 1: it was opened on the left alone",
        "connection 2: it was opened on the right alone",
    ]
