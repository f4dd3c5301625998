"""The rules: what a server must not do with a message that is cut short (RFC 9112, section 8).

Each is a small function over the facts of one play, and returns why it is broken, in a sentence. What takes several
plays to tell, ``dead-afterwards`` and ``flaky``, is in ``sweep``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Self, get_args

from tracereplay.engine.outcome import ConnectionOutcome, Outcome
from tracereplay.errors import PlanError
from tracereplay.judge.missing import UNKNOWN, missing_at
from tracereplay.judge.seen import Seen
from tracereplay.judge.sent import Sent
from tracereplay.judge.verdict import Facts, Kind, Rule, Tolerance, Unheard, Verdict
from tracereplay.plan.plan import ConnectionPlan
from tracereplay.plan.way import Way
from tracereplay.units import duration_ns

WITHIN = "3s"
TOLERANCES: tuple[Tolerance, ...] = get_args(Tolerance)
_UNHEARD: dict[Unheard, str] = {
    "early": "it was over before the client came to the cut, so that nothing was cut",
    "unasked": "the server lets no more than this come of the whole request, so that nothing was cut",
    "proxy": "through the proxy came no answer, and nothing tells what the server did",
    "garbled": "what came is no answer of HTTP/1",
}
_TIMED_OUT_FOR_SILENCE = 408  # sent to a client that is idle, whatever it sent before
_REFUSED = 400  # also sent at the end of a connection that was idle


@dataclass(frozen=True, slots=True)
class Terms:
    """What the user takes for right: the tolerances, and for how long a server may be silent, as it was written.

    ``judges_stall``: a client that is silent itself must be answered in that time, too. ``within``: how long after a
    client has left its request must be over.
    """

    allow: frozenset[Tolerance] = frozenset()
    hang: str = "5s"
    judges_stall: bool = False
    within: str = WITHIN

    @classmethod
    def of(
        cls,
        allow: Iterable[str] = (),
        hang: str = "5s",
        *,
        judges_stall: bool = False,
        within: str = WITHIN,
    ) -> Self:
        """Return the terms. Raises PlanError for a tolerance that is not known."""
        duration_ns(within)  # now, and not at the end of all
        names = {allow} if isinstance(allow, str) else set(allow)
        for name in sorted(names - set(TOLERANCES)):
            near = get_close_matches(name, TOLERANCES, 1, 0.3)
            advice = f"did you mean {near[0]}?" if near else f"one of {', '.join(TOLERANCES)}"
            raise PlanError(f"{name!r} is no tolerance", hint=advice)
        return cls(frozenset(one for one in TOLERANCES if one in names), hang, judges_stall, within)


def facts_of(played: ConnectionOutcome, planned: ConnectionPlan) -> Facts:
    """Return what is known of one play. What a client hears that goes at once is chance, and not told."""
    requests = planned.conversation.requests
    number, missing = missing_at(requests, played.handed) if planned.speaks_http else (-1, UNKNOWN)
    head_end = requests[number].head_end if number >= 0 else None
    is_early = _is_early(played)
    hears = played.way.stays or is_early
    answer = played.answers[number] if hears and 0 <= number < len(played.answers) else None
    return Facts(
        played.way,
        UNKNOWN if is_early else missing,
        None if answer is None else answer.status,
        played.surplus_status if hears else None,
        played.peer,
        played.ended,
        played.reaction_seconds,
        is_begun=number >= 0,
        sent=Sent(played.ports, requests[: number + 1], number, missing.what != "head", played.seconds),
        is_past_head=head_end is not None and played.handed > head_end,
        unheard="early" if is_early else _unheard(played) if hears and answer is None else None,
    )


def _is_early(played: ConnectionOutcome) -> bool:
    """Return whether a play was over before it came to its cut. Who came there may be closed upon before it can act."""
    return played.cut is not None and not played.left and played.handed != played.cut.at


def _unheard(played: ConnectionOutcome) -> Unheard | None:
    """Return why it is not known what the server did, when there was no answer to a client that stayed for it."""
    if played.garbled:
        return "garbled"
    is_of_proxy = played.proxied and (played.way is Way.HALF or played.peer != "none")
    return "proxy" if is_of_proxy else None


def judge(facts: Facts, terms: Terms) -> tuple[Kind, Rule | None, str]:
    """Return the kind of the verdict, the rule that was broken, None without one, and why."""
    if not facts.is_reached:
        return "unreached", None, "there was no connection"
    for rule, broken in RULES:
        why = broken(facts, terms)
        if why is not None:
            return rule, rule, why if rule == "leftover-as-request" else why + _answered_more(facts)
    kind, why = _unbroken(facts)
    return kind, None, why + _answered_more(facts)


def verdict_of(outcome: Outcome, allow: Iterable[str] = ()) -> Verdict:
    """Return what is to be said of the main connection of a play; true when nothing is wrong.

    Raises PlanError for a tolerance that is not known, and for an outcome that was made by hand.
    """
    if outcome.plan is None:
        raise PlanError("this outcome was made by hand: nothing tells what was to be sent")
    played, planned = outcome.connection, outcome.plan.main_connection
    facts = facts_of(played, planned)
    kind, rule, why = judge(facts, Terms.of(allow, "the timeout"))
    spec = "100%" if played.cut is None else played.cut.spec
    return Verdict(spec, spec, played.handed, facts, kind, why, rule, timeline=played.timeline)


def _depends_on_segments(facts: Facts, _: Terms) -> str | None:
    if facts.is_cut or not facts.differs:
        return None
    return (
        f"the same request, whole, was answered otherwise when it came in other pieces: {', '.join(facts.differs)};"
        " where a read ends means nothing"
    )


def _leftover_as_request(facts: Facts, _: Terms) -> str | None:
    """Tell an answer more where bytes of the message could be left over, and it is not about the message itself.

    A server that answers before it has read a body may refuse the body later: who does so finds no fault with a whole
    one. And the end of a connection may be refused, if nothing was left to come.
    """
    if facts.surplus_status in (None, _TIMED_OUT_FOR_SILENCE) or not facts.is_past_head:
        return None
    if facts.missing.is_cut:
        is_about_itself = facts.is_answered_once
    else:
        has_ended = facts.is_cut and facts.way is Way.HALF
        is_about_itself = facts.missing.what == "unknown" or (has_ended and facts.surplus_status == _REFUSED)
    if is_about_itself:
        return None
    return (
        f"after the answer {facts.status} came another, {facts.surplus_status}, to a request that was never sent: the"
        " server took bytes of this one for it, or answered it twice"
    )


def _success_for_incomplete(facts: Facts, terms: Terms) -> str | None:
    if facts.status is None or not 200 <= facts.status < 300 or not facts.missing.is_incomplete:
        return None
    if is_tolerated(facts, terms):
        return None
    return (
        f"the server answered {facts.status} to a message without {facts.missing}: one that is cut short is incomplete,"
        " and must not be taken for a whole one (RFC 9112, section 8)"
    )


def _failure_for_incomplete(facts: Facts, _: Terms) -> str | None:
    if facts.status is None or facts.status < 500 or not facts.missing.is_cut or facts.is_usual:
        return None
    does, right = ("is silent", 408) if facts.way is Way.STALL else ("leaves", 400)
    return (
        f"the server failed with {facts.status} over a message without {facts.missing}: a client that {does} is no"
        f" fault of the server, and {right} is the answer to what it sent"
    )


def _hang(facts: Facts, terms: Terms) -> str | None:
    is_silent = facts.ended == "timeout" and facts.status is None and facts.peer == "none"
    if not is_silent or not facts.is_begun:
        return None
    if facts.unheard == "early":
        return f"the client waited to go on, and the server neither answered nor closed within {terms.hang}"
    is_judged = facts.way is Way.HALF or (facts.way is Way.STALL and terms.judges_stall)
    if not is_judged or facts.is_blind or facts.missing.what == "unknown":
        return None
    how = "had closed its sending side" if facts.way is Way.HALF else "was silent"
    return f"the client {how}, and the server neither answered nor closed within {terms.hang}"


def _taken_for_whole(facts: Facts, terms: Terms) -> str | None:
    seen = facts.seen
    if seen is None or not seen.is_success or not facts.missing.is_incomplete or is_tolerated(facts, terms):
        return None
    if seen.end == "open" and facts.missing.what != "head":
        return None  # it did not read as far as to the cut, and so did not take the rest for anything
    return (
        f"the application answered {seen.status} to a message without {facts.missing}: it had read {seen}, and took the"
        " part for the whole"
    )


def _still_started(facts: Facts, terms: Terms) -> str | None:
    for look in facts.looks:
        if look.is_settled is False:
            return f"{terms.within} after the play {look.name} was {look.after}, and before it {look.before}"
    if facts.seen is None or facts.seen.is_over or facts.hears or facts.way is Way.VANISH:
        return None
    how = "had closed" if facts.way is Way.FIN else "had reset the connection"
    return f"the client {how}, and {terms.within} later the application was still at it: it had read {facts.seen}"


# The first that is broken is told.
RULES: tuple[tuple[Rule, Callable[[Facts, Terms], str | None]], ...] = (
    ("depends-on-segments", _depends_on_segments),
    ("2xx-for-incomplete", _success_for_incomplete),
    ("truncated-taken-for-whole", _taken_for_whole),
    ("5xx-for-incomplete", _failure_for_incomplete),
    ("leftover-as-request", _leftover_as_request),
    ("still-started", _still_started),
    ("hang", _hang),
)


def is_tolerated(facts: Facts, terms: Terms) -> bool:
    """Return whether a success is right by one of the tolerances alone."""
    return facts.missing.what == "final CR LF" and "200-when-only-final-crlf-missing" in terms.allow


def _unbroken(facts: Facts) -> tuple[Kind, str]:
    if not facts.is_cut:
        return "whole", "it was answered as it is in one write"
    if facts.unheard in ("early", "unasked"):
        return "unjudged", _UNHEARD[facts.unheard]
    if not facts.way.stays and facts.seen is None:
        return "unseen", "the client had gone, and hears no answer"
    if facts.missing.what == "unknown":
        return "unjudged", "nothing tells where the message ends"
    if not facts.missing.is_incomplete:
        return "whole", "the message was whole, or none had begun"
    if facts.seen is not None and not facts.way.stays:
        return _noticed(facts.seen)
    if facts.unheard is not None:
        return "unjudged", _UNHEARD[facts.unheard]
    if facts.status is None:
        if facts.peer == "none":
            return "waiting", "the client stayed, and the server waits for the rest"
        return "closed", "the server closed without an answer"
    if 200 <= facts.status < 300 and facts.missing.what == "final CR LF":
        return "tolerated", f"{facts.status}, and only the last line end of the form was missing"
    if facts.is_usual:
        return "rejected", f"the whole request is answered {facts.status}, too, which tells nothing of the cut"
    return "rejected", f"the message was incomplete, and {facts.status} is no success"


def _answered_more(facts: Facts) -> str:
    """Return, in words that go on, that there was an answer more, which was no farewell."""
    if facts.surplus_status in (None, _TIMED_OUT_FOR_SILENCE):
        return ""
    return f"; then came another answer, {facts.surplus_status}, to a request that was never sent"


def _noticed(seen: Seen) -> tuple[Kind, str]:
    if seen.is_success:
        is_at_end = seen.end != "open"
        why = f"the application answered {seen.status}, and had read {seen}"
        return ("tolerated", f"{why}; only the last line end was missing") if is_at_end else ("unseen", why)
    if not seen.is_over:
        return "unseen", f"nothing tells what the application makes of it: it had read {seen}"
    how = (
        f"answered {seen.status}" if seen.failed is None and seen.status else f"ended with {seen.failed or 'no answer'}"
    )
    return "noticed", f"the application had read {seen}, and {how}"
