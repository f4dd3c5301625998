"""A sweep as text for people, and as JSON."""

import json
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from tracereplay.show.glyphs import group_of
from tracereplay.show.health import health_as_json, health_lines, leak_lines
from tracereplay.show.paint import Paint
from tracereplay.show.printable import printable
from tracereplay.show.starving import starved_lines, starving_as_json, starving_line
from tracereplay.units import SECOND_NS, format_duration

if TYPE_CHECKING:
    from tracereplay.judge.finding import Finding, Sweep
    from tracereplay.judge.verdict import Verdict

VERSION = 1
OPEN, RIGHT, WRONG, UNSEEN = " ", ".", "!", "-"
LEGEND = f"{RIGHT} right  {WRONG} wrong  {UNSEEN} nothing to be seen"

_PLAIN = Paint()
_DIGITS = 3
_LABEL_WIDTH = 14
_WIDTH = 60
_WORST_FIRST = (WRONG, RIGHT, UNSEEN, OPEN)


def report_sweep(sweep: "Sweep", paint: Paint = _PLAIN) -> Iterator[str]:
    """Yield the lines that tell what a sweep found, the findings first."""
    yield f"{printable(sweep.trace)} => {printable(sweep.target)}"
    for finding in sweep.findings:
        yield ""
        yield from finding_lines(finding, paint)
    if sweep.findings or sweep.faults:
        yield ""
    if sweep.health is not None:
        yield from leak_lines(sweep.health, paint)
    if sweep.starving is not None:
        yield from starved_lines(sweep.starving, paint)
    took = format_duration(round(sweep.seconds * SECOND_NS))
    yield _row("plays", f"{sweep.plays:,} in {took}: {sweep.summary}")
    for kind, number in sweep.counts.most_common():
        yield f"{number:>{_LABEL_WIDTH - 2},}  {kind}"
    yield from strips(sweep, paint)
    if sweep.health is not None:
        yield from health_lines(sweep.health)
    if sweep.starving is not None:
        yield starving_line(sweep.starving)
    for fault in sweep.accepted_faults:
        yield _row("accepted", printable(str(fault)))
    for note in sweep.notes:
        yield _row("note", printable(note))


def strips(sweep: "Sweep", paint: Paint = _PLAIN) -> Iterator[str]:
    """Yield a strip for each way, from the first place to the last, and what its marks mean."""
    for how, group in groupby(sweep.verdicts, lambda one: one.how):
        yield _row(printable(how), strip([mark(one) for one in group], paint))
    yield _row("", LEGEND)


def strip(marks: list[str], paint: Paint, width: int = _WIDTH) -> str:
    """Return the marks in at most ``width`` columns; of neighbours that share a column, the worst is shown."""
    share = -(-len(marks) // width) or 1
    columns = (marks[at : at + share] for at in range(0, len(marks), share))
    narrow = "".join(min(column, key=_WORST_FIRST.index) for column in columns)
    return "".join(paint(one, "yellow") if one == WRONG else one for one in narrow)


def mark(verdict: "Verdict") -> str:
    """Return the mark of one play in a strip."""
    if not verdict:
        return WRONG
    return UNSEEN if group_of(verdict) == "unseen" else RIGHT


def sweep_as_json(sweep: "Sweep") -> str:
    """Return what a sweep found as the JSON of ``tracereplay sweep --format json``."""
    value: dict[str, object] = {
        "version": VERSION,
        "trace": sweep.trace,
        "target": sweep.target,
        "plays": sweep.plays,
        "seconds": round(sweep.seconds, _DIGITS),
        "whole": sweep.is_whole,
        "notes": list(sweep.notes),
        "findings": [_finding_as_json(one) for one in sweep.findings],
        "verdicts": dict(sweep.counts.most_common()),
    }
    if sweep.health is not None:
        value["health"] = health_as_json(sweep.health)
    if sweep.starving is not None:
        value["starving"] = starving_as_json(sweep.starving)
    return json.dumps(value, separators=(",", ":"))


def _finding_as_json(finding: "Finding") -> dict[str, object]:
    first = finding.first
    return {
        "rule": finding.rule,
        "place": first.place,
        "at": first.at,
        "how": first.how,
        "status": first.facts.status,
        "why": first.why,
        "count": finding.count,
        "command": first.command,
    }


def finding_lines(finding: "Finding", paint: Paint = _PLAIN) -> Iterator[str]:
    """Yield the lines that tell a finding: what it is and where, why, and the command that plays it again."""
    first = finding.first
    status = "no answer" if first.facts.status is None else f"answer {first.facts.status}"
    yield f"{paint(finding.rule, 'bold')}: {printable(first.how)}, {status}{places_of(finding)}"
    yield f"  {printable(finding.why)}"
    yield from (
        f"  {printable(one.name)}: {printable(str(one.before))} -> {printable(str(one.after))}"
        for one in first.facts.looks
    )
    if first.command is not None:
        yield f"  $ {printable(first.command)}"


def places_of(finding: "Finding") -> str:
    """Return where it was found, in words that go on: ``, at byte 7``."""
    first, last, count = finding.first, finding.last, finding.count
    if not first.facts.is_cut and first.place == "100%":
        return ""  # it is split in many places
    if count == 1:
        return f", at {_place(first)}"
    return f", at {count:,} places from {_place(first)} to {_place(last)}"


def _place(verdict: "Verdict") -> str:
    byte = f"byte {verdict.at:,}"
    return byte if verdict.place == str(verdict.at) else f"{printable(verdict.place)} ({byte})"


def _row(label: str, text: str) -> str:
    return f"{label:<{_LABEL_WIDTH - 1}} {text}".rstrip()
