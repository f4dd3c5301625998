"""A play as a line of JSON, and back."""

import json
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracereplay.errors import PlanError
from tracereplay.judge.line import line_of, read_lines
from tracereplay.judge.look import Look
from tracereplay.judge.missing import Missing, What
from tracereplay.judge.seen import Seen
from tracereplay.judge.verdict import Facts, Rule, Unheard, Verdict
from tracereplay.plan.way import Way
from tracereplay.witness import End

FACTS = st.builds(
    Facts,
    st.sampled_from(Way),
    st.builds(Missing, st.sampled_from(get_args(What)), st.one_of(st.none(), st.integers(0))),
    st.one_of(st.none(), st.integers(100, 599)),
    st.one_of(st.none(), st.integers(100, 599)),
    st.sampled_from(("none", "fin", "rst")),
    st.sampled_from(("complete", "cut", "peer", "timeout")),
    st.one_of(st.none(), st.floats(0, 100)),
    is_witnessed=st.booleans(),
    seen=st.one_of(
        st.none(),
        st.builds(Seen, st.integers(0), st.sampled_from(get_args(End)), status=st.one_of(st.none(), st.just(200))),
    ),
    unheard=st.one_of(st.none(), st.sampled_from(get_args(Unheard))),
    looks=st.one_of(st.just(()), st.tuples(st.builds(Look, st.text(), st.integers(), st.text()))),
)
VERDICTS = st.builds(
    Verdict,
    st.text(),
    st.text(),
    st.integers(1),
    FACTS,
    st.sampled_from(("rejected", "hang", "accepted")),
    st.text(),
    st.one_of(st.none(), st.sampled_from(get_args(Rule))),
    st.one_of(st.none(), st.just("mtu")),
    st.one_of(st.none(), st.text()),
)
ONE = Verdict("head-end", "62", 62, Facts(Way.HALF, Missing("body", 10), 400, None, "fin", "peer"), "rejected", "why")


@given(VERDICTS)
def test_a_line_reads_back_to_the_verdict(verdict: Verdict) -> None:
    found = read_lines([line_of("t.txt", verdict, "abc") + "\n"], "f", "t.txt", "abc")
    assert found == {(verdict.place, verdict.way.value, verdict.split): verdict}


def test_of_two_about_the_same_play_the_second_counts() -> None:
    lines = [line_of("t.txt", one, "abc") + "\n" for one in (ONE, replace(ONE, kind="flaky", rule="flaky"))]
    (found,) = read_lines(lines, "f", "t.txt", "abc").values()
    assert found.rule == "flaky"


def test_what_was_not_reached_is_to_be_played_again_and_a_line_cut_off_too() -> None:
    unreached = Verdict("1", "1", 1, Facts(Way.FIN, Missing("nothing")), "unreached", "no")
    assert read_lines([line_of("t", unreached, "abc") + "\n", "\n", line_of("t", ONE, "abc")], "f", "t", "abc") == {}


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"how": "away"},
        {"missing": "body"},
        {"missing": {"what": "tail", "bytes": 1}},
        {"status": "200"},
        {"status": True},
        {"peer": "syn"},
        {"at": None},
        {"verdict": "fine"},
        {"place": 5},
        {"sends": 5},
    ],
    ids=str,
)
def test_a_line_that_is_none_is_refused_with_its_number(change: dict[str, object]) -> None:
    broken = json.dumps(json.loads(line_of("t", ONE, "abc")) | change) + "\n"
    with pytest.raises(PlanError, match=r"^f:2: this is not a line of a sweep"):
        read_lines([line_of("t", ONE, "abc") + "\n", broken], "f", "t", "abc")


@pytest.mark.parametrize("text", ["[]\n", "1\n", "{}\n", "{\n", "[" * 100_000 + "\n"], ids=len)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match=r"^f:1: this is not a line of a sweep"):
        read_lines([text], "f", "t", "abc")


def test_a_line_that_says_what_was_sent_is_of_that_alone_and_an_older_one_is_read() -> None:
    line = line_of("t", ONE, "abc") + "\n"
    older = json.dumps({name: value for name, value in json.loads(line).items() if name != "sends"}) + "\n"
    assert read_lines([older], "f", "t", "abc").keys() == read_lines([line], "f", "t", "abc").keys()
    with pytest.raises(PlanError, match=r"^f:2: this is of a sweep that sent other bytes: t or a file"):
        read_lines([older, line], "f", "t", "abd")
