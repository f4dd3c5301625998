"""Two bodies against each other: by bytes, and where they differ, as JSON, as text, or as bytes in hex.

The law of knowledge: an unknown byte of the recording matches anything. The law of memory: of a body only its
beginning is kept, and of the rest its length and its digest are compared.
"""

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from tracereplay.engine.answers import KEPT_BODY_BYTES
from tracereplay.engine.outcome import Answer
from tracereplay.judge.match import quoted, visible
from tracereplay.judge.recorded import RecordedAnswer
from tracereplay.judge.values import value_differences
from tracereplay.units import format_bytes

_MOST_LINES, _WIDEST, _CONTEXT = 40, 200, 2
_SHOWN_BYTES = 16


@dataclass(frozen=True, slots=True)
class BodyDifference:
    """Where two bodies differ: ``path`` within JSON, else empty. The rest is as in ``Difference``."""

    path: str
    recorded: str | None
    live: str | None
    offset: int | None = None
    lines: tuple[str, ...] = ()


def first_difference(recorded: bytes, shadow: bytes, live: bytes) -> int | None:
    """Return the first offset at which ``live`` is not what was recorded, None when there is none.

    A byte in which ``shadow`` differs from ``recorded`` is unknown. One that is longer differs at the end of the other.
    """
    size = min(len(recorded), len(live))
    if recorded[:size] != live[:size]:
        for at in range(size):
            if recorded[at] != live[at] and recorded[at] == shadow[at]:
                return at
    return None if len(recorded) == len(live) else size


def body_differences(
    one: RecordedAnswer, live: Answer, ignore: Sequence[str]
) -> tuple[list[BodyDifference], list[str]]:
    """Return how a live body differs from a recorded one, and what could not be compared, or was not.

    ``ignore`` are paths within JSON, such as ``body.files[*].id``.
    """
    recorded, shadow = one.answer, one.shadow
    if not recorded.complete:
        return _against_beginning(one, live)
    at = first_difference(recorded.body, shadow.body, live.body)
    if at is not None:
        return _told(one, live, at, ignore)
    if recorded.body_bytes != live.body_bytes:
        sizes = format_bytes(recorded.body_bytes), format_bytes(live.body_bytes)
        return [BodyDifference("", *sizes, min(recorded.body_bytes, live.body_bytes))], []
    if recorded.body_bytes <= KEPT_BODY_BYTES or recorded.body_digest == live.body_digest:
        return [], []
    behind = f"the body behind its first {format_bytes(KEPT_BODY_BYTES)}"
    if recorded.body_digest != shadow.body_digest:
        return [], [f"{behind} is not compared: bytes of it are unknown, and only a digest is kept"]
    before, now = (f"SHA-256 {digest[:16]}..." for digest in (recorded.body_digest, live.body_digest))
    return [BodyDifference("", before, now, None, (f"somewhere in {behind}",))], []


def _against_beginning(one: RecordedAnswer, live: Answer) -> tuple[list[BodyDifference], list[str]]:
    """Compare with a recorded body whose end is not known."""
    recorded, shadow = one.answer, one.shadow
    notes = [f"the recording does not hold the end of this body: its first {format_bytes(len(recorded.body))} count"]
    at = first_difference(recorded.body, shadow.body, live.body[: len(recorded.body)])
    if at is not None:
        return [_as_text_or_bytes(recorded.body, live.body, at)], notes
    if live.body_bytes < recorded.body_bytes:
        sizes = f"at least {format_bytes(recorded.body_bytes)}", format_bytes(live.body_bytes)
        return [BodyDifference("", *sizes, live.body_bytes)], notes
    return [], notes


def _told(one: RecordedAnswer, live: Answer, at: int, ignore: Sequence[str]) -> tuple[list[BodyDifference], list[str]]:
    recorded = _filled(one.answer.body, one.shadow.body, live.body)
    if _is_json(one.answer) and _is_json(live):
        try:
            found = [*value_differences(json.loads(recorded), json.loads(live.body), ignore)]
        except (ValueError, RecursionError):
            pass  # not all of it is kept or known, or it is no JSON that can be read: then as text
        else:
            notes = [] if found else _notes(json.loads(recorded), json.loads(live.body), ignore)
            return [BodyDifference(*one) for one in found], notes
    return [_as_text_or_bytes(recorded, live.body, at)], []


def _notes(recorded: object, live: object, ignore: Sequence[str]) -> list[str]:
    """Return what is said of JSON in which nothing differs that counts."""
    if ignore and any(value_differences(recorded, live)):
        return []
    return ["the JSON of this body is equal, and its text is not"]


def _filled(recorded: bytes, shadow: bytes, live: bytes) -> bytes:
    """Return the recorded bytes, with what is live in the place of unknown ones wherever both agree in their place.

    They are in their place before the first difference, and, counted from the end, behind the last.
    """
    if recorded == shadow:
        return recorded
    before = first_difference(recorded, shadow, live)
    behind = first_difference(recorded[::-1], shadow[::-1], live[::-1])
    before = len(recorded) if before is None else before
    behind = 0 if behind is None else min(behind, len(recorded) - before, len(live) - before)
    middle = recorded[before : len(recorded) - behind]
    return live[:before] + middle + live[len(live) - behind :]


def _is_json(answer: Answer) -> bool:
    return "json" in (answer.header("Content-Type") or "").lower()


def _as_text_or_bytes(recorded: bytes, live: bytes, at: int) -> BodyDifference:
    sizes = format_bytes(len(recorded)), format_bytes(len(live))
    texts = _as_text(recorded), _as_text(live)
    if texts[0] is not None and texts[1] is not None:
        return BodyDifference("", *sizes, at, tuple(_diff(texts[0], texts[1])))
    return BodyDifference("", *sizes, at, (f"- {_hex(recorded, at)}", f"+ {_hex(live, at)}"))


def _as_text(data: bytes) -> list[str] | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text.split("\n")


def _diff(recorded: list[str], live: list[str]) -> list[str]:
    """Return the lines that differ, with a little around them; of many only the first."""
    both = zip(recorded, live, strict=False)
    same = next((n for n, (a, b) in enumerate(both) if a != b), min(len(recorded), len(live)))
    first = max(0, same - _CONTEXT)
    before, now = (lines[first : first + _MOST_LINES] for lines in (recorded, live))
    lines = [*difflib.unified_diff(before, now, lineterm="", n=_CONTEXT)][2:]
    column = _first_column(recorded, live, same)
    shown = [f"{line[0]} {_cropped(line[1:], column)}".rstrip() for line in lines if not line.startswith("@@")]
    while shown and not shown[-1]:
        shown.pop()
    return shown + ["..."] * (max(len(recorded), len(live)) - first > _MOST_LINES)


def _first_column(recorded: list[str], live: list[str], line: int) -> int:
    """Return the column in which a line begins to differ: behind the end of one where the other goes on."""
    before, now = (lines[line] if line < len(lines) else "" for lines in (recorded, live))
    return next((n for n, (a, b) in enumerate(zip(before, now, strict=False)) if a != b), min(len(before), len(now)))


def _cropped(line: str, column: int) -> str:
    """Return as much of ``line`` as is shown, with ``column`` in it, and dots for what is not."""
    start = max(0, column - _WIDEST // 2) if column >= _WIDEST else 0
    if start >= len(line):
        start = 0
    end = start + _WIDEST
    return f"{'...' if start else ''}{visible(line[start:end])}{'...' if end < len(line) else ''}"


def _hex(data: bytes, at: int) -> str:
    piece = data[at : at + _SHOWN_BYTES]
    return f"{piece.hex(' ')}  {quoted(piece)}" if piece else "nothing more"
