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
    "one step, and no more": (
        [(8191, 0), (8192, 8192), (16_384, 8192), (24_576, 8192)],
        Fit("irregular", (8192, 8192), (8191, 8192), (0, 16_384), 8192),
        "while the client pauses the application saw 8,192 bytes, the first at 8,192, and no more of up to 24,576",
    ),
    "more than was sent": (
        [(8192, 8242), (16_384, 16_434)],
        Fit("irregular", (8192, 8242), (0, 8192), (-50, -50), 8192),
        (
            "while the client pauses more was seen than was sent, by up to 50 bytes: others upload, too, or it is no"
            " sum of bytes"
        ),
    ),
    "fewer with more": (
        [(8192, 8192), (16_384, 16_384), (24_576, 4096), (32_768, 32_768)],
        Fit("irregular", (8192, 28_672), (0, 8192), (0, 20_480), 8192),
        (
            "while the client pauses fewer bytes were seen of 24,576 that were sent than of 16,384: 4,096 after 16,384;"
            " it was 0 to 20,480 bytes behind"
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
    seen = points(spacing, STEP * count, behind=behind)
    fit = Fit.of(seen)
    first = next(sent for sent, so_far in seen if so_far)
    assert fit.shape == "staircase"
    assert fit.steps is not None
    assert fit.steps[0] <= STEP <= fit.steps[1] + behind
    assert fit.edge == (first - spacing, first)


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
