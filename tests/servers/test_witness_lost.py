"""Lines of the witness that are lost, or cannot be written: the application goes on, and a sweep says so."""

import json
from pathlib import Path

import pytest

from tests.cli.command_line import Told, invoke
from tests.servers import test_witness
from tests.servers.test_witness import BODY, GUNICORN, HEAD
from tests.traces import trace_text
from tracereplay import load, play, serve

APPS = """
import itertools, os
from pathlib import Path
from tracereplay.witness import WSGI

numbers = itertools.count()
log = Path(os.environ["TRACEREPLAY_WITNESS"])
losses = {
    "cut off": lambda: log.write_bytes(b""),
    "removed": log.unlink,
    "rotated": lambda: log.rename(log.with_suffix(".1")),
    "kept": lambda: None,
}

def receive(environ, start_response):
    body = environ["wsgi.input"].read()
    if next(numbers) == 10:
        losses[os.environ["LOSS"]]()
    start_response("200 OK", [("Content-Length", "0")])
    return []

app = WSGI(receive)
"""
GTHREAD = f"{GUNICORN} --worker-class gthread --threads 8 "
CUTS = tuple(word for share in range(1, 31) for word in ("--cuts", f"body:{3 * share}%"))


@pytest.fixture
def put(tmp_path: Path) -> Path:
    """Return the recording of an upload, beside an application that takes it."""
    (tmp_path / "apps.py").write_text(test_witness.APPS + APPS, "utf-8")
    path = tmp_path / "put.txt"
    path.write_bytes(trace_text([("=> Send header", HEAD), ("=> Send data", BODY)]))
    return path


def told_by(put: Path, *args: str, loss: str) -> Told:
    log = put.parent / "witness.jsonl"
    env = {"TRACEREPLAY_WITNESS": str(log), "LOSS": loss}
    with serve(f"{GTHREAD} apps:app", cwd=put.parent, env=env) as server:
        return invoke(args[0], put, "--target", server.target, "--witness", log, *args[1:])


SWEEP = ("sweep", *CUTS, "--close", "fin", "--format", "jsonl")


@pytest.mark.parametrize("loss", ["cut off", "removed", "rotated"])
def test_a_sweep_does_not_go_on_without_the_lines_that_were_lost(loss: str, put: Path) -> None:
    told = told_by(put, *SWEEP, loss=loss)
    assert told.code == 2, told.out
    assert "witness.jsonl" in told.err
    assert "and nothing tells what stood there" in told.err


def test_a_sweep_whose_lines_are_kept_finds_all(put: Path) -> None:
    told = told_by(put, *SWEEP, loss="kept")
    last = {line["place"]: line["verdict"] for line in map(json.loads, told.out.splitlines())}
    assert set(last.values()) == {"truncated-taken-for-whole"}
    assert len(last) == 30


@pytest.mark.parametrize("loss", ["cut off", "removed", "rotated"])
def test_a_staircase_does_not_go_on_either(loss: str, put: Path) -> None:
    told = told_by(put, "staircase", "--close", "fin", "--step", "1k", loss=loss)
    assert (told.code, told.out) == (2, "")
    assert "and nothing tells what stood there" in told.err


LIMITED = ("bash", "-c", "trap '' XFSZ; ulimit -f $0; exec $@")  # so many KiB for the log, and for what it prints


@pytest.mark.parametrize("blocks", [4, 12])
def test_on_a_full_disk_the_application_answers_and_a_sweep_says_that_lines_are_missing(blocks: int, put: Path) -> None:
    log = put.parent / "witness.jsonl"
    command = (*LIMITED, str(blocks), *GTHREAD.split(), "apps:app")
    env = {"TRACEREPLAY_WITNESS": str(log), "LOSS": "kept"}
    with serve(command, cwd=put.parent, env=env) as server:
        told = invoke(SWEEP[0], put, "--target", server.target, "--witness", log, *SWEEP[1:], "--within", "0.5s")
        assert play(load(put).plan(), target=server.target).connection.answers[0].status == 200
    assert told.code == 2, told.out
    assert log.stat().st_size == blocks * 1024
    assert "still-started" not in told.out
    assert "truncated-taken-for-whole" in told.out  # of those whose lines are there
    assert "not any more at the end: lines of other plays may be missing" in told.err


def test_a_staircase_on_a_disk_that_becomes_full_is_refused(put: Path) -> None:
    log = put.parent / "witness.jsonl"
    env = {"TRACEREPLAY_WITNESS": str(log), "LOSS": "kept"}
    with serve((*LIMITED, "4", *GTHREAD.split(), "apps:app"), cwd=put.parent, env=env) as server:
        told = invoke("staircase", put, "--target", server.target, "--witness", log, "--close", "fin", "--step", "2k")
    assert (told.code, told.out) == (2, "")
    assert "the witness has not seen the whole request" in told.err


@pytest.mark.parametrize("name", ["/dev/full", "nowhere/log", "."], ids=["a full disk", "no folder", "a folder"])
@pytest.mark.parametrize("command", [f"{GTHREAD} apps:app", "uvicorn --fd {fd} --lifespan off apps:asynchronous"])
def test_an_application_answers_though_its_witness_cannot_write_and_a_sweep_is_refused(
    command: str, name: str, put: Path
) -> None:
    env = {"TRACEREPLAY_WITNESS": name, "LOSS": "kept"}
    with serve(command, cwd=put.parent, env=env) as server:
        told = invoke("sweep", put, "--target", server.target, "--witness", put.parent / "log", "--close", "fin")
        assert play(load(put).plan(), target=server.target).connection.answers[0].status == 200
        assert (
            1 <= server.output.count("tracereplay.witness: ") <= 5
        )  # each of them at its start, and not for each line
    assert (told.code, told.out) == (2, "")
    assert "has not seen the whole request" in told.err
    assert "which must be able to write there" in told.err


@pytest.mark.parametrize(
    "path", ["x" * 300, "put.txt/log", "/dev/full", "."], ids=["too long", "below a file", "a device", "a folder"]
)
@pytest.mark.parametrize("command", ["sweep", "staircase"])
def test_a_file_that_cannot_be_read_is_told_in_one_line(command: str, path: str, put: Path) -> None:
    name = path if path.startswith("/") else str(put.parent / path)
    told = invoke(command, put, "--target", "127.0.0.1:1", "--witness", name)
    assert (told.code, told.out) == (2, "")
    assert "cannot be read: " in told.err
    assert "Traceback" not in told.err
