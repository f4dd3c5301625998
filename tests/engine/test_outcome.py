"""Which outcomes are equal, and what the main connection lends to the whole."""

from dataclasses import replace

import pytest

from tests.show.outcomes import HALF_WAY, WHOLE, outcome
from tracereplay.engine.outcome import Answer, ConnectionOutcome
from tracereplay.engine.timeline import Moment, Timeline
from tracereplay.plan.way import Way

ANSWER = WHOLE.answers[0]
MOMENTS = Timeline((Moment("handed", 0, 5, 1_048_759),))


def answered(**changes: object) -> ConnectionOutcome:
    return replace(WHOLE, answers=(replace(ANSWER, **changes),))  # type: ignore[arg-type]


CHANCE = {
    "where": replace(WHOLE, target="127.0.0.1:9"),
    "how long it took": replace(WHOLE, seconds=9, reaction_seconds=None),
    "how far bytes had come": replace(WHOLE, acknowledged=1, read=2, window=3, received=4),
    "when what happened": replace(WHOLE, timeline=MOMENTS),
    "the date": answered(headers=(("Content-Length", "3"), ("Date", "then"))),
    "the server's name": answered(headers=(("Content-Length", "3"), ("Date", "now"), ("Server", "x"))),
    "the case of a header": answered(headers=(("content-length", "3"),)),
}
FACTS = {
    "the place of the cut": replace(WHOLE, cut=HALF_WAY),
    "how we left": replace(WHOLE, way=Way.RST),
    "how the peer left": replace(WHOLE, peer="rst"),
    "who ended it": replace(WHOLE, ended="timeout"),
    "what was handed over": replace(WHOLE, handed=1),
    "an interim answer": replace(WHOLE, interim=()),
    "no answer": replace(WHOLE, answers=()),
    "the status": answered(status=500),
    "another header": answered(headers=(("Content-Length", "3"), ("Location", "/"))),
    "another body": answered(body=b"no\n"),
    "a large body that differs far behind": answered(body_digest="0" * 64),
    "an answer that was cut short": answered(complete=False),
}


@pytest.mark.parametrize("other", CHANCE.values(), ids=CHANCE)
def test_what_is_chance_does_not_count(other: ConnectionOutcome) -> None:
    assert outcome(other) == outcome(WHOLE)
    assert hash(outcome(other)) == hash(outcome(WHOLE))


@pytest.mark.parametrize("other", FACTS.values(), ids=FACTS)
def test_what_was_done_and_what_came_of_it_counts(other: ConnectionOutcome) -> None:
    assert outcome(other) != outcome(WHOLE)


def test_the_value_of_a_cookie_is_chance_and_its_name_is_not() -> None:
    one, same, other = (Answer(200, "OK", (("Set-Cookie", value),)) for value in ("id=1; Path=/", "id=2", "sid=1"))
    assert one == same
    assert one != other
    assert one != "an answer"


def test_the_main_connection_lends_what_tests_ask_for() -> None:
    one = outcome(replace(WHOLE, id=3), replace(WHOLE, id=7, peer="rst", ended="peer", timeline=MOMENTS), main=7)
    assert (one.answer, one.peer, one.ended, one.reaction) == (ANSWER, "rst", "peer", 0.0021)
    assert one.timeline == MOMENTS
