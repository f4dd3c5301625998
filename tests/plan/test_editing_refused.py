"""Edits that cannot be done, and why."""

from pathlib import Path

import pytest

from tests.plan.test_editing import FORM, HEAD, PARTS, Edit, sent, trace_of
from tracereplay.errors import PlanError

REFUSED: dict[str, tuple[Edit, str]] = {
    "no such header": (lambda p: p.without_header("Y"), "no header 'Y'"),
    "a name with a blank": (lambda p: p.with_header("A B", "1"), "no name of a header"),
    "a value with a line end": (lambda p: p.with_header("A", "1\r\nB: 2"), "line end"),
    "a method of two words": (lambda p: p.with_method("P T"), "no method"),
    "a path with a blank": (lambda p: p.with_path("/a b"), "no path"),
    "no such part": (lambda p: p.with_field("other", "1"), "no part 'other'"),
    "a value with the delimiter in it": (lambda p: p.with_field("note", "a\r\n--B--"), "'B', stands in what would be"),
    "a value that begins with the delimiter": (lambda p: p.with_field("note", "--B\r\n"), "'B', stands in what would"),
    "a boundary that is in a part": (
        lambda p: p.with_field("note", "a\n--xyz").with_boundary("xyz"),
        "'xyz', stands in what would be sent",
    ),
    "a boundary with a quote": (lambda p: p.with_boundary('a"b'), "no boundary"),
    "growth to less": (lambda p: p.grown("file=1"), "less than what is there: 4 bytes"),
    "growth of nothing known": (lambda p: p.grown("head=5"), "does not say what grows"),
    "an unknown fill": (lambda p: p.grown("file=1k", "ones"), "fills nothing"),
    "a patch past the end": (lambda p: p.replaced("-1=ab"), "needs 2 bytes, and 1 byte come"),
    "a patch without a text": (lambda p: p.replaced("0="), "not what goes where"),
    "an event that is not there": (lambda p: p.without_event(3), "no event 3"),
    "an event that is a head": (lambda p: p.without_event(1), "is a head"),
    "a request that is not there": (lambda p: p.about(request=2), "no request 2"),
    "times that are not there": (lambda p: p.retimed("2"), "has no times"),
    "an edit after a cut": (lambda p: p.truncated("50%").with_header("A", "1"), "comes before cuts"),
}


@pytest.mark.parametrize(("edit", "why"), REFUSED.values(), ids=REFUSED)
def test_an_edit_that_cannot_be_done_says_why(tmp_path: Path, edit: Edit, why: str) -> None:
    plan = trace_of(tmp_path, FORM, PARTS).plan()
    with pytest.raises(PlanError, match=why):
        edit(plan)


NO_FORM: dict[str, tuple[Edit, str]] = {
    "a part": (lambda p: p.with_field("a", "1"), "has no parts"),
    "a file": (lambda p: p.with_file("a", p.trace.path), "has no parts"),
    "a boundary": (lambda p: p.with_boundary("xyz"), "has no parts"),
}


@pytest.mark.parametrize(("edit", "why"), NO_FORM.values(), ids=NO_FORM)
def test_what_is_no_form_says_so(tmp_path: Path, edit: Edit, why: str) -> None:
    with pytest.raises(PlanError, match=why):
        edit(trace_of(tmp_path, HEAD, b"abc").plan())


def test_a_delimiter_is_found_in_a_file_and_where_it_is_repeated_and_sent_on_purpose(tmp_path: Path) -> None:
    plan, file = trace_of(tmp_path, FORM, PARTS).plan(), tmp_path / "b.bin"
    file.write_bytes(b"x" * (3 << 19) + b"\n--B" + b"x" * (1 << 20))
    edits: tuple[Edit, ...] = (lambda p: p.with_file("data", file), lambda p: p.grown("file=5M", f"@{file}"))
    for edit in edits:
        with pytest.raises(PlanError, match="'B', stands in what would be sent in a part"):
            edit(plan)
    assert b"\n--Bx" in sent(plan.keeping_length().with_file("data", file))
    file.write_bytes(b"-B\n-")
    with pytest.raises(PlanError, match="'B', stands"):
        plan.grown("file=10", f"@{file}")
    assert b"1,2\n-B\n--\r\n--B" in sent(plan.grown("file=9", f"@{file}"))
