"""Every place, in recordings of real curls, is where a naive reading of the bytes that were sent puts it."""

import re
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trace.corpus import recordings
from tracereplay.errors import PlanError, TracereplayError
from tracereplay.library import load
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.find import find
from tracereplay.plan.place import read_place
from tracereplay.trace.event import Direction

TRACES = Path(__file__).parents[2] / "fixtures" / "traces"
SIMPLE = re.compile(rb"(?P<head>[A-Z]+ \S+ HTTP/1\.[01]\r\n.*?\r\n\r\n)(?P<body>.*)", re.DOTALL)


@cache
def uploads() -> list[tuple[ConnectionPlan, bytes]]:
    """Return the connections that send one request whose bytes are all known, and what they send."""
    found = []
    for recording in recordings(TRACES):
        path = recording.folder / recording.truth["trace"]["file"]
        if not recording.is_trace or path.stat().st_size > 1 << 20:
            continue
        try:
            plans = load(path).plan().connections
        except TracereplayError:  # it holds nothing to send
            continue
        for one in plans:
            data = b"".join(event.payload.data for event in one.events() if event.direction is Direction.SENT)
            if (
                len(one.conversation.requests) == 1
                and not one.conversation.sent.unknown.total
                and SIMPLE.fullmatch(data)
            ):
                found.append((one, data))
    return found


def written(text: bytes) -> str:
    """Return a text as a place has it, each byte escaped."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in text) + '"'


def naive(text: bytes, position: str, number: int, needle: bytes) -> int | None:
    """Return how much of ``text`` lies before a place, None when it is not there."""
    total = len(text)
    match position:
        case "percent":
            return int(total * Fraction(number, 10) / 100) if number <= 1000 else None
        case "from_start":
            return number if number <= total else None
        case "from_end":
            return total - number if number <= total else None
        case "start" | "end":
            return 0 if position == "start" else total
        case _:
            at = text.find(needle)
            return None if at < 0 else at + len(needle) * (position == "after")


def spelt(position: str, number: int, needle: bytes) -> str:
    match position:
        case "percent":
            return f"{number // 10}.{number % 10}%"
        case "from_start" | "from_end":
            return f"{'-' if position == 'from_end' else ''}{number}"
        case "start" | "end":
            return position
        case _:
            return f"{position} {written(needle)}"


def test_there_are_many_of_all_kinds() -> None:
    assert len(uploads()) > 50
    assert sum(SIMPLE.fullmatch(data)["body"] != b"" for _, data in uploads()) > 10  # type: ignore[index]


@given(data=st.data())
def test_a_place_is_where_a_naive_reading_puts_it(data: st.DataObject) -> None:
    connection, sent = data.draw(st.sampled_from(uploads()))
    split = SIMPLE.fullmatch(sent)
    assert split is not None
    scopes = {
        "": (0, len(sent)),
        "request:1:": (0, len(sent)),
        "head:": split.span("head"),
        "body:": split.span("body"),
    }
    scope = data.draw(st.sampled_from(sorted(scopes)))
    first, last = scopes[scope]
    text = sent[first:last]
    position = data.draw(st.sampled_from(["percent", "from_start", "from_end", "start", "end", "after", "before"]))
    number = data.draw(st.integers(0, 1100))
    start = data.draw(st.integers(0, max(0, len(sent) - 1)))
    needle = sent[start : start + data.draw(st.integers(1, 20))]
    shift = data.draw(st.integers(-30, 30))
    spec = f"{scope}{spelt(position, number, needle)}{f'{shift:+}' if shift else ''}"
    expected = naive(text, position, number, needle)
    expected = None if expected is None or (scope == "body:" and not text) else first + expected + shift
    if expected is None or not 0 <= expected <= len(sent):
        with pytest.raises(PlanError):
            find(read_place(spec), connection)
    else:
        assert find(read_place(spec), connection) == expected, spec


@given(data=st.data())
def test_an_event_is_what_was_sent_in_one_go(data: st.DataObject) -> None:
    connection, _ = data.draw(st.sampled_from(uploads()))
    sizes = [len(event.payload) for event in connection.events() if event.direction is Direction.SENT]
    number = data.draw(st.integers(1, len(sizes)))
    count = data.draw(st.integers(0, sizes[number - 1]))
    assert find(read_place(f"event:{number}:{count}"), connection) == sum(sizes[: number - 1]) + count
