"""Whole requests in other writes, sent to servers that mind and to servers that do not."""

import json
import select
import shlex
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command_line import Told, invoke
from tests.cli.samples import REQUEST, SENT, upload
from tests.judge import servers
from tests.net.sink import Seen, Sink, Talk
from tracereplay.errors import PlanError
from tracereplay.judge.split import ends_of, segments_of, split_cells
from tracereplay.library import load

HEAD, TOTAL = len(REQUEST), len(SENT)


def reading(body_of: Callable[[list[int]], bytes], *, headers: str = "") -> Talk:
    """Return a talk that answers with what it makes of where its reads of the whole request ended."""

    def talk(sock: socket.socket, seen: Seen) -> None:
        ends: list[int] = []
        while not servers.is_whole(bytes(seen.data)):
            chunk = sock.recv(65536)
            if not chunk:
                return
            seen.data += chunk
            ends.append(len(seen.data))
        body = body_of(ends)
        sock.sendall(f"HTTP/1.1 200 OK\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    return talk


def sweep(folder: Path, sink: Sink, *args: str) -> Told:
    return invoke("sweep", upload(folder), "--target", sink.target, *args)


def findings(told: Told) -> list[tuple[str, str, str, int]]:
    """Return of each finding how it was sent, its place, what differs and the byte."""
    return [
        (one["how"], one["place"], one["why"].partition("pieces: ")[2].partition(";")[0], one["at"])
        for one in json.loads(told.out)["findings"]
    ]


def test_every_split_in_two_and_every_list_of_pieces_once(tmp_path: Path) -> None:
    connection = load(upload(tmp_path)).plan().main_connection
    found = split_cells(connection, ["2", "1", "1", "random:7"], ())
    assert [one.place.at for one in found] == [TOTAL, *range(1, TOTAL), TOTAL, TOTAL]
    assert [one.how for one in (*found[:2], *found[-3:])] == [
        f"split {one}" for one in ("recorded", "2", "2", "1", "random:7")
    ]
    assert [segments_of(one) for one in (found[1], *found[-2:])] == ["lockstep:at:1", "lockstep:1", "lockstep:random:7"]
    named = split_cells(connection, ["2"], ["head:100%", "100%"])
    assert [one.place.at for one in named] == [TOTAL, HEAD]
    assert list(ends_of(connection, "50")) == [50, HEAD, HEAD + 50, HEAD + 100, HEAD + 150]


@pytest.mark.parametrize(
    ("splits", "specs", "message"),
    [
        (["1"], ["50%"], "--cuts says where a request is split in two"),
        (["lockstep:1"], (), "pieces are always sent in lockstep"),
        (["words"], (), "says nothing of segments"),
        (["2"], ["100%"], "there is no place to split at"),
    ],
)
def test_what_splits_nothing_is_refused(splits: list[str], specs: list[str], message: str, tmp_path: Path) -> None:
    connection = load(upload(tmp_path)).plan().main_connection
    with pytest.raises(PlanError, match=message):
        split_cells(connection, splits, specs)


def test_a_server_that_reads_a_stream_is_right_by_any_split(tmp_path: Path) -> None:
    with Sink(servers.careful) as sink:
        told = sweep(tmp_path, sink, "--split", "2", "--split", "1", "--split", "random:1", "--format", "json")
    assert (told.code, findings(told)) == (0, [])
    assert json.loads(told.out)["verdicts"] == {"whole": TOTAL + 2}


@pytest.mark.parametrize("split", ["2", "1"])
def test_the_one_read_that_matters_is_found(split: str, tmp_path: Path) -> None:
    fatal = TOTAL - 9
    with Sink(reading(lambda ends: b"wrong" if fatal in ends else b"right")) as sink:
        told = sweep(tmp_path, sink, "--split", split, "--format", "json")
        command = json.loads(told.out)["findings"][0]["command"]
        again = invoke(*shlex.split(command)[1:])
    assert told.code == 1
    place = {"2": str(fatal), "1": "100%"}[split]
    assert findings(told) == [(f"split {split}", place, "body", fatal)]
    assert f"--segments lockstep:at:{fatal}" in command
    assert again.code == 0


def test_two_reads_that_matter_together_are_both_told(tmp_path: Path) -> None:
    with Sink(reading(lambda ends: b"wrong" if {20, 200} <= set(ends) else b"right")) as sink:
        one, two = (sweep(tmp_path, sink, "--split", split, "--format", "json") for split in "12")
    assert (one.code, two.code) == (1, 0)
    assert "those at bytes 20, 200 together do it" in json.loads(one.out)["findings"][0]["why"]
    assert "--segments lockstep:at:20,200" in json.loads(one.out)["findings"][0]["command"]


def test_many_reads_that_matter_together_keep_the_command_of_the_split_itself(tmp_path: Path) -> None:
    with Sink(reading(lambda ends: b"wrong" if len(ends) > 100 else b"right")) as sink:
        told = sweep(tmp_path, sink, "--split", "1", "--format", "json")
    (finding,) = json.loads(told.out)["findings"]
    assert "--segments lockstep:1 " in f"{finding['command']} "
    assert "together do it" in finding["why"]


def test_neighbours_that_differ_alike_are_one_finding_in_words(tmp_path: Path) -> None:
    with Sink(reading(lambda _: b"ok", headers="X-Reads: 1\r\n")) as sink:
        told = sweep(tmp_path, sink, "--split", "2")
    assert told.code == 0
    with Sink(reading(lambda ends: b"wrong" if min(ends) < 20 else b"ok")) as sink:
        told = sweep(tmp_path, sink, "--split", "2", "--split", "7")
    assert told.code == 1
    assert "depends-on-segments: split 2, answer 200, at 19 places from byte 1 to byte 19\n" in told.out
    assert "depends-on-segments: split 7, answer 200\n" in told.out
    assert "splits the one at byte 7 alone does it" in told.out


def test_what_differs_between_equal_plays_is_not_compared_and_that_is_told(tmp_path: Path) -> None:
    numbers: list[int] = []

    def numbered(ends: list[int]) -> bytes:
        numbers.append(1)
        return json.dumps({"id": len(numbers), "size": "wrong" if 50 in ends else "right"}).encode()

    talk = reading(numbered, headers="Content-Type: application/json\r\n")
    with Sink(talk) as sink:
        told = sweep(tmp_path, sink, "--split", "2", "--format", "json", "--parallel", "1")
    assert findings(told) == [("split 2", "50", "body.size", 50)]
    assert "note: answers to equal requests differ, and so this is not compared: body.id" in told.err


def test_a_finding_goes_into_the_baseline_and_a_line_can_be_read_again(tmp_path: Path) -> None:
    baseline, lines = tmp_path / "baseline.json", tmp_path / "sweep.jsonl"
    some = ("--split", "2", "--cuts", "every:50")
    with Sink(reading(lambda ends: b"wrong" if 100 in ends else b"right")) as sink:
        lines.write_text(sweep(tmp_path, sink, *some, "--format", "jsonl").out, "utf-8")
        accepted = sweep(tmp_path, sink, *some, "--baseline", str(baseline), "--accept")
        again = sweep(tmp_path, sink, *some, "--baseline", str(baseline))
        resumed = sweep(tmp_path, sink, *some, "--resume", str(lines), "--format", "json")
    assert (accepted.code, again.code, resumed.code) == (0, 0, 1)
    assert '{"rule": "depends-on-segments", "place": "100", "how": "split 2", "status": 200}' in baseline.read_text()
    assert findings(resumed) == [("split 2", "100", "body", 100)]
    assert json.loads(lines.read_text().splitlines()[2])["differs"] == ["body"]


def test_what_was_found_in_many_pieces_is_found_again_by_who_goes_on(tmp_path: Path) -> None:
    lines = tmp_path / "sweep.jsonl"
    with Sink(reading(lambda ends: b"wrong" if 100 in ends else b"right")) as sink:
        lines.write_text(sweep(tmp_path, sink, "--split", "1", "--format", "jsonl").out, "utf-8")
        resumed = sweep(tmp_path, sink, "--split", "1", "--resume", str(lines), "--format", "json")
    assert findings(resumed) == [("split 1", "100%", "body", 100)], resumed.err


def test_a_server_that_never_answers_a_split_is_told_by_its_answers(tmp_path: Path) -> None:
    def talk(sock: socket.socket, seen: Seen) -> None:
        seen.data += sock.recv(65536)
        select.select([sock], [], [], 0.05)
        seen.data += sock.recv(65536) if len(seen.data) < TOTAL and len(seen.data) >= HEAD else b""
        if servers.is_whole(bytes(seen.data)):
            sock.sendall(servers.OK)
        else:
            sock.recv(65536)

    with Sink(talk) as sink:
        told = sweep(tmp_path, sink, "--split", "2", "--cuts", "20", "--hang", "0.5s", "--format", "json")
    assert told.code == 1
    assert findings(told) == [("split 2", "20", "answers", 20)]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--close", "half"], "--close says how a cut is left, and with --split nothing is cut"),
        (["--hold", "1s"], "--hold says how a cut is left"),
        (["--segments", "mtu"], "--segments and --split both say in which writes"),
        (["--split", "at:9999"], "no write can end at byte 9,999"),
    ],
)
def test_what_does_not_go_together_is_refused(args: list[str], message: str, tmp_path: Path) -> None:
    with Sink(servers.careful) as sink:
        told = sweep(tmp_path, sink, "--split", "2", *args)
    assert (told.code, message in told.err) == (2, True)
