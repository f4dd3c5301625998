"""How a stack buffers: the bytes that an application saw, as a function of those that were sent of the body.

Nothing is said that was not measured: of an edge between two points it is known where it lies at most, and at least.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, Self

from tracereplay.plan.way import Way

Shape = Literal["flat", "line", "staircase", "irregular"]
Point = tuple[int, int]

_EVEN_SHARE = 32  # of a step: a parser takes the heads of parts off, and holds back what may begin a boundary
_WHEN = {
    Way.STALL: "while the client pauses",
    Way.RST: "after a reset",
    Way.FIN: "after a close",
    Way.HALF: "after a half-close",
    Way.VANISH: "after the client vanished",
}


@dataclass(frozen=True, slots=True)
class Fit:
    """What the points of a curve tell.

    ``steps``: by how much more was seen from one step to the next, at least and at most. ``edge``: the first byte was
    seen when more than the first of these two had been sent, and no more than the second. ``behind``: by how much what
    was seen was less than what was sent, at least and at most. ``spacing``: between two points, at most; smaller steps
    cannot be told from a line.
    """

    shape: Shape
    steps: tuple[int, int] | None
    edge: tuple[int, int] | None
    behind: tuple[int, int]
    spacing: int

    @classmethod
    def of(cls, points: Sequence[Point]) -> Self:
        """Return the fit of one point at least, each with as many bytes sent and seen, in their order."""
        spacing = max((later[0] - earlier[0] for earlier, later in pairwise(points)), default=points[0][0])
        gaps = [sent - seen for sent, seen in points]
        behind = min(gaps), max(gaps)
        rises = [(one, other) for one, other in pairwise([(0, 0), *points]) if other[1] > one[1]]
        if not rises:
            return cls("flat", None, None, behind, spacing)
        (low, _), (high, _) = rises[0]
        edge = low, high
        is_odd = behind[0] < 0 or _fall(points) is not None
        if not is_odd and behind[1] - behind[0] < spacing and edge[1] <= points[0][0]:
            return cls("line", None, edge, behind, spacing)
        heights = [other[1] - one[1] for one, other in rises]
        is_even = not is_odd and max(heights) - min(heights) <= max(heights) // _EVEN_SHARE and min(heights) > spacing
        shape: Shape = "staircase" if is_even and len(rises) < len(points) else "irregular"
        return cls(shape, (min(heights), max(heights)), edge, behind, spacing)


@dataclass(frozen=True, slots=True)
class Curve:
    """The points of one way of leaving, and what they tell.

    ``is_search``: they are those by which an edge was found.
    """

    way: Way
    points: tuple[Point, ...]
    is_search: bool = False

    @property
    def fit(self) -> Fit:
        """What the points tell."""
        return Fit.of(self.points)

    def __str__(self) -> str:
        """Return it as a sentence."""
        fit, when = self.fit, _WHEN[self.way]
        if self.is_search:
            return f"{when} the application {self._found()} ({len(self.points):,} plays)"
        low, high = fit.behind
        behind = f"{high:,} bytes" if low == high else f"{low:,} to {high:,} bytes"
        fall = _fall(self.points)
        if low < 0:
            return (
                f"{when} more was seen than was sent, by up to {-low:,} bytes: others upload, too, or it is no sum of"
                " bytes"
            )
        if fall is not None:
            (sooner, more), (later, less) = fall
            return (
                f"{when} fewer bytes were seen of {later:,} that were sent than of {sooner:,}: {less:,} after {more:,};"
                f" it was {behind} behind"
            )
        match fit.shape:
            case "flat":
                return f"{when} the application saw nothing of up to {self.points[-1][0]:,} bytes"
            case "line" if high == 0:
                return f"{when} the application had seen every byte that was sent"
            case "line":
                return f"{when} the application saw the bytes as they were sent, but for the last {behind}"
            case _ if len({seen for _, seen in self.points} - {0}) == 1:
                return (
                    f"{when} the application saw {self.points[-1][1]:,} bytes, {_edge(fit.edge)}, and no more of up to"
                    f" {self.points[-1][0]:,}"
                )
            case "staircase":
                assert fit.steps is not None
                steps = " to ".join(f"{one:,}" for one in sorted(set(fit.steps)))
                return (
                    f"{when} the application saw the bytes in steps of {steps}, {_edge(fit.edge)}; up to {high:,} bytes"
                    " that were sent were not seen"
                )
            case _:
                return (
                    f"{when} the application saw the bytes in uneven steps, {_edge(fit.edge)}; it was {behind} behind"
                )

    def _found(self) -> str:
        first = self.points[0][1]
        for (low, _), (high, seen) in pairwise(self.points):
            if seen > first:
                how = "at just" if high - low == 1 else f"after more than {low:,} and at most"
                return f"saw more than {first:,} bytes for the first time {how} {high:,} bytes sent: {seen:,}"
        return f"saw no more of {self.points[-1][0]:,} bytes sent than of {self.points[0][0]:,}: {first:,}"


def _fall(points: Sequence[Point]) -> tuple[Point, Point] | None:
    """Return the first two points of which the later saw less."""
    return next(((one, other) for one, other in pairwise(points) if other[1] < one[1]), None)


def _edge(edge: tuple[int, int] | None) -> str:
    assert edge is not None
    low, high = edge
    return f"the first at {high:,}" if high - low == 1 else f"the first after more than {low:,} and at most {high:,}"


def bisect(seen: Callable[[int], int], low: int, high: int) -> Iterator[Point]:
    """Yield the points by which the first edge between ``low`` and ``high`` is found; it ends at the last two.

    Half of what is left is left out by each; when nothing more is seen at ``high`` than at ``low`` it ends with these.
    """
    first = seen(low)
    yield low, first
    last = seen(high)
    yield high, last
    while last > first and high - low > 1:
        middle = (low + high) // 2
        now = seen(middle)
        yield middle, now
        low, high = (low, middle) if now > first else (middle, high)
