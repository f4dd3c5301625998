"""The staircase as a picture: what an application had seen, as a function of what was sent, and the same as a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tracereplay.show.page import safe

_WIDTH, _HEIGHT = 480, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 464, 16, 280
_STROKES = ("sent", "received", "cut")
_DASHES = ("", "7 4", "2 4", "9 3 2 3")
_MOST_POINTS, _MOST_ROWS = 400, 60


@dataclass(frozen=True, slots=True)
class Curve:
    """What was seen when so many bytes had been sent: ``points`` of (sent, seen), in order; ``why`` is a sentence."""

    name: str
    points: tuple[tuple[int, int], ...]
    why: str = ""


def staircase(curves: Sequence[Curve]) -> Iterator[str]:
    """Yield a picture of all curves, and a table of their points; of very many some, evenly chosen, and it says so."""
    sent = max((x for curve in curves for x, _ in curve.points), default=0) or 1
    seen = max((y for curve in curves for _, y in curve.points), default=0) or 1
    yield f'<svg class="lanes" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="bytes seen, by bytes sent">'
    yield f'<path class="lane" d="M{_LEFT} {_TOP}V{_BOTTOM}H{_RIGHT}"/>'
    yield f'<text class="time" x="{_LEFT - 6}" y="{_TOP + 8}">{seen:,}</text>'
    yield f'<text class="time" x="{_LEFT - 6}" y="{_BOTTOM}">0</text>'
    yield f'<text class="time" x="{_RIGHT}" y="{_BOTTOM + 16}">{sent:,} bytes sent</text>'
    yield f'<text class="time" x="{_LEFT - 6}" y="{_TOP + 24}">bytes seen</text>'
    for number, curve in enumerate(curves):
        chosen = _chosen(curve.points, _MOST_POINTS)
        at = [(_LEFT + x * (_RIGHT - _LEFT) // sent, _BOTTOM - y * (_BOTTOM - _TOP) // seen) for x, y in chosen]
        dash = f' stroke-dasharray="{_DASHES[number % len(_DASHES)]}"' if number % len(_DASHES) else ""
        kind = _STROKES[number % len(_STROKES)]
        yield f'<path class="curve {kind}"{dash} d="M{"L".join(f"{x} {y}" for x, y in at)}"/>' if at else ""
    yield "</svg>"
    for number, curve in enumerate(curves):
        why = f": {safe(curve.why)}" if curve.why else ""
        dash = ("solid", "dashed", "dotted", "dashed and dotted")[number % len(_DASHES)]
        yield f"<p><b>{safe(curve.name)}</b> ({dash}){why}</p>"
        yield from _points(curve)


def _points(curve: Curve) -> Iterator[str]:
    chosen = _chosen(curve.points, _MOST_ROWS)
    count = (
        f"{len(curve.points):,} points"
        if len(chosen) == len(curve.points)
        else (f"{len(chosen):,} of {len(curve.points):,} points")
    )
    yield f"<details><summary>{count}</summary><table><thead><tr><th scope=col>sent<th scope=col>seen</thead><tbody>"
    yield from (f"<tr><td class=n>{sent:,}<td class=n>{seen:,}" for sent, seen in chosen)
    yield "</tbody></table></details>"


def _chosen(points: Sequence[tuple[int, int]], most: int) -> Sequence[tuple[int, int]]:
    if len(points) <= most:
        return points
    share = -(-len(points) // (most - 1))
    return (*points[:-1:share], points[-1])
