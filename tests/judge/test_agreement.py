"""Where servers agree, and what is not said of plays that were not made."""

from dataclasses import replace

import pytest

from tests.judge.test_finding import verdict
from tracereplay.judge.agreement import Agreement, Server
from tracereplay.judge.cell import Cell
from tracereplay.judge.finding import Sweep
from tracereplay.judge.missing import UNKNOWN
from tracereplay.judge.verdict import Facts, Unheard
from tracereplay.plan.cuts import NamedPlace
from tracereplay.plan.way import Way
from tracereplay.show.agreement import report_agreement

LEFT = "2 plays were not made on every server, or told nothing of it"


def agreement(*servers: list[int | None]) -> Agreement:
    """Return what servers with these answers make of as many places; fewer answers are plays that were not made."""
    cells = tuple(Cell(NamedPlace(str(at), str(at), at), Way.HALF) for at in range(max(map(len, servers))))
    sweeps = [Sweep("t", "h:1", tuple(verdict(at, one) for at, one in enumerate(server)), 1.0) for server in servers]
    return Agreement("t", cells, tuple(Server(f"s{number}", sweep) for number, sweep in enumerate(sweeps)))


def rows(found: Agreement) -> list[tuple[int, int, bool | None]]:
    return [(int(one.first.place), one.count, one.agrees) for one in found.rows]


def test_neighbours_that_each_server_took_in_the_same_way_are_one_row() -> None:
    found = agreement([400, 400, 400, 200], [400, 400, 413, 400])
    assert rows(found) == [(0, 2, True), (2, 1, True), (3, 1, False)]
    assert (found.compared, [int(one.first.place) for one in found.differences]) == (4, [3])


def test_a_play_that_was_not_made_everywhere_agrees_with_nothing() -> None:
    found = agreement([400, 400, 400], [400])
    assert rows(found) == [(0, 1, True), (1, 2, None)]
    assert list(report_agreement(found))[-2:] == ["1 of 1 plays agree", LEFT]


def test_one_server_is_compared_with_none() -> None:
    found = agreement([400, 200])
    assert (found.compared, found.differences) == (0, [])
    assert list(report_agreement(found))[-2:] == ["nothing was compared", LEFT]


@pytest.mark.parametrize("unheard", ["early", "proxy"])
def test_a_play_that_told_nothing_of_a_server_agrees_with_nothing(unheard: Unheard) -> None:
    found = agreement([400, 400], [400, 400])
    blind = replace(found.servers[0].sweep.verdicts[1], facts=Facts(Way.HALF, UNKNOWN, 400, unheard=unheard))
    sweep = replace(found.servers[0].sweep, verdicts=(found.servers[0].sweep.verdicts[0], blind))
    found = replace(found, servers=(Server("s0", sweep), found.servers[1]))
    assert (rows(found), found.differences) == ([(0, 1, True), (1, 1, None)], [])
