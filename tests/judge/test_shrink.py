"""The few of many numbers that matter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracereplay.judge.shrink import MOST_TRIALS, shrunk


@given(many=st.sets(st.integers(0, 500), min_size=1, max_size=60), data=st.data())
def test_of_those_that_fail_together_none_is_left_out_and_no_other_stays(many: set[int], data: st.DataObject) -> None:
    guilty = data.draw(st.sets(st.sampled_from(sorted(many)), min_size=1, max_size=4))
    assert set(shrunk(sorted(many), lambda some: guilty <= set(some), 10_000)) == guilty


@pytest.mark.parametrize("guilty", [0, 1, 12_345, 99_999])
def test_one_of_very_many_is_found_in_few_trials(guilty: int) -> None:
    trials = []

    def fails(some: list[int]) -> bool:
        trials.append(len(some))
        return guilty in some

    assert shrunk(range(100_000), fails) == [guilty]
    assert len(trials) <= 2 * 17
    assert MOST_TRIALS > 2 * 17


def test_trials_that_are_used_up_leave_what_still_fails() -> None:
    guilty = {1, 50, 99}
    found = shrunk(range(100), lambda some: guilty <= set(some), 5)
    assert guilty <= set(found)


def test_what_fails_only_as_a_whole_stays_whole() -> None:
    assert shrunk([1, 2, 3], lambda some: len(some) == 3) == [1, 2, 3]
