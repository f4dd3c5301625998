"""A sweep for CI."""

from dataclasses import replace
from typing import get_args
from xml.etree.ElementTree import Element, fromstring

import pytest

from tests.show.sweeps import every_byte, split, sweep, verdict
from tracereplay.judge.finding import Sweep
from tracereplay.judge.seen import Seen
from tracereplay.judge.verdict import Rule
from tracereplay.plan.way import Way
from tracereplay.show.junit import sweep_as_junit


def suite(of: Sweep) -> Element:
    text = "\n".join(sweep_as_junit(of)).encode()
    found = fromstring(text).find("testsuite")
    assert found is not None
    return found


def results(of: Sweep) -> dict[tuple[str, str], str]:
    """Return what came of each test, by its class and its name."""
    return {
        (case.attrib["classname"], case.attrib["name"]): case[0].tag if len(case) else "passed"
        for case in suite(of).iter("testcase")
    }


def test_a_finding_fails_the_test_of_its_rule_and_way() -> None:
    found = results(every_byte(40))
    assert found["upload.txt.half", "2xx-for-incomplete"] == "failure"
    assert found["upload.txt.half", "hang"] == "passed"
    assert found["upload.txt.fin", "2xx-for-incomplete"] == "skipped"
    assert found["upload.txt.fin", "dead-afterwards"] == "passed"
    assert list(found.values()).count("failure") == 1


@pytest.mark.parametrize(
    ("changes", "rule", "result"),
    [
        ({}, "truncated-taken-for-whole", "skipped"),
        ({"seen": Seen(5, "error", "OSError", 400)}, "truncated-taken-for-whole", "passed"),
        ({"seen": Seen(5, "error", "OSError", 400)}, "2xx-for-incomplete", "skipped"),
        ({}, "still-started", "skipped"),
        ({"ended": None}, "dead-afterwards", "skipped"),
    ],
    ids=["no witness", "a witness", "a witness hears no answer", "no probe", "no connection"],
)
def test_a_rule_passes_only_where_it_can_be_seen(changes: dict[str, object], rule: str, result: str) -> None:
    one = verdict(5, 400, Way.FIN)
    one = replace(one, facts=replace(one.facts, **changes))  # type: ignore[arg-type]
    assert results(sweep([one]))["upload.txt.fin", rule] == result


def test_who_may_wait_is_no_proof_that_nothing_hangs() -> None:
    one = verdict(5, None, Way.STALL)
    waiting = replace(one, kind="waiting")
    assert results(sweep([waiting]))["upload.txt.stall", "hang"] == "skipped"
    assert results(sweep([one]))["upload.txt.stall", "hang"] == "passed"


def test_a_failure_says_what_where_and_why_and_the_command() -> None:
    plays = [verdict(1), verdict(2, 400), verdict(3), verdict(4)]
    (failure,) = suite(sweep(plays)).iter("failure")
    assert failure.attrib["message"] == "2xx-for-incomplete: half, answer 200, at byte 1, and 1 more"
    assert failure.text is not None
    assert "at 2 places from byte 3 to byte 4" in failure.text
    assert failure.text.count("$ tracereplay play upload.txt") == 2


def test_the_tests_are_the_same_whatever_was_found() -> None:
    assert list(results(every_byte(40))) == list(results(every_byte(40, (400,))))
    assert set(results(every_byte(40, (400,))).values()) == {"passed", "skipped"}


def test_the_counts_are_those_of_the_tests() -> None:
    found = suite(every_byte(40))
    tags = [case[0].tag if len(case) else "passed" for case in found.iter("testcase")]
    assert found.attrib["tests"] == str(len(tags))
    assert found.attrib["failures"] == str(tags.count("failure")) == "1"
    assert found.attrib["skipped"] == str(tags.count("skipped"))
    assert found.attrib["errors"] == "0"


def test_a_sweep_that_was_stopped_is_an_error() -> None:
    found = results(sweep([verdict(1, 400)], is_whole=False))
    assert found["upload.txt", "every play was made"] == "error"


@pytest.mark.parametrize("char", ["\x00", "\x1b", "\ud800", "\ufffe", "\u202e", "]]>", "</failure>", '"'])
def test_whatever_a_server_says_it_is_xml(char: str) -> None:
    told = suite(sweep([verdict(1, name=f"a{char}b")], notes=(f"x{char}y",)))
    (out,) = told.iter("system-out")
    assert out.text is not None
    assert "x" in out.text
    assert len(list(told.iter("failure"))) == 1


def test_each_rule_has_its_test() -> None:
    of_cut = {name for way, name in results(every_byte(3)) if way.endswith("half")}
    assert of_cut == set(get_args(Rule)) - {"depends-on-segments"}
    assert {one.way for one in every_byte(3).verdicts} == {Way.FIN, Way.RST, Way.HALF}


def test_what_is_sent_whole_in_other_writes_has_rules_of_its_own() -> None:
    assert results(sweep([split(5), split(9, differs=("status",))])) == {
        ("upload.txt.split 2", "depends-on-segments"): "failure",
        ("upload.txt.split 2", "dead-afterwards"): "passed",
        ("upload.txt.split 2", "flaky"): "passed",
    }
