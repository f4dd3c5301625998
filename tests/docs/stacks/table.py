"""The tables of docs/servers.md, from what was measured."""

import re
from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path

from tests.docs.stacks.data import Left, Measured, Survey
from tests.docs.stacks.measure import BODY, HEAD, HEAD_WAYS, SLOW, SLOW_SECONDS, WAYS, WHOLE

DOCUMENT = Path(__file__).parents[3] / "docs" / "servers.md"
BEGIN, END = "<!-- begin of {}: docs/tables/servers.py -->\n", "<!-- end of {} -->\n"
GONE = ("fin", "rst")

Cells = Callable[[Measured], Iterable[str]]


def tables(survey: Survey) -> dict[str, str]:
    """Return what is generated of the page, by name."""
    stacks = survey.stacks
    return {
        "versions": _versions(survey),
        "body": _table(stacks, [f"`{way}`" for way in WAYS], lambda it: [_told(it, it.at(BODY, way)) for way in WAYS]),
        "seen": _table(stacks, ["`fin`", "`rst`", "`stall`", "done after", "`stall`: ended after"], _seen),
        "head": _table(
            stacks, [f"`{way}`" for way in HEAD_WAYS], lambda it: [_told(it, it.at(HEAD, way)) for way in HEAD_WAYS]
        ),
        "slow": _table(stacks, [f"in {SLOW_SECONDS} s"], lambda it: [_told(it, it.at(WHOLE, SLOW))]),
        "sweep": _table(
            stacks,
            ["`half`", *(f"`{way}`: a part was complete" for way in GONE), *(f"`{way}`: left open" for way in GONE)],
            _swept,
        ),
    }


def replaced(document: str, parts: dict[str, str]) -> str:
    """Return ``document`` with other tables."""
    for name, text in parts.items():
        before, begin, rest = document.partition(BEGIN.format(name))
        _, end, after = rest.partition(END.format(name))
        assert begin, f"the document has no place for {name}"
        assert end, f"the document has no end of {name}"
        document = before + begin + text + end + after
    return document


def _table(stacks: Iterable[Measured], titles: list[str], cells: Cells) -> str:
    lines = [["server", "application", *titles], ["---"] * (len(titles) + 2)]
    for server, members in groupby(stacks, lambda one: one.server):
        alike = [(list(row), list(ones)) for row, ones in groupby(members, lambda one: list(cells(one)))]
        for number, (row, ones) in enumerate(alike):
            lines.append(["" if number else server, "; ".join(one.app for one in ones), *row])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _versions(survey: Survey) -> str:
    names = ", ".join(f"{name} {version}" for name, version in survey.versions.items())
    return (
        f"Measured on {survey.measured} with {names}. The file has {survey.file_bytes:,} bytes, the body of the request"
        f" {survey.body_bytes:,}. A sweep cuts it at {survey.stacks[0].swept[0].plays} places.\n"
    )


def _told(it: Measured, one: Left) -> str:
    """Return what the client saw, if it stayed, and what became of the upload."""
    upload = _upload(it, one)
    if one.way in ("fin", "rst"):
        return upload
    return f"{_answered(one)}; {upload}"


def _answered(one: Left) -> str:
    if one.status is not None:
        answer = f"**{one.status}**" if one.way == "half" and one.status < 300 else str(one.status)
    else:
        answer = {"fin": "closed", "rst": "reset", "none": "nothing"}[one.peer]
    return f"{answer}{', worker killed' if one.is_killed else ''}"


def _upload(it: Measured, one: Left) -> str:
    if one.state is None:
        return "not called"
    is_there = one.way == "stall" and one.peer == "none"
    is_wrong = (one.state == "complete" and one.seen < it.whole) or (one.state == "started" and not is_there)
    state = f"**{one.state}**" if is_wrong else one.state
    return state if one.error is None else f"{state}, {_named(one.error)}"


def _named(error: str) -> str:
    return f"`{error}`" if re.fullmatch(r"\w+", error) else error


def _seen(it: Measured) -> Iterable[str]:
    for way in ("fin", "rst", "stall"):
        one = it.at(BODY, way)
        yield "-" if one.state is None else f"{one.seen:,}"
    times = [it.at(BODY, way).over for way in ("fin", "rst")]
    known = [one for one in times if one is not None]
    yield "-" if not known else _within(max(known))
    stall = it.at(BODY, "stall")
    yield "-" if stall.reaction is None or stall.peer == "none" else f"{stall.reaction:.1f} s"


def _within(seconds: float) -> str:
    return next((f"< {limit} s" for limit in (0.1, 0.5, 1, 3) if seconds < limit), f"{seconds:.0f} s")


def _swept(it: Measured) -> Iterable[str]:
    half, gone = it.sweep("half"), [it.sweep(way) for way in GONE]
    broken = [_found(what, count) for what, count in half.found.items()]
    yield ", ".join(broken) or "nothing wrong"
    for one in gone:
        yield f"**{one.short}**" if one.short else "0"
    for one in gone:
        yield f"**{one.left_open}**" if one.left_open else "0"


def _found(what: str, count: int) -> str:
    rule, _, place = what.partition(" ")
    return f"{count} `{rule}` {'at' if count == 1 else 'from'} `{place}`"
