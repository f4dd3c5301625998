"""What pytest is given to print, when a comparison of ours fails."""

from dataclasses import replace

from tests.show.outcomes import WHOLE, outcome
from tracereplay.judge.match import Difference, Match
from tracereplay.testing.explain import explain, explain_matches

FAILED = Match((Difference(0, 1, "status", "201 Created", "500 Oops"),), 1)
OTHER = replace(WHOLE, peer="rst")


def test_unequal_outcomes_connections_and_answers_are_explained() -> None:
    for left, right, told in (
        (outcome(WHOLE), outcome(OTHER), "connection 0, peer: 'none' != 'rst'"),
        (WHOLE, OTHER, "connection 0, peer: 'none' != 'rst'"),
        (WHOLE.answers[0], replace(WHOLE.answers[0], status=500), "status: 201 Created != 500 Created"),
    ):
        lines = explain("==", left, right)
        assert lines is not None
        assert lines[0].startswith("the ")
        assert lines[1] == told


def test_what_is_not_ours_is_left_to_pytest() -> None:
    assert explain("==", 1, 2) is None
    assert explain("==", outcome(WHOLE), 2) is None
    assert explain("!=", outcome(WHOLE), outcome(WHOLE)) is None


def test_a_match_is_explained_whatever_it_is_compared_with() -> None:
    lines = [
        "not as recorded: 1 difference, 1 answer compared",
        "  answer 1, status: recorded 201 Created, live 500 Oops",
    ]
    told = "a Match is no bool: assert it as it is, or bool(match)"
    assert explain("==", FAILED, True) == [*lines, told]
    assert explain("is", True, FAILED) == [*lines, told]
    assert explain("==", Match((), 1), True) == ["as recorded: 1 answer compared", told]
    assert explain("==", FAILED, Match((), 1)) == lines
    failed = outcome(WHOLE)
    failed.matches.extend([Match((), 1), FAILED])
    assert explain_matches(failed) == lines
