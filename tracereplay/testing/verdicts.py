"""What ``verdict=True`` of a mark does: each play is judged by the rules of a sweep, and a finding fails its test.

Of a request that is not answered as a whole, no cut tells anything, and all tests would be green. So it is played as a
whole first: once in a run for each trace, target and edits.
"""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from tracereplay.engine.outcome import ConnectionOutcome
from tracereplay.errors import PlanError, TargetError
from tracereplay.judge.missing import missing_at
from tracereplay.judge.norm import Norm, wanted
from tracereplay.judge.oracle import Terms, judge
from tracereplay.net.play import play
from tracereplay.options import Options
from tracereplay.plan.plan import Plan
from tracereplay.plan.way import Way
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
    """Learn the norm; fail the test when the whole request is not answered, or refused as it was not when recorded."""
    __tracebackhide__ = True
    if played.terms is None:
        return
    norms = config.stash.setdefault(NORMS, {})
    key = (played.trace, _uncut(played.options))
    if key not in norms:
        norms[key] = _norm_of(played)
    norm = norms[key]
    if isinstance(norm, str):
        pytest.fail(f"the whole request {norm}, so that nothing can be said of its cuts", pytrace=False)
    played.norm = norm


def fail_if_wrong(played: Played) -> None:
    """Judge a play that is over, if it is to be judged; fail the test when a rule is broken."""
    __tracebackhide__ = True
    outcome, terms = played.outcome, played.terms
    if terms is None or outcome is None or outcome.plan is None:
        return
    facts = played.norm.facts_of_cut(outcome.connection, outcome.plan.main_connection)
    _, rule, why = judge(facts, terms)
    if rule == "leftover-as-request" and _is_answered_once(played, outcome.connection.handed):
        _, rule, why = judge(replace(facts, is_answered_once=True), terms)
    if rule is not None:
        played.finding = f"{rule}: {why}"
        pytest.fail(played.finding, pytrace=False)


def _norm_of(played: Played) -> Norm | str:
    """Play the whole, and return what is known of it then, or the fault of it."""
    whole = _whole(played)
    try:
        one = _played(played, whole)
    except TargetError as error:
        return f"does not come there ({error.message})"
    answers = one.answers
    if not answers:
        return "is not answered"
    recorded, answered = recorded_statuses(whole.main_connection), answers[-1].status
    if answered >= 400 > max(recorded, default=600):
        return f"is answered {answered}, which was {recorded[-1]} when it was recorded"
    return Norm(tuple(answer.status for answer in answers), answers, wants=wanted(one, whole.main_connection))


def _is_answered_once(played: Played, at: int) -> bool:
    """Return whether the message that was cut there gets no answer more when the client's end comes after all of it."""
    whole = _whole(played)
    requests = whole.main_connection.conversation.requests
    end = requests[missing_at(requests, at)[0]].end
    try:
        control = _played(played, whole.truncated(str(end)).leaving(Way.HALF))
    except TargetError:
        return False
    return bool(control.answers) and control.surplus_status is None


def _whole(played: Played) -> Plan:
    return played.options.whole(played.plan.trace).at_speed("max")


def _played(played: Played, plan: Plan) -> ConnectionOutcome:
    options = played.options
    return play(plan, options.target, timeout=options.timeout, network=options.network()).connection


def _uncut(options: Options) -> Options:
    """Return what decides how the whole is answered: neither where a play ends, nor how fast it goes."""
    return replace(
        options,
        truncate=None,
        close=None,
        no_marks=False,
        hold=None,
        settle=None,
        pause=(),
        speed=None,
        limit_rate=None,
        duration=None,
        idle_time_limit=None,
        segments="recorded",
    )
