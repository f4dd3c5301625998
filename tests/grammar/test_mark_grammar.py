import importlib.util

import pytest
from lark import Lark

from tracereplay.errors import PlanError
from tracereplay.grammar import grammars_dir
from tracereplay.trace.meaning import Meaning, read_meaning

CAN_TELL_COLLISIONS = importlib.util.find_spec("interegular") is not None  # of the lint extra: it slows each start
SECOND_NS = 1_000_000_000


def test_no_terminals_collide() -> None:
    text = (grammars_dir() / "mark.lark").read_text("utf-8")
    Lark(text, parser="lalr", start="mark", strict=CAN_TELL_COLLISIONS)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("#: cut half", Meaning("cut", "half")),
        ("#: cut half rst", Meaning("cut", "half", way="rst")),
        ("#: cut half half", Meaning("cut", "half", way="half")),
        ("#: cut half +12 stall", Meaning("cut", "half", 12, "stall")),
        ("#:\tcut  fin \t-3 ", Meaning("cut", "fin", -3)),
        ("#: pause 2s", Meaning("pause", duration_ns=2 * SECOND_NS)),
        ("#: pause +7 0.5", Meaning("pause", None, 7, duration_ns=SECOND_NS // 2)),
        ("#: pause slow -1 300ms\r\n", Meaning("pause", "slow", -1, duration_ns=SECOND_NS * 3 // 10)),
        ("#: mark before-boundary\n", Meaning("mark", "before-boundary")),
        ("#: mark cut +1", Meaning("mark", "cut", 1)),
        ("#: default cut half", Meaning("default", "half")),
        ("#: redacted Authorization", Meaning("redacted", "Authorization")),
        ("#: redacted token in the query +9", Meaning("redacted", "token in the query", 9)),
    ],
)
def test_a_mark_says(text: str, meaning: Meaning) -> None:
    assert read_meaning(text.encode()) == meaning


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("#: cat half", "'cat' stands where cut, pause, mark, default or redacted is expected; did you mean cut?"),
        ("#: src/main.c:12", "'src/main.c:12' stands where cut, pause, mark, default or redacted is expected"),
        ("#: cut", "the end of the line stands where a blank is expected"),
        ("#:cut half", "'cut' stands where a blank is expected"),
        ("#: cut half rts", "'rts' stands where +N or -N or fin, rst, half, stall or vanish is expected"),
        ("#: cut half rst 2", "'2' stands where the end of the line is expected"),
        ("#: mark part-1", "'-1' stands where the end of the line or a blank is expected"),
        ("#: mark größe", "'öße' stands where the end of the line or a blank is expected"),
        ("#: pause 9999999h", "'9999999h' is longer than a year"),
        ("#: \x00", "'\\x00' stands where cut, pause, mark, default or redacted is expected"),
    ],
)
def test_what_is_no_mark_is_told_with_what_is_expected(text: str, told: str) -> None:
    with pytest.raises(PlanError) as refusal:
        read_meaning(text.encode())
    assert refusal.value.message == f"{text!r} is no mark: {told}"
