"""Equal verdicts at neighbouring places are one finding."""

from hypothesis import given
from hypothesis import strategies as st

from tracereplay.judge.finding import Sweep, findings
from tracereplay.judge.missing import Missing
from tracereplay.judge.oracle import Terms, judge
from tracereplay.judge.verdict import Facts, Verdict
from tracereplay.plan.way import Way

STATUSES = (None, 200, 204, 400, 500)


def verdict(at: int, status: int | None, way: Way = Way.HALF, what: str = "body") -> Verdict:
    facts = Facts(way, Missing(what, 300 - at), status, None, "fin", "peer")  # type: ignore[arg-type]
    kind, rule, why = judge(facts, Terms())
    return Verdict(str(at), str(at), at, facts, kind, why, rule)


def told(verdicts: list[Verdict]) -> list[tuple[str, int, int, int]]:
    return [(one.rule, one.first.at, one.last.at, one.count) for one in findings(verdicts)]


def test_neighbours_with_the_same_rule_way_and_status_are_one() -> None:
    found = told([verdict(at, status) for at, status in enumerate((400, 200, 200, 204, 400, 200, 500, 500))])
    assert found == [
        ("2xx-for-incomplete", 1, 2, 2),
        ("2xx-for-incomplete", 3, 3, 1),
        ("2xx-for-incomplete", 5, 5, 1),
        ("5xx-for-incomplete", 6, 7, 2),
    ]


def test_ways_and_what_is_missing_part_them() -> None:
    found = told([verdict(1, 200, what="head"), verdict(2, 200), verdict(2, 200, Way.STALL)])
    assert [one[1:3] for one in found] == [(1, 1), (2, 2), (2, 2)]


def test_what_is_true_of_the_first_alone_is_not_said_of_all() -> None:
    (merged,) = findings([verdict(at, 200) for at in (1, 2)])
    assert merged.why.startswith("at the first of them the server answered 200 to a message without 299 bytes of its")
    (alike,) = findings([verdict(at, 200, what="final CR LF") for at in (298, 299)])
    assert alike.why.startswith("the server answered 200 to a message without its final CR LF")
    (alone,) = findings([verdict(1, 200)])
    assert alone.why.startswith("the server answered 200")


@given(st.lists(st.tuples(st.sampled_from(STATUSES), st.sampled_from((Way.HALF, Way.STALL)))))
def test_every_wrong_play_is_in_exactly_one_finding(plays: list[tuple[int | None, Way]]) -> None:
    verdicts = [verdict(at, *one) for at, one in enumerate(plays)]
    sweep = Sweep("t", "h:1", tuple(verdicts), 1.0)
    assert sum(one.count for one in sweep.findings) == sum(1 for one in verdicts if not one)
    assert sum(sweep.counts.values()) == sweep.plays == len(plays)
    for one, after in zip(sweep.findings, sweep.findings[1:], strict=False):
        assert one.last.at < after.first.at
