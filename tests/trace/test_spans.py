import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracereplay.trace.spans import Spans


def spans_of(*ranges: tuple[int, int]) -> Spans:
    spans = Spans()
    for start, end in ranges:
        spans.add(start, end)
    return spans


def test_a_range_that_goes_on_makes_the_last_one_longer() -> None:
    spans = spans_of((0, 2), (2, 5), (7, 8), (9, 9))
    assert (list(spans), len(spans), spans.total) == ([(0, 5), (7, 8)], 2, 6)


def test_no_ranges_have_no_offset() -> None:
    with pytest.raises(ValueError, match="no ranges"):
        spans_of().offset_of(0)


def test_more_bytes_than_there_are_have_no_offset() -> None:
    with pytest.raises(ValueError, match="4 bytes of 3"):
        spans_of((5, 8)).offset_of(4)


@given(st.sets(st.integers(0, 60)), st.integers(0, 70), st.integers(0, 70))
def test_ranges_are_the_bytes_in_them(bytes_in: set[int], first: int, last: int) -> None:
    spans = spans_of(*((at, at + 1) for at in sorted(bytes_in)))
    inside = [at for start, end in spans for at in range(start, end)]
    assert inside == sorted(bytes_in)
    assert spans.total == len(inside)
    part = [at for start, end in spans.between(first, last) for at in range(start, end)]
    assert part == inside[first:last]
    for count in range(1, spans.total + 1):
        assert spans.offset_of(count) == inside[count - 1] + 1
        assert spans.offset_before(count - 1) == inside[count - 1]
    if inside:
        assert spans.offset_of(0) == inside[0]
        assert spans.offset_before(spans.total) == inside[-1] + 1


@pytest.mark.timeout(10)
def test_many_ranges_are_found_without_a_look_at_all() -> None:
    spans = spans_of(*((at * 4, at * 4 + 2) for at in range(20_000)))
    for at in range(20_000):
        assert (
            list(spans.between(at * 2 + 1, at * 2 + 3))
            == [(at * 4 + 1, at * 4 + 2), (at * 4 + 4, at * 4 + 5)][: 1 + (at < 19_999)]
        )
        assert spans.offset_of(at * 2 + 1) == at * 4 + 1
