"""What pytest prints when two outcomes that should be equal are not: ``pytest_assertrepr_compare`` calls it."""

from tracereplay.engine.outcome import Answer, ConnectionOutcome, Outcome
from tracereplay.judge.match import Match
from tracereplay.show.difference import answer_difference, connection_difference, outcome_difference


def explain(op: str, left: object, right: object) -> list[str] | None:
    """Return the lines that explain why ``left op right`` fails, None when there is nothing of ours to explain.

    Outcomes, connections and answers are told by what differs of them, and by their timelines.
    """
    match = next((one for one in (left, right) if isinstance(one, Match)), None)
    if match is not None:
        is_other = isinstance(left, bool) or isinstance(right, bool)
        return [*match.lines(), *(["a Match is no bool: assert it as it is, or bool(match)"] if is_other else [])]
    if op != "==":
        return None
    if isinstance(left, Outcome) and isinstance(right, Outcome):
        return ["the outcomes differ (times do not count)", *outcome_difference(left, right)]
    if isinstance(left, ConnectionOutcome) and isinstance(right, ConnectionOutcome):
        return ["the connections differ (times do not count)", *connection_difference(left, right)]
    if isinstance(left, Answer) and isinstance(right, Answer):
        return ["the answers differ (headers that differ each time do not count)", *answer_difference(left, right)]
    return None


def explain_matches(outcome: Outcome) -> list[str]:
    """Return the lines of every comparison of ``outcome`` with its recording that has failed.

    pytest prints what ``matches_recording()`` returned in one line: the section of a failed test has room for all.
    """
    return [line for match in outcome.matches if not match for line in match.lines()]
