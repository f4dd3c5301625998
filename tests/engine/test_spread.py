"""A spread against the sorted list of all values."""

import random

import pytest

from tracereplay.engine.spread import Spread


@pytest.mark.parametrize("seed", range(5))
def test_a_quantile_is_never_below_the_true_one_and_hardly_above(seed: int) -> None:
    rng = random.Random(seed)
    values = sorted(int(rng.lognormvariate(12, 3)) for _ in range(rng.randrange(1, 5000)))
    spread = Spread()
    for value in rng.sample(values, len(values)):
        spread.add(value)
    assert (spread.count, spread.least, spread.most) == (len(values), values[0], values[-1])
    for share in (0.0, 0.01, 0.5, 0.9, 0.99, 1.0):
        true = values[max(0, -int(-share * len(values) // 1) - 1)]
        assert true <= spread.quantile(share) <= true + true // 64, share


def test_its_memory_does_not_grow_with_what_it_counts() -> None:
    spread = Spread()
    for value in range(300_000):
        spread.add(value)
    assert len(spread._buckets) < 1100


def test_one_value_is_exact() -> None:
    spread = Spread()
    spread.add(1_234_567_891)
    assert spread.quantile(0.5) == 1_234_567_891


def test_nothing_has_no_median() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        Spread().quantile(0.5)
