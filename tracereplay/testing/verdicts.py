"""What ``verdict=True`` of a mark does: each play is judged by the rules of a sweep, and a finding fails its test.

Of a request that is not answered as a whole, no cut tells anything, and all tests would be green. So it is played as a
whole first: once in a run for each trace and target.
"""

from collections.abc import Iterable

import pytest

from tracereplay.errors import PlanError, TargetError
from tracereplay.judge.oracle import Terms, facts_of, judge
from tracereplay.net.play import play
from tracereplay.testing.health import recorded_statuses
from tracereplay.testing.played import Played
from tracereplay.testing.session import NORMS


def terms_of(given: dict[str, object]) -> Terms | None:
    """Take ``verdict`` and ``allow`` off what is ``given``, and return the terms; None when nothing is to be judged."""
    verdict, allow = given.pop("verdict", False), given.pop("allow", None)
    if not isinstance(verdict, bool):
        raise PlanError(f"verdict={verdict!r} is neither True nor False")
    if allow is not None and not verdict:
        raise PlanError("allow= says what a verdict takes for right", hint="verdict=True")
    if not verdict:
        return None
    names = () if allow is None else allow
    if not isinstance(names, Iterable) or not all(isinstance(one, str) for one in names):
        raise PlanError(f"allow={allow!r} is not a text, nor a list of texts")
    return Terms.of(names, "the timeout")


def refuse_unanswered(played: Played, config: pytest.Config) -> None:
    """Fail the test when the whole request is not answered, or refused though it was not when it was recorded."""
    __tracebackhide__ = True
    if played.terms is None:
        return
    norms = config.stash.setdefault(NORMS, {})
    key = (str(played.trace), played.options.target)
    if key not in norms:
        norms[key] = _fault(played)
    fault = norms[key]
    if fault is not None:
        pytest.fail(f"the whole request {fault}, so that nothing can be said of its cuts", pytrace=False)


def fail_if_wrong(played: Played) -> None:
    """Judge a play that is over, if it is to be judged; fail the test when a rule is broken."""
    __tracebackhide__ = True
    outcome, terms = played.outcome, played.terms
    if terms is None or outcome is None or outcome.plan is None:
        return
    _, rule, why = judge(facts_of(outcome.connection, outcome.plan.main_connection), terms)
    if rule is not None:
        played.finding = f"{rule}: {why}"
        pytest.fail(played.finding, pytrace=False)


def _fault(played: Played) -> str | None:
    options = played.options
    whole = options.whole(played.plan.trace).at_speed("max")
    try:
        outcome = play(whole, options.target, timeout=options.timeout, network=options.network())
    except TargetError as error:
        return f"does not come there ({error.message})"
    answered = [one.status for one in outcome.connection.answers]
    recorded = recorded_statuses(whole.main_connection)
    if not answered:
        return "is not answered"
    if answered[-1] >= 400 > max(recorded, default=600):
        return f"is answered {answered[-1]}, which was {recorded[-1]} when it was recorded"
    return None
