"""The curves of a staircase as text for people, and as JSON."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tracereplay.show.printable import printable

if TYPE_CHECKING:
    from tracereplay.judge.staircase import Curve

VERSION = 1

_WIDTH, _HEIGHT = 60, 12


def report_staircase(trace: str, target: str, curves: Sequence["Curve"]) -> Iterator[str]:
    """Yield the sentences, a plot, and a table of all points."""
    yield f"{printable(trace)} => {printable(target)}"
    yield from (f"{curve.way.value:<14}{curve}" for curve in curves)
    yield ""
    yield from _plot(curves)
    yield ""
    yield f"{'sent':>14}" + "".join(f"{curve.way.value:>14}" for curve in curves)
    for sent, seen in rows(curves):
        cells = ("" if one is None else f"{one:,}" for one in seen)
        yield f"{sent:>14,}" + "".join(f"{one:>14}" for one in cells).rstrip()


def rows(curves: Sequence["Curve"]) -> Iterator[tuple[int, list[int | None]]]:
    """Yield each number of bytes sent, in order, with what was seen of it by curve; None where none was played."""
    by_sent = [dict(curve.points) for curve in curves]
    for sent in sorted({sent for points in by_sent for sent in points}):
        yield sent, [points.get(sent) for points in by_sent]


def staircase_as_json(trace: str, target: str, curves: Sequence["Curve"]) -> str:
    """Return the curves as the JSON of ``tracereplay staircase --format json``."""
    value = {"version": VERSION, "trace": trace, "target": target, "curves": [_curve(one) for one in curves]}
    return json.dumps(value, separators=(",", ":"))


def _curve(curve: "Curve") -> dict[str, object]:
    fit = curve.fit
    return {
        "how": curve.way.value,
        "shape": "search" if curve.is_search else fit.shape,
        "steps": fit.steps,
        "edge": fit.edge,
        "behind": fit.behind,
        "spacing": fit.spacing,
        "why": str(curve),
        "points": curve.points,
    }


def _plot(curves: Sequence["Curve"]) -> Iterator[str]:
    """Yield a plot, seen by sent; where curves meet, the first of them is shown."""
    most = max((sent for curve in curves for sent, _ in curve.points), default=0) or 1
    rows = [[" "] * (_WIDTH + 1) for _ in range(_HEIGHT + 1)]
    for curve in reversed(curves):
        for sent, seen in curve.points:
            rows[min(seen, most) * _HEIGHT // most][sent * _WIDTH // most] = curve.way.value[0]
    for number, row in reversed(list(enumerate(rows))):
        label = f"{most:,}" if number == _HEIGHT else "seen 0" if number == 0 else ""
        yield f"{label:>14} {''.join(row)}".rstrip()
    names = ", ".join(f"{curve.way.value[0]} {curve.way.value}" for curve in curves)
    yield f"{'':>15}{'sent 0':<{_WIDTH - 10}}{most:>11,}"
    yield f"{'':>15}{names}"
