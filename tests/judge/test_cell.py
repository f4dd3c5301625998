"""Which plays a sweep makes."""

from pathlib import Path

import pytest

from tests.cli.samples import SENT, upload
from tests.traces import make_trace
from tracereplay.errors import PlanError
from tracereplay.judge.cell import cells, ways
from tracereplay.library import Plan, load
from tracereplay.plan.way import Way


def large(folder: Path, body: bytes, framing: bytes) -> Plan:
    head = b"POST / HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n\r\n"
    return make_trace(folder, [("=> Send header", head), ("=> Send data", body)]).plan()


def test_of_a_small_request_each_byte_way_by_way(tmp_path: Path) -> None:
    plan = load(upload(tmp_path)).plan()
    found = cells(plan.main_connection, (), [Way.HALF, Way.FIN])
    expected = [(way, at) for way in (Way.HALF, Way.FIN) for at in range(1, len(SENT) + 1)]
    assert [(one.way, one.place.at) for one in found] == expected
    assert {"head-end", "start-line-end", "last-byte", "100"} <= {one.place.name for one in found}


def test_of_a_large_one_the_places_where_servers_change_their_mind(tmp_path: Path) -> None:
    plan = large(tmp_path, b"x" * 300_000, b"Content-Length: 300000")
    found = [one.place for one in cells(plan.main_connection, (), [Way.FIN])]
    assert {
        *("body:65535", "body:65536", "body:65537", "body:131071", "body:131072", "body:131073"),
        *("body:262143", "body:262144", "body:262145", "10%", "50%", "90%"),
    } <= set(found)
    assert {"head-end", "head-end+1", "last-byte-1", "last-byte", "last-byte+1"} <= {one.name for one in found}
    assert len(found) < 40
    assert found == sorted(found, key=lambda one: one.at or 0)
    assert all(one.at for one in found)


def test_of_very_many_chunks_the_head_is_left(tmp_path: Path) -> None:
    plan = large(tmp_path, b"1\r\nx\r\n" * 4000 + b"0\r\n\r\n", b"Transfer-Encoding: chunked")
    found = [one.place.name for one in cells(plan.main_connection, (), [Way.FIN])]
    assert "head-end" in found
    assert "50%" in found
    assert len(found) < 40


def test_what_is_named_is_played_once_also_the_first_byte(tmp_path: Path) -> None:
    plan = load(upload(tmp_path)).plan()
    found = cells(plan.main_connection, ["0", "50%", "131", "100%"], [Way.RST])
    assert [(str(one.place), one.place.at) for one in found] == [("0", 0), ("50%", 131), ("100%", 262)]


def test_too_many_places_are_refused(tmp_path: Path) -> None:
    plan = large(tmp_path, b"x" * 20_000, b"Content-Length: 20000")
    with pytest.raises(PlanError, match="at most 10,000 are wanted"):
        cells(plan.main_connection, ["all"], [Way.RST])


def test_the_ways_are_a_list_each_once() -> None:
    assert ways("half, fin,half") == [Way.HALF, Way.FIN]
