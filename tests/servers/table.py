"""The table of docs/flask-gunicorn.md, from the scenes that were played."""

import math
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

from tracereplay.library import Trace

from .scene import BODY_PLACES, WAYS, Scene, sent_of_file

DOCUMENT = Path(__file__).parents[2] / "docs" / "flask-gunicorn.md"
BEGIN = "<!-- begin of what docs/tables/flask_gunicorn.py --write writes -->\n"
END = "<!-- end of it -->\n"

PLACES = ("head:50%", *BODY_PLACES)
COLUMNS = (
    *("the client's way", "at", "it saw", "row", "error", "bytes of the file sent", "seen by the app"),
    *("over after", "worker"),
)
REPEATABLE = ("the client's way", "at", "it saw", "row", "error", "worker")

Row = dict[str, str]


def rows(scenes: Mapping[tuple[str, str], Scene], trace: Trace) -> Iterator[Row]:
    """Yield the lines of the table, column by column."""
    for way, place in product(WAYS, PLACES):
        scene, stalled = scenes[way, place], scenes["stall", place]
        cells = (
            f"`{way}`",
            f"`{place}`",
            _seen_by_client(scene),
            f"`{scene.row.state}`" if scene.row else "none",
            f"`{scene.row.error}`" if scene.row else "-",
            f"{sent_of_file(trace, scene.outcome.handed):,}",
            _seen_by_app(scene, stalled),
            _rounded(scene.seconds),
            "lives" if scene.worker_lives else "**killed**",
        )
        yield dict(zip(COLUMNS, cells, strict=True))


def markdown(lines: Iterator[Row]) -> str:
    """Return the table as it stands in the document."""
    table = [list(COLUMNS), ["---"] * len(COLUMNS), *(list(line.values()) for line in lines)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in table)


def written(document: str) -> list[Row]:
    """Return the lines of the table that stands in ``document``."""
    table = document.partition(BEGIN)[2].partition(END)[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return [dict(zip(COLUMNS, line, strict=True)) for line in cells[2:]]


def replaced(document: str, table: str) -> str:
    """Return ``document`` with another table."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin, f"no line {BEGIN!r} in the document"
    assert end, f"no line {END!r} in the document"
    return before + begin + table + end + after


def repeatable(line: Row) -> Row:
    """Return what is the same in every run, and with every version of curl."""
    return {column: line[column] for column in REPEATABLE}


def _seen_by_client(scene: Scene) -> str:
    answers = [str(answer.status) for answer in scene.outcome.answers]
    ends = [] if scene.outcome.peer == "none" else [scene.outcome.peer.upper()]
    return ", then ".join([*answers, *ends]) or "-"


def _seen_by_app(scene: Scene, stalled: Scene) -> str:
    if scene.row is None:
        return "-"
    if scene.way == "rst" and stalled.row:  # which of the whole reads it managed before the reset is luck
        return f"at most {stalled.row.bytes_seen:,}"
    return f"{scene.row.bytes_seen:,}"


def _rounded(seconds: float) -> str:
    if seconds < 1:
        return "< 0.1 s" if seconds < 0.1 else "< 1 s"
    return f"{math.floor(seconds)}-{math.floor(seconds) + 1} s"
