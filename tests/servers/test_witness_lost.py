"""Lines of the witness that are lost, or cannot be written: the application goes on, and a sweep says so."""

import json
from pathlib import Path

import pytest

from tests.cli.command_line import Told, invoke
from tests.servers.test_witness import BODY, GUNICORN, HEAD
from tests.traces import trace_text
from tracereplay import serve

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
    (tmp_path / "apps.py").write_text(APPS, "utf-8")
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
