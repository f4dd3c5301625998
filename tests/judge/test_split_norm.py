"""By what a whole request in other writes is judged: plays whose reads are not left to chance."""

import json
import re
import socket
import threading
from pathlib import Path

import pytest

from tests.judge import servers
from tests.judge.test_split import HEAD, TOTAL, findings, reading, sweep
from tests.net.sink import Seen, Sink, Talk

SPLITS = ("--split", "2", "--split", "1", "--split", "random:1")


def losing_what_comes_later() -> Talk:
    """Return a talk that loses the body when its first read holds the head alone."""
    return reading(lambda ends: b"lost the body" if ends[0] == HEAD else b"stored")


@pytest.mark.parametrize("_time", range(3))
def test_who_loses_a_body_that_does_not_come_with_its_head_is_found_each_time(_time: int, tmp_path: Path) -> None:
    with Sink(losing_what_comes_later()) as sink:
        told = sweep(tmp_path, sink, *SPLITS, "--format", "json")
    assert told.code == 1
    assert findings(told) == [("split recorded", "100%", "body", HEAD), ("split 2", "head-end", "body", HEAD)]
    assert json.loads(told.out)["notes"] == []
    assert json.loads(told.out)["verdicts"] == {"whole": TOTAL, "depends-on-segments": 2}


@pytest.mark.parametrize("_time", range(3))
def test_who_fails_over_a_body_that_comes_with_its_head_depends_on_segments_and_is_not_dead(
    _time: int, tmp_path: Path
) -> None:
    def talk(sock: socket.socket, seen: Seen) -> None:
        seen.data += sock.recv(65536)
        is_together = len(seen.data) > HEAD
        if servers.read(sock, seen):
            sock.sendall(servers.FAILED if is_together else servers.OK)

    with Sink(talk) as sink:
        told = sweep(tmp_path, sink, *SPLITS, "--format", "json")
    found = json.loads(told.out)
    assert {one["rule"] for one in found["findings"]} == {"depends-on-segments"}
    assert {one["status"] for one in found["findings"]} == {200}
    apart = HEAD + len(("recorded", "1", "random:1"))
    assert found["verdicts"] == {"depends-on-segments": apart, "whole": TOTAL + 2 - apart}


def test_the_reads_of_every_play_are_known(tmp_path: Path) -> None:
    seen: list[tuple[int, ...]] = []

    def talk_of(ends: list[int]) -> bytes:
        seen.append(tuple(ends))
        return b"ok"

    with Sink(reading(talk_of)) as sink:
        told = sweep(tmp_path, sink, "--split", "2")
    assert told.code == 0
    split = {(at, TOTAL) for at in range(1, TOTAL)}
    assert set(seen) == {(TOTAL,), *split}


def test_what_dies_of_a_split_is_told_without_a_word_of_cuts(tmp_path: Path) -> None:
    is_ill = threading.Event()

    def talk_of(ends: list[int]) -> bytes:
        if ends[0] == 100:
            is_ill.set()
        return b"ok"

    healthy = reading(talk_of)

    def talk(sock: socket.socket, seen: Seen) -> None:
        if is_ill.is_set():
            servers.read(sock, seen)
            sock.sendall(servers.FAILED)
        else:
            healthy(sock, seen)

    with Sink(talk) as sink:
        told = sweep(tmp_path, sink, "--split", "2", "--cuts", "every:20", "--format", "json")
    (finding,) = [one for one in json.loads(told.out)["findings"] if one["rule"] == "dead-afterwards"]
    assert re.search(
        r" others since it was last well, from split (2|recorded) at \S+ on \(with --parallel 1 there ", finding["why"]
    )
    assert not re.search(r"\bfin\b|--close", finding["why"])


def test_a_split_that_splits_nothing_is_told(tmp_path: Path) -> None:
    with Sink(servers.careful) as sink:
        told, quiet = (
            sweep(tmp_path, sink, "--split", "mtu", "--split", "1", "--format", "json", *more) for more in ((), ("-q",))
        )
    assert (told.code, quiet.code) == (0, 0)
    (note,) = json.loads(told.out)["notes"]
    assert note == "--split mtu splits nothing: no write of the recording is larger than its pieces"
    assert (told.err, quiet.err) == (f"note: {note}\n", "")
    assert json.loads(quiet.out)["notes"] == [note]
