"""What points tell of how a stack buffers, and what they do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracereplay.judge.staircase import Curve, Fit, Point, bisect
from tracereplay.plan.way import Way

STEP = 65_536


def stairs(sent: int, step: int = STEP, behind: int = 0) -> int:
    return max(0, sent // step * step - behind)


def points(spacing: int, most: int, step: int = STEP, behind: int = 0) -> list[Point]:
    return [(sent, stairs(sent, step, behind)) for sent in range(spacing, most, spacing)]


CASES: dict[str, tuple[list[Point], Fit, str]] = {
    "stairs": (
        points(8192, 200_000),
        Fit("staircase", (STEP, STEP), (57_344, 65_536), (0, 57_344), 8192),
        (
            "while the client pauses the application saw the bytes in steps of 65,536, the first after more than 57,344"
            " and at most 65,536; up to 57,344 bytes that were sent were not seen"
        ),
    ),
    "stairs whose parser holds something back": (
        [(65_535, 0), (65_536, 65_392), (122_880, 65_392), (131_072, 130_926), (188_416, 130_926), (196_608, 196_470)],
        Fit("staircase", (65_392, 65_544), (65_535, 65_536), (138, 65_535), 57_344),
        (
            "while the client pauses the application saw the bytes in steps of 65,392 to 65,544, the first at 65,536;"
            " up to 65,535 bytes that were sent were not seen"
        ),
    ),
    "a line": (
        [(sent, sent) for sent in range(8192, 100_000, 8192)],
        Fit("line", None, (0, 8192), (0, 0), 8192),
        "while the client pauses the application had seen every byte that was sent",
    ),
    "a line that is a little late": (
        [(8192, 8044), (57_344, 57_206), (106_496, 106_350)],
        Fit("line", None, (0, 8192), (138, 148), 49_152),
        "while the client pauses the application saw the bytes as they were sent, but for the last 138 to 148 bytes",
    ),
    "nothing": (
        [(8192, 0), (16_384, 0)],
        Fit("flat", None, None, (8192, 16_384), 8192),
        "while the client pauses the application saw nothing of up to 16,384 bytes",
    ),
    "no order": (
        [(8192, 0), (16_384, 10_000), (24_576, 10_000), (32_768, 12_000)],
        Fit("irregular", (2000, 10_000), (8192, 16_384), (6384, 20_768), 8192),
        (
            "while the client pauses the application saw the bytes in uneven steps, the first after more than 8,192 and"
            " at most 16,384; it was 6,384 to 20,768 bytes behind"
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_points_tell(name: str) -> None:
    seen, fit, sentence = CASES[name]
    assert Fit.of(seen) == fit
    assert str(Curve(Way.STALL, tuple(seen))) == sentence


@given(st.integers(2, 64), st.integers(3, 8), st.integers(0, 100))
def test_even_stairs_are_told_with_their_step_and_where_they_begin(share: int, count: int, behind: int) -> None:
    spacing = STEP // share
    fit = Fit.of(points(spacing, STEP * count, behind=behind))
    assert fit.shape == "staircase"
    assert fit.steps is not None
    assert fit.steps[0] <= STEP <= fit.steps[1] + behind
    assert fit.edge is not None
    assert fit.edge[0] < STEP <= fit.edge[1] or STEP % spacing


@given(st.integers(1, 200_000), st.integers(0, 200_000))
def test_an_edge_is_found_to_the_byte_in_few_plays(edge: int, after: int) -> None:
    high = min(edge + after, 200_001) or 1
    found = list(bisect(lambda sent: STEP if sent >= edge else 0, 0, max(high, edge)))
    assert len(found) <= 20
    by_sent = dict(found)
    assert (by_sent[edge], by_sent[edge - 1]) == (STEP, 0)
    told = str(Curve(Way.RST, tuple(sorted(found)), is_search=True))
    assert f"at just {edge:,} bytes sent: 65,536 ({len(found)} plays)" in told


def test_where_there_is_no_edge_two_plays_tell() -> None:
    found = tuple(bisect(lambda _: 0, 1, 100_000))
    assert found == ((1, 0), (100_000, 0))
    told = "after a close the application saw no more of 100,000 bytes sent than of 1: 0 (2 plays)"
    assert str(Curve(Way.FIN, found, is_search=True)) == told
