"""The rules, each over facts made by hand."""

import re
from dataclasses import replace

import pytest

from tracereplay.errors import PlanError
from tracereplay.judge.look import Look
from tracereplay.judge.missing import UNKNOWN, WHOLE, Missing
from tracereplay.judge.oracle import RULES, Terms, judge
from tracereplay.judge.seen import Seen
from tracereplay.judge.verdict import Facts
from tracereplay.plan.way import Way

HALF, STALL = Way.HALF, Way.STALL
HEAD, BODY, LAST = Missing("head", 10), Missing("body", 1), Missing("last chunk", 5)
END_OF_CHUNKS, LINE_END = Missing("end of chunks", 2), Missing("final CR LF", 2)
MILD = Terms.of(["200-when-only-final-crlf-missing"])
PATIENT = Terms.of(hang="2s", judges_stall=True)

# facts, terms, the kind of the verdict


def gone(seen: Seen, way: Way = Way.FIN, missing: Missing = Missing("body", 10)) -> Facts:  # noqa: B008
    """Return the facts of a client that has gone, and what the application saw of it."""
    return Facts(way, missing, None, None, "none", "cut", seen=seen)


CASES = {
    "200 for half a head": (Facts(HALF, HEAD, 200, None, "fin", "peer"), Terms(), "2xx-for-incomplete"),
    "200 for half a body": (Facts(HALF, BODY, 200, None, "fin", "peer"), Terms(), "2xx-for-incomplete"),
    "204 without the last chunk": (Facts(HALF, LAST, 204, None, "fin", "peer"), Terms(), "2xx-for-incomplete"),
    "200 to a client that is silent": (Facts(STALL, BODY, 200, None, "none", "timeout"), Terms(), "2xx-for-incomplete"),
    "200 with the last chunk, which section 8 wants": (
        Facts(HALF, END_OF_CHUNKS, 200, None, "fin", "peer"), Terms(), "whole",
    ),
    "200 for a form without its last line end": (
        Facts(HALF, LINE_END, 200, None, "fin", "peer"), Terms(), "2xx-for-incomplete",
    ),
    "the same, and it is tolerated": (Facts(HALF, LINE_END, 200, None, "fin", "peer"), MILD, "tolerated"),
    "200 for less than that, and it is tolerated": (
        Facts(HALF, BODY, 200, None, "fin", "peer"), MILD, "2xx-for-incomplete",
    ),
    "400 for it": (Facts(HALF, LINE_END, 400, None, "fin", "peer"), Terms(), "rejected"),
    "200 for a whole message": (Facts(HALF, WHOLE, 200, None, "fin", "peer"), Terms(), "whole"),
    "500 for a whole message": (Facts(HALF, WHOLE, 500, None, "fin", "peer"), Terms(), "whole"),
    "400": (Facts(HALF, BODY, 400, None, "fin", "peer"), Terms(), "rejected"),
    "408 to a client that is silent": (Facts(STALL, BODY, 408, None, "fin", "peer"), Terms(), "rejected"),
    "a redirect": (Facts(HALF, BODY, 302, None, "fin", "peer"), Terms(), "rejected"),
    "500": (Facts(HALF, BODY, 500, None, "fin", "peer"), Terms(), "5xx-for-incomplete"),
    "500 over the line after the last chunk": (
        Facts(HALF, END_OF_CHUNKS, 500, None, "fin", "peer"), Terms(), "5xx-for-incomplete",
    ),
    "503 to a client that is silent": (Facts(STALL, BODY, 503, None, "fin", "peer"), Terms(), "5xx-for-incomplete"),
    "closed without an answer": (Facts(HALF, BODY, None, None, "fin", "peer"), Terms(), "closed"),
    "reset without an answer": (Facts(HALF, BODY, None, None, "rst", "peer"), Terms(), "closed"),
    "silence after the end": (Facts(HALF, BODY, None, None, "none", "timeout"), Terms(), "hang"),
    "silence after the end of a whole message": (Facts(HALF, WHOLE, None, None, "none", "timeout"), Terms(), "hang"),
    "silence after nothing": (
        Facts(HALF, WHOLE, None, None, "none", "timeout", is_begun=False), Terms(), "whole",
    ),
    "silence to a client that did not stay so long": (Facts(HALF, BODY, None, None, "none", "cut"), Terms(), "waiting"),
    "an answer, and then an open connection": (Facts(HALF, BODY, 400, None, "none", "timeout"), Terms(), "rejected"),
    "silence to a client that is silent": (Facts(STALL, BODY, None, None, "none", "timeout"), Terms(), "waiting"),
    "the same, and a time was set": (Facts(STALL, BODY, None, None, "none", "timeout"), PATIENT, "hang"),
    "an answer more": (Facts(HALF, BODY, 404, 400, "fin", "peer"), Terms(), "leftover-as-request"),
    "an answer more after a whole one": (Facts(HALF, WHOLE, 200, 200, "fin", "peer"), Terms(), "leftover-as-request"),
    "a farewell to an idle client": (Facts(HALF, WHOLE, 200, 408, "fin", "peer"), Terms(), "whole"),
    "200, and nothing tells where it ends": (Facts(HALF, UNKNOWN, 200, None, "fin", "peer"), Terms(), "unjudged"),
    "silence, and nothing tells where it ends": (
        Facts(HALF, UNKNOWN, None, None, "none", "timeout"), Terms(), "unjudged",
    ),
    "fin": (Facts(Way.FIN, BODY, None, None, "none", "cut"), Terms(), "unseen"),
    "rst": (Facts(Way.RST, BODY, None, None, "none", "cut"), Terms(), "unseen"),
    "vanish": (Facts(Way.VANISH, BODY, None, None, "none", "cut"), Terms(), "unseen"),
    "fin, and a success": (gone(Seen(10, "clean", status=200)), Terms(), "truncated-taken-for-whole"),
    "rst, and a success": (gone(Seen(10, "error", "OSError", 201), Way.RST), Terms(), "truncated-taken-for-whole"),
    "fin, and a success without a look": (gone(Seen(10, "open", status=200)), Terms(), "unseen"),
    "fin in the head, and a success": (
        gone(Seen(0, "open", status=200), missing=Missing("head", 5)), Terms(), "truncated-taken-for-whole",
    ),
    "a success and then a failure": (gone(Seen(10, "clean", status=200, failed="OSError")), Terms(), "noticed"),
    "fin, and a refusal": (gone(Seen(10, "clean", status=400)), Terms(), "noticed"),
    "fin, and an exception": (gone(Seen(10, "error", "OSError", failed="OSError")), Terms(), "noticed"),
    "fin, and no end of it": (gone(Seen(10, "open", is_over=False)), Terms(), "still-started"),
    "a probe that saw no way back": (
        Facts(HALF, BODY, 400, None, "fin", "peer", looks=(Look("p", 0, 1, is_settled=False),)),
        Terms(), "still-started",
    ),
    "a probe that need not come back": (
        Facts(HALF, BODY, 400, None, "fin", "peer", looks=(Look("p", 0, 1),)), Terms(), "rejected",
    ),
    "vanish, and no end of it": (gone(Seen(10, "open", is_over=False), Way.VANISH), Terms(), "unseen"),
    "fin, and all had come": (gone(Seen(10, "clean", status=200), missing=WHOLE), Terms(), "whole"),
    "fin, and the last line end had not": (
        gone(Seen(9, "clean", status=200), missing=LINE_END), Terms(), "truncated-taken-for-whole",
    ),
    "the same after fin, and it is tolerated": (
        gone(Seen(9, "clean", status=200), missing=LINE_END), MILD, "tolerated",
    ),
    "closed, and the application answered a success": (
        Facts(HALF, BODY, None, None, "fin", "peer", seen=Seen(10, "clean", status=200)),
        Terms(), "truncated-taken-for-whole",
    ),
    "no connection": (Facts(HALF, WHOLE, is_begun=False), Terms(), "unreached"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_verdict_is(name: str) -> None:
    facts, terms, kind = CASES[name]
    found, rule, why = judge(facts, terms)
    assert found == kind
    assert rule == (kind if kind in {one for one, _ in RULES} else None)
    assert re.fullmatch(r"\S.*[^.]", why), "a sentence without its end"


def test_a_rule_says_what_it_saw() -> None:
    _, _, why = judge(Facts(HALF, Missing("body", 10_104), 200, None, "fin", "peer"), Terms())
    assert "the server answered 200 to a message without 10,104 bytes of its body" in why
    assert "RFC 9112, section 8" in why
    _, _, why = judge(Facts(STALL, BODY, None, None, "none", "timeout"), PATIENT)
    assert why == "the client was silent, and the server neither answered nor closed within 2s"


def test_how_long_it_took_changes_nothing() -> None:
    facts = Facts(HALF, BODY, 200, None, "fin", "peer", 0.1)
    assert facts == replace(facts, seconds=4.9)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("200-when-final-crlf-missing", "did you mean 200-when-only-final-crlf-missing?"),
        ("none", "one of 200-when-only-final-crlf-missing"),
    ],
)
def test_a_tolerance_that_is_not_known_is_refused(name: str, hint: str) -> None:
    with pytest.raises(PlanError, match=f"'{name}' is no tolerance") as error:
        Terms.of([name])
    assert error.value.hint == hint
