"""Two outcomes that are not equal, as text: what differs of what counts, and then what happened when, side by side."""

import difflib
from collections.abc import Iterator
from dataclasses import fields
from itertools import zip_longest

from tracereplay.engine.outcome import Answer, ConnectionOutcome, Outcome
from tracereplay.engine.timeline import Moment, Timeline
from tracereplay.plan.way import Way
from tracereplay.show.moments import arrow, moment, words
from tracereplay.show.printable import cropped, printable

_LONGEST = 100


def outcome_difference(left: Outcome, right: Outcome) -> Iterator[str]:
    """Yield the lines that tell in what two outcomes differ, and their timelines, ``-`` is left and ``+`` right.

    Times, and counts of what had come somewhere at some moment, do not make a difference.
    """
    if left.main != right.main:
        yield f"main connection: {left.main} != {right.main}"
    others = {one.id: one for one in right.connections}
    for one in left.connections:
        other = others.pop(one.id, None)
        if other is None:
            yield f"connection {one.id}: it was opened on the left alone"
        elif one != other:
            yield from connection_difference(one, other)
    for number in others:
        yield f"connection {number}: it was opened on the right alone"


def connection_difference(left: ConnectionOutcome, right: ConnectionOutcome) -> Iterator[str]:
    """Yield the lines for one connection of both."""
    for each in fields(left):
        values = getattr(left, each.name), getattr(right, each.name)
        if each.compare and each.name != "answers" and values[0] != values[1]:
            yield f"connection {left.id}, {each.name}: {_value(values[0])} != {_value(values[1])}"
    for number, pair in enumerate(zip_longest(left.answers, right.answers), 1):
        if pair[0] != pair[1]:
            for line in answer_difference(*pair):
                yield f"connection {left.id}, answer {number}, {line}"
    yield from ("", f"what happened on connection {left.id}, by seconds, which do not count:")
    yield from timeline_difference(left.timeline, right.timeline)


def answer_difference(left: Answer | None, right: Answer | None) -> Iterator[str]:
    """Yield in what two answers differ."""
    if left is None or right is None:
        yield f"status: {_status(left)} != {_status(right)}"
        return
    if (left.status, left.reason) != (right.status, right.reason):
        yield f"status: {_status(left)} != {_status(right)}"
    headers, others = left.lasting_headers(), right.lasting_headers()
    for name in {**headers, **others}:
        if headers.get(name) != others.get(name):
            yield f"header {printable(name)}: {_value(headers.get(name))} != {_value(others.get(name))}"
    if (left.body_bytes, left.body_digest, left.body) != (right.body_bytes, right.body_digest, right.body):
        yield f"body: {_body(left)} != {_body(right)}"
    if left.complete != right.complete:
        yield f"complete: {left.complete} != {right.complete}"


def timeline_difference(left: Timeline, right: Timeline) -> Iterator[str]:
    """Yield the moments of both, the left ones with ``-`` and the right ones with ``+`` where they are not the same."""
    before, after = [*left], [*right]
    matcher = difflib.SequenceMatcher(None, [*map(_what, before)], [*map(_what, after)], autojunk=False)
    for change, start, end, start_right, end_right in matcher.get_opcodes():
        yield from (f"{'  ' if change == 'equal' else '- '}{moment(one)}" for one in before[start:end])
        if change != "equal":
            yield from (f"+ {moment(one)}" for one in after[start_right:end_right])
    for sign, one in (("-", left), ("+", right)):
        if one.left_out:
            yield f"{sign} ({one.left_out:,} more moments, after the first {len(one.first)})"


def _what(one: Moment) -> str:
    return "paused" if one.what == "pause" else f"{arrow(one)} {words(one)}"


def _status(answer: Answer | None) -> str:
    return "no answer" if answer is None else f"{answer.status} {printable(answer.reason)}".rstrip()


def _body(answer: Answer) -> str:
    return f"{answer.body_bytes:,} bytes {_value(answer.body)}"


def _value(value: object) -> str:
    return value.value if isinstance(value, Way) else cropped(repr(value), _LONGEST)
