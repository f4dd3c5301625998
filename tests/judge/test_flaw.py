"""What is wrong with a file of JSON, in words that are not those of Python."""

import json

import pytest

from tracereplay.errors import PlanError
from tracereplay.judge.baseline import Accepted
from tracereplay.judge.line import read_lines

ENTRY: dict[str, object] = {"rule": "hang", "place": "1", "how": "half", "status": None}
LINE: dict[str, object] = {
    "version": 1,
    "trace": "t",
    "place": "1",
    "spec": "1",
    "at": 1,
    "how": "half",
    "split": None,
    "missing": {"what": "head", "bytes": 1},
    "status": 400,
    "surplus_status": None,
    "peer": "fin",
    "ended": "peer",
    "reaction_seconds": 0.1,
    "verdict": "rejected",
    "rule": None,
    "why": "why",
    "command": None,
}


def without(whole: dict[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in whole.items() if key != name}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is no JSON, at column 1"),
        ('{"version": 1\n "accepted"', "it is no JSON, at line 2, column 2"),
        ("[" * 100_000, "it is nested too deeply"),
        (f'{{"version": {"9" * 5000}}}', "a number in it has too many digits"),
        ("[]", "it is no object"),
        ("{}", "there is no 'version'"),
        ('{"version": 1}', "there is no 'accepted'"),
        ('{"version": 1, "accepted": {}}', "what is accepted is no list"),
        ('{"version": 1, "accepted": [1]}', "an entry is no object"),
        (json.dumps({"version": 1, "accepted": [without(ENTRY, "place")]}), "there is no 'place'"),
    ],
    ids=lambda one: str(one)[:30],
)
def test_of_a_baseline(text: str, why: str) -> None:
    with pytest.raises(PlanError) as refused:
        Accepted.read(text, "b.json")
    assert refused.value.message == f"b.json is not the baseline of a sweep: {why}"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("hello", "it is no JSON, at column 1"),
        ('{"version": 1 "trace"}', "it is no JSON, at column 15"),
        ("7", "it is no object"),
        (json.dumps(without(LINE, "missing")), "there is no 'missing'"),
        (json.dumps(LINE | {"missing": 1}), "what is missing is no object"),
        (json.dumps(LINE | {"missing": {"what": "head"}}), "there is no 'bytes'"),
        (json.dumps(LINE | {"probes": ["x"]}), "what a probe saw is no object"),
        (json.dumps(LINE | {"seen": []}), "what was seen is no object"),
    ],
    ids=lambda one: str(one)[:30],
)
def test_of_a_line_of_a_sweep(line: str, why: str) -> None:
    assert read_lines([json.dumps(LINE) + "\n"], "f", "t", "abc")
    with pytest.raises(PlanError) as refused:
        read_lines([line + "\n"], "f", "t", "abc")
    assert refused.value.message == f"f:1: this is not a line of a sweep: {why}"
