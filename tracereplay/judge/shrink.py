"""The few of many numbers that matter: delta debugging (Zeller and Hildebrandt, 2002)."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

MOST_TRIALS = 256


def shrunk(many: Sequence[int], still_fails: Callable[[list[int]], bool], most_trials: int = MOST_TRIALS) -> list[int]:
    """Return a part of ``many``, which is known to fail, that fails as well.

    Without any one of it, it does not; unless ``most_trials`` were used up. Halves are tried first, then quarters and
    what is left without each of them, and so on.
    """
    found, parts, trials = list(many), 2, 0
    while len(found) > 1:
        for trial, parts_then in _trials(found, parts):
            if trials == most_trials:
                return found
            trials += 1
            if still_fails(trial):
                found, parts = trial, parts_then
                break
        else:
            if parts >= len(found):
                break
            parts = min(2 * parts, len(found))
    return found


def _trials(found: list[int], parts: int) -> Iterator[tuple[list[int], int]]:
    """Yield what is to be tried, and in how many parts it is taken apart when it fails."""
    bounds = [len(found) * number // parts for number in range(parts + 1)]
    for start, end in pairwise(bounds):
        yield found[start:end], 2
    if parts > 2:
        for start, end in pairwise(bounds):
            yield found[:start] + found[end:], parts - 1
