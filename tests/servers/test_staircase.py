"""How servers that people use buffer an upload: what the application has when the client stops."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.cli.command_line import Told, invoke
from tests.programs import lack
from tests.servers.witnessing import READ_ALL, beside
from tracereplay import serve

EXAMPLE = Path(__file__).parents[2] / "examples" / "flask_uploads"
APPS = f"""
import careful
from tracereplay.witness import ASGI, WSGI
{READ_ALL}
flask = WSGI(careful.app)
stream = ASGI(read_all)
"""
PART = b'--BOUNDARY\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
BODY = PART + b"123456789\n" * 30_000 + b"\r\n--BOUNDARY--\r\n"
TYPE = b"Content-Type: multipart/form-data; boundary=BOUNDARY\r\n"
HEAD = b"POST /files HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n"
THREADS = "gunicorn --no-control-socket --worker-class gthread --threads 4 --bind fd://{fd} apps:flask"
STEPS = ("--step", "32k", "--to", "200k")
READ_BYTES = 65_536

Curve = dict[str, object]


@pytest.fixture
def form(tmp_path: Path) -> Path:
    """Return the recording of an upload, beside the applications that take it."""
    for name in ("careful.py", "ledger.py", "streaming.py"):
        shutil.copy(EXAMPLE / name, tmp_path)
    writes = [BODY[at : at + 60_000] for at in range(0, len(BODY), 60_000)]
    return beside(APPS, tmp_path / "form.txt", HEAD % (TYPE, len(BODY)), *writes)


def told_by(form: Path, command: str, *args: str) -> Told:
    log, database = form.parent / "witness.jsonl", form.parent / "uploads.db"
    environment = {"TRACEREPLAY_WITNESS": str(log), "DATABASE": str(database)}
    with serve(command, cwd=form.parent, env=environment) as server:
        eye = () if "--probe" in args else ("--witness", str(log))
        return invoke("staircase", form, "--target", server.target, *eye, *args, "--format", "json")


def curves(told: Told) -> dict[object, Curve]:
    assert told.code == 0, told.err
    return {one["how"]: one for one in json.loads(told.out)["curves"]}


def pair(curve: Curve, name: str) -> tuple[int, int]:
    value = curve[name]
    assert isinstance(value, list)
    low, high = value
    return low, high


def test_a_form_under_gunicorn_comes_in_whole_reads_until_the_end_is_known(form: Path) -> None:
    found = curves(told_by(form, THREADS, *STEPS))
    for how in ("stall", "rst"):
        assert (found[how]["shape"], found[how]["steps"]) == ("staircase", [READ_BYTES, READ_BYTES])
        assert found[how]["points"] == [
            [sent, sent // READ_BYTES * READ_BYTES] for sent in range(32_768, 200_000, 32_768)
        ]
    assert (found["fin"]["shape"], found["fin"]["behind"]) == ("line", [0, 0])


def test_what_the_handler_was_given_is_seen_by_a_probe(form: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the file, without the head of its part, and without what may be the beginning of a boundary."""
    monkeypatch.chdir(form.parent)
    probe = "sql:uploads.db SELECT coalesce(sum(file_bytes), 0) FROM uploads"
    found = curves(told_by(form, THREADS, *STEPS, "--close", "rst,fin", "--probe", probe))
    assert found["rst"]["shape"] == "staircase"
    low, high = pair(found["rst"], "steps")
    assert READ_BYTES - len(PART) - 64 <= low <= high <= READ_BYTES + 64
    assert found["fin"]["shape"] == "line"
    low, high = pair(found["fin"], "behind")
    assert len(PART) <= low <= high <= len(PART) + 64


def test_a_stream_under_uvicorn_is_a_line(form: Path) -> None:
    found = curves(told_by(form, "uvicorn --fd {fd} --lifespan off apps:stream", "--step", "32k", "--to", "100k"))
    assert {how: (one["shape"], one["behind"]) for how, one in found.items()} == {
        how: ("line", [0, 0]) for how in ("stall", "rst", "fin")
    }


def test_waitress_gives_nothing_before_it_has_all(form: Path) -> None:
    if shutil.which("waitress-serve", path=str(Path(sys.executable).parent)) is None:
        lack("waitress is not installed")
    command = "waitress-serve --listen {host}:{port} apps:flask"
    found = curves(told_by(form, command, "--step", "64k", "--to", "200k"))
    assert {one["shape"] for one in found.values()} == {"flat"}


def test_an_edge_is_found_to_the_byte(form: Path) -> None:
    found = curves(told_by(form, THREADS, "--bisect", "--close", "rst"))
    assert "for the first time at just 65,536 bytes sent: 65,536" in str(found["rst"]["why"])
    assert "(20 plays)" in str(found["rst"]["why"])


def test_without_a_look_at_the_application_nothing_can_be_said(form: Path) -> None:
    told = invoke("staircase", form)
    assert (told.code, told.out) == (2, "")
    assert "Either --witness or --probe" in told.err
    blind = told_by(form, THREADS, "--probe", "cmd:echo 7")
    assert blind.code == 2
    assert "has not grown by the whole upload" in blind.err
    short = told_by(form, THREADS, "--step", "1M", "--to", "2M")
    assert (short.code, "and no cut is at a multiple of 1M" in short.err) == (2, True)


def test_people_get_sentences_a_plot_and_a_table(form: Path) -> None:
    log = form.parent / "witness.jsonl"
    environment = {"TRACEREPLAY_WITNESS": str(log), "DATABASE": str(form.parent / "uploads.db")}
    with serve(THREADS, cwd=form.parent, env=environment) as server:
        page = form.parent / "staircase.html"
        args = ["--witness", log, "--close", "rst,fin", *STEPS, "--report-html", page]
        told = invoke("staircase", form, "--target", server.target, *args)
    lines = told.out.splitlines()
    assert lines[0] == f"{form} => {server.target}"
    assert lines[1].startswith(
        "rst           after a reset the application saw the bytes in steps of 65,536, the first"
    )
    assert lines[2] == "fin           after a close the application had seen every byte that was sent"
    assert "r rst, f fin" in told.out
    assert lines[-1].split() == ["196,608", "196,608", "196,608"]
    text = page.read_text("utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert lines[2].removeprefix("fin").strip() in text
    assert "<svg" in text
    assert "196,608" in text
