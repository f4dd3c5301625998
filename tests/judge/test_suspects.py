"""Which plays may have made a server ill."""

import pytest

from tracereplay.judge.missing import Missing
from tracereplay.judge.suspects import Suspects
from tracereplay.judge.verdict import Facts, Verdict
from tracereplay.plan.way import Way

FACTS = Facts(Way.FIN, Missing("body", 1))
VERDICTS = {number: Verdict(str(number), str(number), number, FACTS, "unseen", "") for number in range(10)}
DOUBT = "(with --parallel 1 --close half there is no doubt which),"


@pytest.mark.parametrize(
    ("ended", "well_after", "under_way", "last", "doubt"),
    [
        ([0, 2, 1], 2, 0, 1, ""),
        ([0, 3, 2, 1], 2, 0, 1, f", or the one before it, fin at 2 {DOUBT}"),
        ([3, 0, 2, 1], 0, 0, 1, f", or one of the 3 others since it was last well, from fin at 3 on {DOUBT}"),
        ([0, 1], 1, 2, 1, f", or one of up to 2 that were under way {DOUBT}"),
        ([0, 2, 1], 3, 0, 1, ""),
        ([], 0, 0, 9, ""),
    ],
    ids=["no other", "one more", "three more", "under way", "none at all", "none that was played"],
)
def test_who_had_ended_before_the_server_was_well_is_above_suspicion(
    ended: list[int], well_after: int, under_way: int, last: int, doubt: str
) -> None:
    suspects = Suspects(4)
    for number in ended:
        suspects.add(number)
    suspects.acquit(well_after)
    suspects.broke_off(under_way)
    assert suspects.last(VERDICTS) == (last, doubt)


def test_where_plays_are_made_one_by_one_an_answer_acquits_all_before_it() -> None:
    for parallel, doubt in ((1, ""), (2, f", or the one before it, fin at 0 {DOUBT}")):
        suspects = Suspects(parallel)
        suspects.add(0)
        suspects.add(1)
        suspects.acquit_others()
        assert suspects.last(VERDICTS) == (1, doubt)


def test_a_check_with_nothing_beside_it_acquits_all() -> None:
    for parallel, count in ((4, None), (1, 0)):
        suspects = Suspects(parallel)
        suspects.add(0)
        suspects.acquit(count)
        suspects.add(1)
        assert suspects.last(VERDICTS) == (1, "")
