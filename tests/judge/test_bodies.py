"""Bodies against each other: what of JSON counts, and how a long line is shown."""

from pathlib import Path

import pytest

from tests.judge.answers import JSON_HEAD, message, played, recorded
from tracereplay.judge.recording import compare


def test_a_number_that_is_none_is_as_recorded(tmp_path: Path) -> None:
    trace = recorded(tmp_path, message(b'{"a":NaN}', JSON_HEAD))
    assert compare(played(trace, message(b'{"a": NaN}', JSON_HEAD)))
    assert not compare(played(trace, message(b'{"a": 1.5}', JSON_HEAD)))


def test_the_spelling_of_json_is_noted_whatever_is_ignored(tmp_path: Path) -> None:
    trace = recorded(tmp_path, message(b'{"a":1,"id":7}', JSON_HEAD))
    note = ("answer 1: the JSON of this body is equal, and its text is not",)
    assert compare(played(trace, message(b'{"a": 1, "id": 7}', JSON_HEAD)), ignore=["body.id"]).notes == note
    assert compare(played(trace, message(b'{"a": 1, "id": 8}', JSON_HEAD)), ignore=["body.id"]).notes == ()


def test_what_is_ignored_is_told_and_a_name_that_is_nothing_too(tmp_path: Path) -> None:
    live = message(b"stored").replace(b"OK", b"Fine")
    match = compare(played(recorded(tmp_path, message(b"stored")), live), ignore=["status", "Reason", "X-New", "DATE"])
    assert match
    assert match.ignored == ("date", "reason")
    assert match.notes == (
        "nothing that could be ignored is called 'status'",
        "nothing that could be ignored is called 'X-New'",
    )


LONG_LINES = {
    "in the middle": (b"x" * 1000 + b"a" + b"y" * 1000, b"x" * 1000 + b"b" + b"y" * 1000),
    "at the end": (b"x" * 1000 + b"a", b"x" * 1000 + b"b"),
    "where one ends": (b"x" * 1000, b"x" * 1000 + b"b"),
    "just behind what is shown": (b"x" * 200 + b"a", b"x" * 200 + b"b"),
}


@pytest.mark.parametrize(("before", "now"), LONG_LINES.values(), ids=LONG_LINES)
def test_a_long_line_is_shown_where_it_differs(tmp_path: Path, before: bytes, now: bytes) -> None:
    match = compare(played(recorded(tmp_path, message(before)), message(now)))
    old, new = match.differences[-1].lines
    assert (old[0], new[0]) == ("-", "+")
    assert old[1:] != new[1:]
    assert old.startswith("- ...x")
    assert max(len(old), len(new)) <= 208
