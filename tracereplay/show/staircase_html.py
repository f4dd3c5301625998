"""The curves of a staircase as one page: what they tell, in words; a picture of them, and the same as a table.

The page loads nothing, and runs no script.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tracereplay.plan.way import Way
from tracereplay.show.page import asset, page, safe
from tracereplay.show.staircase import rows

if TYPE_CHECKING:
    from tracereplay.judge.staircase import Curve

_WIDTH, _HEIGHT = 544, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 520, 16, 348
_MOST_TICKS = 4
_WIDEST_FIRST = (Way.STALL, Way.RST, Way.HALF, Way.VANISH, Way.FIN)  # so that those below others can be seen, too


def staircase_as_html(trace: str, target: str, curves: Sequence["Curve"], *, is_whole: bool = True) -> Iterator[str]:
    """Yield the lines of the page; ``is_whole`` is False when it was stopped before its end."""
    style = asset("report.css") + asset("lanes.css")
    yield from page(f"{trace}: staircase", _body(trace, target, curves, is_whole=is_whole), style)


def _body(trace: str, target: str, curves: Sequence["Curve"], *, is_whole: bool) -> Iterator[str]:
    count = sum(len(curve.points) for curve in curves)
    stopped = "" if is_whole else ", stopped before its end"
    yield f"<header><h1>{safe(trace)} <span>to {safe(target)}</span></h1>"
    yield f"<p>{count:,} point{'' if count == 1 else 's'}{stopped}</p></header><main>"
    yield "<section aria-labelledby=seen><h2 id=seen>What the application saw</h2><ul class=curves>"
    for curve in curves:
        line = f'<path class="{_kind(curve)}" d="M5 6H31"/>'
        yield f'<li><svg class="lanes" viewBox="0 0 36 12" aria-hidden="true">{line}</svg>'
        yield f"<p><b>{curve.way.value}</b>: {safe(str(curve))}</p></li>"
    yield "</ul>"
    if curves:
        yield from _picture(curves)
    yield "</section>"
    yield from _table(curves)
    yield "</main>"


def _picture(curves: Sequence["Curve"]) -> Iterator[str]:
    """Yield the curves over a grid, both ways in the same scale: where all that was sent was seen is the diagonal."""
    most = max((max(point) for curve in curves for point in curve.points), default=0) or 1
    title = "How many bytes the application had seen, by how many bytes of the body were sent"
    yield f'<figure class="picture"><figcaption>{title}. A dot is a play, and a line only joins dots. The dotted'
    yield "diagonal is all that was sent.</figcaption>"
    yield f'<svg class="lanes" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{title}; the table has it, too">'
    yield from _grid(most)
    for curve in sorted(curves, key=lambda one: _WIDEST_FIRST.index(one.way)):
        at = [f"{_x(sent, most)} {_y(seen, most)}" for sent, seen in curve.points]
        yield f'<path class="{_kind(curve)}" d="M{"L".join(at)}"/>'
        yield f'<path class="{_kind(curve)} dot" d="{"".join(f"M{one}h0" for one in at)}"/>'
    yield "</svg></figure>"


def _grid(most: int) -> Iterator[str]:
    tick = 1
    while most // tick > _MOST_TICKS:
        tick *= 2
    for size in range(0, most + 1, tick):
        x, y = _x(size, most), _y(size, most)
        yield f'<path class="grid" d="M{_LEFT} {y}H{_RIGHT}M{x} {_TOP}V{_BOTTOM}"/>'
        yield f'<text class="time" x="{_LEFT - 8}" y="{y + 4}">{size:,}</text>'
        yield f'<text class="time mid" x="{x}" y="{_BOTTOM + 18}">{size:,}</text>'
    yield f'<path class="lane idle" d="M{_LEFT} {_BOTTOM}L{_RIGHT} {_TOP}"/>'
    yield f'<text class="time" x="{_RIGHT}" y="{_BOTTOM + 40}">bytes sent</text>'
    yield f'<text class="time" x="{_LEFT + 78}" y="{_TOP + 10}">bytes seen</text>'


def _table(curves: Sequence["Curve"]) -> Iterator[str]:
    yield "<section aria-labelledby=points><h2 id=points>The points</h2><table>"
    yield "<caption>Bytes seen, by bytes sent</caption><thead><tr><th scope=col class=n>sent"
    yield from (f"<th scope=col class=n>{curve.way.value}" for curve in curves)
    yield "</thead><tbody>"
    for sent, seen in rows(curves):
        cells = "".join("<td class=n>" + ("" if one is None else f"{one:,}") for one in seen)
        yield f"<tr><th scope=row class=n>{sent:,}{cells}"
    yield "</tbody></table></section>"


def _kind(curve: "Curve") -> str:
    return f"curve {curve.way.value}"


def _x(size: int, most: int) -> int:
    return _LEFT + size * (_RIGHT - _LEFT) // most


def _y(size: int, most: int) -> int:
    return _BOTTOM - size * (_BOTTOM - _TOP) // most
