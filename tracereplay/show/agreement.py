"""What several servers make of the same cuts, as text for people, and as JSON."""

import json
from collections.abc import Iterator
from itertools import groupby
from string import ascii_uppercase
from typing import TYPE_CHECKING

from tracereplay.show.paint import Paint
from tracereplay.show.printable import printable
from tracereplay.show.sweep import LEGEND, mark, strip

if TYPE_CHECKING:
    from tracereplay.judge.agreement import Agreement, Row, Server
    from tracereplay.judge.cell import Cell
    from tracereplay.judge.verdict import Verdict

VERSION = 1

_PLAIN = Paint()
_LABEL_WIDTH = 8


def report_agreement(found: "Agreement", paint: Paint = _PLAIN) -> Iterator[str]:
    """Yield the lines that tell where the servers differ, each server by a letter, and the strips of all."""
    yield printable(found.trace)
    letters = _letters(len(found.servers))
    for letter, server in zip(letters, found.servers, strict=True):
        yield f"  {letter}  {printable(server.name)}: {_summary(server)}"
    for row in found.differences:
        yield ""
        yield f"{paint(printable(row.first.how), 'bold')}{_places(row)}"
        for letter, verdict in zip(letters, row.verdicts, strict=True):
            yield f"  {letter}  {_told(verdict)}"
    yield ""
    yield from _strips(found, letters, paint)
    differ = sum(row.count for row in found.differences)
    yield _summed(differ, found.compared)
    left = len(found.cells) - found.compared
    if left:
        yield f"{left:,} plays were not made on every server, or told nothing of it"


def agreement_as_json(found: "Agreement") -> str:
    """Return it as the JSON of ``tracereplay compare --format json``."""
    value = {
        "version": VERSION,
        "trace": found.trace,
        "plays": len(found.cells),
        "servers": [
            {
                "name": one.name,
                "target": one.sweep.target,
                "whole": one.sweep.is_whole,
                "notes": list(one.sweep.notes),
                "findings": len(one.sweep.findings),
                "verdicts": dict(one.sweep.counts.most_common()),
            }
            for one in found.servers
        ],
        "rows": [_row_as_json(one) for one in found.rows],
    }
    return json.dumps(value, separators=(",", ":"))


def _row_as_json(row: "Row") -> dict[str, object]:
    return {
        "how": row.first.how,
        "place": row.first.place.name,
        "at": row.first.place.at,
        "last": row.last.place.name,
        "count": row.count,
        "agrees": row.agrees,
        "verdicts": [
            None if one is None else {"verdict": one.kind, "status": one.facts.status} for one in row.verdicts
        ],
    }


def _summed(differ: int, compared: int) -> str:
    if not compared:
        return "nothing was compared"
    return f"{differ:,} of {compared:,} plays differ" if differ else f"{compared:,} of {compared:,} plays agree"


def _letters(count: int) -> list[str]:
    return [ascii_uppercase[number] if number < len(ascii_uppercase) else str(number) for number in range(count)]


def _summary(server: "Server") -> str:
    notes = "".join(f"; {printable(one)}" for one in server.sweep.notes)
    return f"{server.sweep.summary}{notes}"


def _strips(found: "Agreement", letters: list[str], paint: Paint) -> Iterator[str]:
    width = max(_LABEL_WIDTH, *(len(printable(one.how)) for one in found.cells))
    for how, group in groupby(found.cells, lambda one: one.how):
        cells = list(group)
        for letter, server in zip(letters, found.servers, strict=True):
            verdicts = {one.place: one for one in server.sweep.verdicts if one.how == how}
            marks = [mark(verdicts[one.place.name]) if one.place.name in verdicts else " " for one in cells]
            yield f"{printable(how):<{width}} {letter}  {strip(marks, paint)}".rstrip()
    yield f"{'':<{width + 4}}{LEGEND}"


def _told(verdict: "Verdict | None") -> str:
    if verdict is None:
        return "not played"
    status = "" if verdict.facts.status is None else f", answer {verdict.facts.status}"
    return f"{verdict.kind}{status}"


def _places(row: "Row") -> str:
    if row.first.place.name == "100%" and not row.first.is_cut:
        return ""  # it is split in many places
    if row.count == 1:
        return f", at {_place(row.first)}"
    return f", at {row.count:,} places from {_place(row.first)} to {_place(row.last)}"


def _place(cell: "Cell") -> str:
    name, at = cell.place.name, cell.place.at
    if at is None:
        return printable(name)
    return f"byte {at:,}" if name == str(at) else f"{printable(name)} (byte {at:,})"
