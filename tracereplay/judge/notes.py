"""What is to be known of a sweep as a whole, in sentences."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from tracereplay.judge.verdict import Kind, Verdict

_BY_TURNS = 5  # plays, of which each is as the one before the last, and not as the last


def notes_of(verdicts: Sequence[Verdict], varies: Collection[str]) -> Iterator[str]:
    """Yield what the verdicts, in the order of a Sweep, do not tell one by one.

    ``varies`` is what of the answers to equal requests differs.
    """
    if varies and any(not one.facts.is_cut for one in verdicts):
        yield f"answers to equal requests differ, and so this is not compared: {', '.join(sorted(varies))}"
    for why, count in Counter(one.why for one in verdicts if one.kind == "unjudged").items():
        yield f"{count:,} unjudged: {why}"
    for how, group in groupby(verdicts, lambda one: one.how):
        yield from _alternating(how, list(group))


def _alternating(how: str, verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield where right and wrong alternate from place to place, as who is flaky does it, too."""
    for run in _by_turns(verdicts):
        kinds = _kinds(run)
        if len(run) >= _BY_TURNS and not all(run):
            yield (
                f"{how}: from {run[0].place} to {run[-1].place} the verdict is {kinds[0]} and {kinds[1]} by turns, at"
                f" {len(run)} places: it may be the server that changes, and not the place; --twice looks at each again"
            )


def _by_turns(verdicts: Sequence[Verdict]) -> Iterator[list[Verdict]]:
    """Yield the longest runs of two kinds that alternate; what ends one may begin the next."""
    run: list[Verdict] = []
    for one in verdicts:
        if len(run) > 1 and one.kind != run[-2].kind:
            yield run
            run = run[-1:]
        if run and one.kind == run[-1].kind:
            yield run
            run = []
        run.append(one)
    yield run


def _kinds(run: Sequence[Verdict]) -> list[Kind]:
    return [one.kind for one in run[:2]]
