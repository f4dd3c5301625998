"""Findings that are known."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.judge.test_finding import verdict
from tracereplay.errors import PlanError
from tracereplay.judge.again import flaky
from tracereplay.judge.baseline import Accepted, Known
from tracereplay.judge.cell import Cell
from tracereplay.judge.finding import Sweep
from tracereplay.judge.starving import Asked, Starving
from tracereplay.judge.verdict import Verdict
from tracereplay.plan.cuts import NamedPlace
from tracereplay.plan.way import Way

KNOWN = st.builds(
    Known,
    st.sampled_from(("hang", "flaky", "2xx-for-incomplete")),
    st.one_of(st.integers(0, 30).map(str), st.sampled_from(("head-end", "head-end+1", "body:1", "part-10-end", "²"))),
    st.sampled_from(("half", "stall")),
    st.one_of(st.none(), st.integers(200, 204)),
).map(lambda one: replace(one, status=None) if one.rule == "flaky" else one)


def cell(at: int, way: Way = Way.HALF) -> Cell:
    return Cell(NamedPlace(str(at), str(at), at), way)


def swept(*verdicts: Verdict) -> Sweep:
    return Sweep("t", "h:1", verdicts, 1.0)


@given(st.frozensets(KNOWN))
def test_it_reads_back_what_it_wrote_and_writes_it_the_same(known: frozenset[Known]) -> None:
    text = "\n".join(Accepted(known).renewed([], swept()))
    assert Accepted.read(text, "b.json") == Accepted(known)
    assert "\n".join(Accepted.read(text, "b.json").renewed([], swept())) == text


def test_places_that_are_numbers_stand_in_the_order_of_numbers() -> None:
    lines = list(Accepted().renewed([], swept(*(verdict(at, 200) for at in (100, 9, 20)))))
    assert ['"9"' in lines[1], '"20"' in lines[2], '"100"' in lines[3]] == [True] * 3


def test_what_is_known_is_accepted_wherever_the_byte_is() -> None:
    accepted = Accepted(frozenset((Known("2xx-for-incomplete", "10", "half", 200),)))
    assert accepted.applied(verdict(10, 200)).kind == "accepted"
    assert accepted.applied(replace(verdict(10, 200), at=11)).kind == "accepted"
    assert accepted.applied(verdict(10, 204)).kind == "2xx-for-incomplete"
    assert accepted.applied(verdict(11, 200)).kind == "2xx-for-incomplete"
    assert accepted.applied(verdict(10, 200, Way.STALL)).kind == "2xx-for-incomplete"
    assert accepted.applied(verdict(10, 400)).kind == "rejected"
    assert bool(accepted.applied(verdict(10, 200)))


def test_what_is_flaky_is_known_whichever_answer_came_last() -> None:
    accepted = Accepted.read("\n".join(Accepted().renewed([], swept(flaky([verdict(10, 400), verdict(10, 200)])))), "b")
    assert accepted.applied(flaky([verdict(10, 200), verdict(10, 400)])).kind == "accepted"
    assert accepted.applied(flaky([verdict(11, 200), verdict(11, 400)])).kind == "flaky"


def test_a_flaky_finding_that_has_a_status_in_the_file_is_known_by_the_rest() -> None:
    line = '{"rule": "flaky", "place": "10", "how": "half", "status": 200}'
    accepted = Accepted.read(f'{{"version": 1, "accepted": [{line}]}}', "b")
    assert accepted.applied(flaky([verdict(10, 200), verdict(10, 400)])).kind == "accepted"


def test_what_was_not_looked_for_is_not_gone() -> None:
    accepted = Accepted(frozenset(Known("hang", str(at), "half", None) for at in (10, 20, 30)))
    sweep = swept(verdict(10, 400), verdict(20, 200))
    assert [one.place for one in accepted.gone([cell(10), cell(20)], sweep)] == ["10", "20"]
    renewed = Accepted.read("\n".join(accepted.renewed([cell(10), cell(20)], sweep)), "b.json")
    assert renewed.known == {Known("2xx-for-incomplete", "20", "half", 200), Known("hang", "30", "half", None)}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '{"version": 1}',
        '{"version": 1, "accepted": [1]}',
        '{"version": 1, "accepted": [{"rule": "hang", "place": 1, "how": "half", "status": null}]}',
        '{"version": 1, "accepted": [{"rule": "hang", "place": "1", "how": "half", "status": "200"}]}',
        '{"version": 1, "accepted": [{"rule": "hang", "place": "1", "how": "half"}]}',
        '{"version": 1, "accepted": [{"rule": "x", "place": "1", "how": "half", "status": 200}]}',
        f'{{"version": 1, "accepted": [{{"rule": "hang", "place": "{"9" * 5000}", "how": "half", "status": null}}]}}',
        '{"version": 2, "accepted": []}',
        "[" * 100_000,
    ],
)
def test_what_is_no_baseline_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match=r"^b\.json is (not the baseline|a baseline of version 2)"):
        Accepted.read(text, "b.json")


def test_a_page_that_starved_is_known_without_the_secrets_of_its_query() -> None:
    starving = Starving("/health?token=verysecret", Asked(0.1, 200), Asked(5.0, None, "timed out"), 5.0)
    sweep = replace(swept(), starving=starving)
    text = "\n".join(Accepted().renewed([], sweep))
    accepted = Accepted.read(text, "b.json")
    assert "verysecret" not in text
    assert accepted.known == {Known("starved", "/health?token=x", "server", None)}
    assert (starving.is_starved, accepted.of_page(starving).is_starved) == (True, False)
    assert len(sweep.faults) == len(replace(sweep, starving=accepted.of_page(starving)).accepted_faults) == 1
    well = replace(starving, during=Asked(0.1, 200))
    assert accepted.gone([], replace(sweep, starving=well)) == list(accepted.known)
    unasked = replace(starving, during=None)
    assert accepted.gone([], replace(sweep, starving=unasked)) == accepted.gone([], swept()) == []
