"""The signs of the verdicts."""

from typing import get_args

import pytest

from tests.show.sweeps import verdict
from tracereplay.judge.verdict import Kind
from tracereplay.plan.way import Way
from tracereplay.show.glyphs import glyph, group_of

KINDS = [one for arg in get_args(Kind) for one in (get_args(arg) or (arg,))]


def test_each_kind_has_a_sign_of_its_own() -> None:
    signs = {kind: glyph(kind) for kind in KINDS if kind not in ("unreached", "unjudged")}
    assert len(set(signs.values())) == len(signs)
    assert "!" not in signs.values()
    assert glyph("something-new") == "!"


@pytest.mark.parametrize(
    ("status", "way", "group"),
    [(200, Way.HALF, "wrong"), (400, Way.HALF, "right"), (200, Way.FIN, "unseen")],
    ids=["wrong", "right", "gone"],
)
def test_the_colour_says_what_it_comes_to(status: int, way: Way, group: str) -> None:
    assert group_of(verdict(5, status, way)) == group
