"""A sweep with a witness that was stopped, and is gone on with: what was made of each play is still told."""

import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command_line import COMMAND, Told, environment, invoke
from tests.servers.test_witness import APPS, GUNICORN
from tests.servers.witnessing import beside
from tracereplay import Server, serve

BODY = b"x" * 2_000
HEAD = b"PUT /raw HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(BODY)
PLAYS = len(BODY) // 100 - 1
CUTS = ("--cuts", "body:every:100", "--close", "fin")
ALL = Counter({"truncated-taken-for-whole": PLAYS})


@pytest.fixture
def put(tmp_path: Path) -> Path:
    """Return the recording of an upload, beside applications that take it."""
    return beside(APPS, tmp_path / "put.txt", HEAD, BODY)


@pytest.fixture
def server(put: Path) -> Iterator[Server]:
    """Yield a server whose application takes each part for the whole."""
    log = {"TRACEREPLAY_WITNESS": str(put.parent / "witness.jsonl")}
    with serve(f"{GUNICORN} --workers 2 apps:naive", cwd=put.parent, env=log) as running:
        yield running


def words(put: Path, server: Server) -> list[str]:
    return ["sweep", str(put), "--target", server.target, *CUTS]


def swept(put: Path, server: Server, *more: object) -> Told:
    return invoke(*words(put, server), "--witness", put.parent / "witness.jsonl", *more)


def verdicts(told: Told) -> Counter[str]:
    assert told.code in (0, 1), told.err
    return Counter(json.loads(told.out)["verdicts"])


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_what_was_played_before_it_was_stopped_is_judged_as_if_it_had_not_been(
    how: signal.Signals, put: Path, server: Server
) -> None:
    told = put.parent / "told.jsonl"
    witness = ["--witness", str(put.parent / "witness.jsonl"), "--parallel", "1", "--format", "jsonl"]
    with told.open("w", encoding="utf-8") as kept:
        process = subprocess.Popen(
            [*COMMAND, *words(put, server), *witness], stdout=subprocess.PIPE, env=environment(), text=True
        )
        assert process.stdout is not None
        for _ in range(5):
            kept.write(process.stdout.readline())
        process.send_signal(how)
        kept.write(process.stdout.read())
        process.stdout.close()
        process.wait(30)
    assert verdicts(swept(put, server, "--resume", told, "--format", "json")) == ALL


def test_what_a_whole_sweep_has_told_is_not_played_again(put: Path, server: Server) -> None:
    lines = swept(put, server, "--format", "jsonl").out.splitlines(keepends=True)
    told = put.parent / "told.jsonl"
    told.write_text("".join(lines), "utf-8")
    again = swept(put, server, "--resume", told, "--format", "jsonl").out.splitlines(keepends=True)
    assert again == lines[PLAYS:]
    assert {json.loads(line)["witnessed"] for line in lines[:PLAYS]} == {False}
    assert {json.loads(line)["witnessed"] for line in again} == {True}


def test_what_was_played_without_a_witness_is_played_again_with_one(put: Path, server: Server) -> None:
    told = put.parent / "told.jsonl"
    told.write_text(invoke(*words(put, server), "--format", "jsonl").out, "utf-8")
    assert verdicts(swept(put, server, "--resume", told, "--format", "json")) == ALL


def test_what_was_seen_by_then_is_told_when_it_is_stopped(put: Path, server: Server) -> None:
    witness = ["--witness", str(put.parent / "witness.jsonl"), "--parallel", "1", "--format", "jsonl"]
    process = subprocess.Popen(
        [*COMMAND, *words(put, server), *witness, "--cuts", "body:all"],
        stdout=subprocess.PIPE,
        env=environment(),
        text=True,
    )
    assert process.stdout is not None
    first = [process.stdout.readline() for _ in range(20)]
    process.send_signal(signal.SIGINT)
    rest = process.stdout.read()
    process.stdout.close()
    assert process.wait(30) == 130
    lines = [json.loads(line) for line in (*first, *rest.splitlines())]
    assert any(line["verdict"] == "truncated-taken-for-whole" for line in lines)


def test_what_was_played_is_told_though_the_witness_is_cut_off_meanwhile(put: Path, server: Server) -> None:
    log, xml = put.parent / "witness.jsonl", put.parent / "report.xml"
    witness = ["--witness", str(log), "--parallel", "1", "--format", "jsonl", "--report-junit", str(xml)]
    process = subprocess.Popen(
        [*COMMAND, *words(put, server), *witness, "--cuts", "body:all"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        text=True,
    )
    assert process.stdout is not None
    first = [process.stdout.readline() for _ in range(20)]
    os.truncate(log, 0)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, all(first)) == (2, True)
    assert f"tracereplay: {log} " in err
    told = xml.read_text("utf-8")
    assert 'errors="1"' in told
    assert f"plays at {server.target}: " in told
