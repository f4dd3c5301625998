"""Which plays may have made a server ill: those that had not ended when it was last known to be well.

Many plays end in another order than they began in, and beside a whole request that is answered well others go on. So a
play is above suspicion only if it had ended before that request began.
"""

from collections.abc import Mapping, Sequence

from tracereplay.judge.verdict import Verdict


class Suspects:
    """The plays of a sweep, by their numbers, in the order of their ends; ``parallel`` of them go on at a time."""

    def __init__(self, parallel: int) -> None:
        self._parallel = parallel
        self._ended: list[int] = []
        self._innocent = 0
        self._under_way = 0

    @property
    def count(self) -> int:
        """How many plays have ended by now."""
        return len(self._ended)

    def note(self, number: int | None, count: int, *, is_well: bool) -> None:
        """Note that a play has ended well; None is the whole request, which began when ``count`` of them had ended."""
        if number is None and is_well:
            self.acquit(count)
        elif number is not None and is_well:
            self.add(number)

    def add(self, number: int) -> None:
        """Note that a play has ended."""
        self._ended.append(number)

    def acquit(self, count: int | None = None) -> None:
        """Note that the server was well after the first ``count`` plays had ended; None for all of them."""
        known = self.count if count is None or self._parallel == 1 else count
        self._innocent = max(self._innocent, known)

    def acquit_others(self) -> None:
        """Note that the server was well enough to answer the last play, where no other went on beside it."""
        if self._parallel == 1:
            self._innocent = max(self._innocent, self.count - 1)

    def broke_off(self, count: int) -> None:
        """Note how many plays were under way when the server did not look well."""
        self._under_way = 0 if self._parallel == 1 else count

    def last(self, verdicts: Mapping[int, Verdict]) -> tuple[int, str]:
        """Return the play that ended last, and which others may have done it as well, in the words of a sentence."""
        *others, last = self._ended[self._innocent :] or self._ended[-1:] or [max(verdicts)]
        told = [*self._told(others, verdicts), *self._told_under_way()]
        alone = "--parallel 1 --close half" if verdicts[last].facts.is_cut else "--parallel 1"
        return last, f", or {', or '.join(told)} (with {alone} there is no doubt which)," if told else ""

    def _told(self, others: Sequence[int], verdicts: Mapping[int, Verdict]) -> list[str]:
        if not others:
            return []
        first = verdicts[others[0]]
        where = f"{first.how} at {first.place}"
        if len(others) == 1:
            return [f"the one before it, {where}"]
        return [f"one of the {len(others):,} others since it was last well, from {where} on"]

    def _told_under_way(self) -> list[str]:
        return [f"one of up to {self._under_way:,} that were under way"] if self._under_way else []
