"""What is looked at again, and what is then not told any more."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.samples import upload
from tests.judge import servers
from tests.judge.test_split import TOTAL, reading, sweep
from tests.judge.test_sweep import sweeping, swept
from tests.net.sink import Sink
from tracereplay.judge.again import in_turns
from tracereplay.judge.cell import Cell
from tracereplay.judge.missing import WHOLE
from tracereplay.judge.split import narrowed
from tracereplay.judge.sweep import Sweeping
from tracereplay.judge.verdict import Facts, Verdict
from tracereplay.library import load
from tracereplay.plan.way import Way

SAME = Facts(Way.FIN, WHOLE, 200, None, "none", "complete", is_cut=False)
OTHER = replace(SAME, differs=("body",))


def of(facts: Facts) -> Verdict:
    rule = "depends-on-segments" if facts.differs else None
    return Verdict("100%", "100%", TOTAL, facts, rule or "whole", "why", rule, "1")  # type: ignore[arg-type]


def each(period: int) -> Iterator[bytes]:
    """Yield bodies of which each so-and-so-many-th is another."""
    while True:
        yield from [b"right"] * (period - 1)
        yield b"wrong"


@pytest.mark.parametrize("period", [2, 5, 11])
@pytest.mark.parametrize("what", ["body", "status"])
def test_who_answers_otherwise_now_and_then_does_not_depend_on_segments(period: int, what: str, tmp_path: Path) -> None:
    bodies = each(period)
    of_status = servers.replying(lambda *_: servers.OK if next(bodies) == b"right" else servers.FAILED)
    with Sink(reading(lambda _: next(bodies)) if what == "body" else of_status) as sink:
        told = sweep(tmp_path, sink, "--split", "2", "--split", "1", "--format", "json")
    assert json.loads(told.out)["verdicts"].keys() <= {"whole", "flaky"}


@pytest.mark.parametrize("period", [2, 3, 5, 7])
def test_turns_are_in_step_with_nobody(period: int) -> None:
    for phase in range(period):
        bodies = each(period)
        _ = [next(bodies) for _ in range(phase)]

        def other() -> Facts:
            return OTHER if next(bodies) == b"wrong" else SAME  # noqa: B023 - called at once

        settled = in_turns(of(OTHER), lambda: of(other()), lambda: other().differs)
        assert settled is None or settled.rule == "flaky"


def test_what_always_differs_in_other_writes_and_never_in_the_recorded_ones_is_told() -> None:
    first = of(OTHER)
    assert in_turns(first, lambda: of(OTHER), lambda: ()) is first
    assert in_turns(first, lambda: of(OTHER), lambda: ("header x-name",)) is first, "that is another thing"
    assert in_turns(first, lambda: of(OTHER), lambda: ("body",)) is None
    assert in_turns(first, lambda: None, lambda: ()) is first, "it was stopped"


def test_what_was_narrowed_to_by_chance_is_not_told(tmp_path: Path) -> None:
    connection = load(upload(tmp_path)).plan().main_connection
    verdict = replace(of(OTHER), split="50")

    def play(_: Cell) -> Verdict:
        return of(OTHER)

    assert "alone does it" in narrowed(verdict, connection, play, lambda _, one: one).why
    assert narrowed(verdict, connection, play, lambda _, one: replace(one, rule="flaky")) is verdict


def test_a_server_that_fails_over_all_is_judged_alike_when_it_is_gone_on_with(tmp_path: Path) -> None:
    with Sink(servers.replying(lambda *_: servers.FAILED)) as sink:
        first = sweeping(tmp_path, sink.target, ["50%"])
        (verdict,) = swept(first).verdicts
        forgotten = replace(verdict, facts=replace(verdict.facts, is_usual=False))  # as it is read from a line
        again = Sweeping(first._cells, first._setting, done={(verdict.place, verdict.how, None): forgotten})
        sweep = swept(again)
    assert (verdict.kind, [one.kind for one in sweep.verdicts]) == ("rejected", ["rejected"])
