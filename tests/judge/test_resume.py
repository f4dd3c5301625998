"""What an earlier run of a sweep has played, and need not be played again."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.samples import upload
from tracereplay.errors import PlanError
from tracereplay.judge.cell import Cell, Key
from tracereplay.judge.look import Look, Watch
from tracereplay.judge.missing import Missing
from tracereplay.judge.resume import resumed
from tracereplay.judge.setting import Setting
from tracereplay.judge.verdict import Facts, Verdict
from tracereplay.judge.witnessed import Witness
from tracereplay.library import load
from tracereplay.plan.cuts import NamedPlace
from tracereplay.plan.way import Way

CELL = Cell(NamedPlace("80", "80", 80), Way.HALF)
FACTS = Facts(Way.HALF, Missing("body", 10), 400, None, "fin", "peer")
OLD = Verdict("80", "80", 80, FACTS, "rejected", "why", command="play it")


def watch(*probes: str, settled: tuple[str, ...] = ()) -> Watch:
    first, second = (dict.fromkeys(names, int) for names in (probes, settled))
    return Watch(first, second, "1s")


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    whole = load(upload(tmp_path)).plan()
    return Setting(whole=whole, plan_of=lambda _: whole, command_of=lambda _: "play it")


def earlier(verdict: Verdict, setting: Setting, cell: Cell = CELL) -> Mapping[Key, Verdict]:
    return resumed({cell.key: verdict}, [cell], setting, "earlier.jsonl")


def test_what_was_played_in_the_same_way_is_not_played_again(setting: Setting) -> None:
    assert earlier(OLD, setting) == {CELL.key: OLD}


def test_of_what_was_played_otherwise_nothing_is_taken(setting: Setting) -> None:
    with pytest.raises(PlanError, match=r"^earlier\.jsonl: 80 was played otherwise: other, at byte 80"):
        earlier(replace(OLD, command="other"), setting)


def test_what_the_witness_was_not_asked_of_is_played_again(setting: Setting, tmp_path: Path) -> None:
    seeing = replace(setting, witness=Witness(tmp_path / "witness.jsonl"))
    asked = replace(OLD, facts=replace(FACTS, is_witnessed=True))
    assert earlier(OLD, seeing) == {}
    assert earlier(asked, seeing) == earlier(asked, setting) == {CELL.key: asked}


def test_what_these_probes_did_not_look_at_is_played_again(setting: Setting) -> None:
    looked = replace(OLD, facts=replace(FACTS, looks=(Look("files:*", 0, 0), Look("cmd:ls", 0, 0, is_settled=True))))
    same = replace(setting, watch=watch("files:*", settled=("cmd:ls",)))
    assert earlier(looked, same) == earlier(looked, setting) == {CELL.key: looked}
    assert earlier(OLD, same) == {}
    for other in (watch("files:*"), watch("files:*", "cmd:ls"), watch("files:x", settled=("cmd:ls",))):
        assert earlier(looked, replace(setting, watch=other)) == {}


@pytest.mark.parametrize(("split", "is_taken"), [("2", True), ("1", False), ("mtu", False), ("random:7", False)])
def test_what_was_sent_in_many_pieces_is_played_again(split: str, is_taken: bool, setting: Setting) -> None:
    cell = Cell(NamedPlace("80", "80", 80), Way.FIN, split, is_cut=False)
    old = replace(OLD, facts=replace(FACTS, way=Way.FIN, is_cut=False), split=split)
    assert (cell.key in earlier(old, setting, cell)) is is_taken
