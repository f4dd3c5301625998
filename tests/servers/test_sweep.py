"""A sweep of servers that people use: what it finds there, without a word about what to look for."""

import json
from pathlib import Path

import pytest

from tests.cli.command_line import Told, invoke
from tests.memory import folder_in_memory
from tests.traces import trace_text
from tracereplay import serve

EXAMPLES = Path(__file__).parents[2] / "examples"
GUNICORN = "gunicorn --no-control-socket --timeout 2 --bind fd://{fd} "
FORM_APP = """
from flask import Flask, request

app = Flask(__name__)


@app.post("/form")
def receive():
    return {name: len(value) for name, value in request.form.items()}
"""
PART = b'--BOUNDARY\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
FORM = PART % (b"name", b"value") + PART % (b"other", b"another value") + b"--BOUNDARY--\r\n"
TYPE = b"Content-Type: multipart/form-data; boundary=BOUNDARY\r\n"
HEAD = b"POST /form HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n" % (TYPE, len(FORM))
START_LINE = len(b"POST /form HTTP/1.1")
LINE_END = len(HEAD) + len(FORM) - 2
FILE = b'--BOUNDARY\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\ncontent\r\n--BOUNDARY--\r\n'
UPLOAD = b"POST /files HTTP/1.1\r\nHost: x\r\n%s%s\r\n\r\n"


def findings(told: Told) -> list[tuple[str, int, str, int]]:
    return [(one["rule"], one["at"], one["how"], one["status"]) for one in json.loads(told.out)["findings"]]


@pytest.fixture
def form(tmp_path: Path) -> Path:
    """Return the recording of a small form, beside an application that takes it."""
    (tmp_path / "form_app.py").write_text(FORM_APP, "utf-8")
    path = tmp_path / "form.txt"
    path.write_bytes(trace_text([("=> Send header", HEAD), ("=> Send data", FORM)]))
    return path


@pytest.mark.parametrize(
    ("command", "at"),
    [
        (f"{GUNICORN} form_app:app", [len(HEAD), LINE_END]),
        (f"{GUNICORN} -k gthread --threads 4 form_app:app", [len(HEAD), LINE_END]),
        # It takes a head that is cut short for a whole one: of a form without a Content-Length nothing is missing.
        ("flask --app form_app run --port {port}", [START_LINE]),
    ],
    ids=["gunicorn sync", "gunicorn gthread", "werkzeug dev"],
)
def test_what_flask_makes_of_a_form_cut_at_each_byte(command: str, at: list[int], form: Path) -> None:
    with serve(command, cwd=form.parent) as server:
        told = invoke("sweep", form, "--target", server.target, "--close", "half", "--format", "json")
    assert (told.code, findings(told)) == (1, [("2xx-for-incomplete", one, "half", 200) for one in at])
    assert json.loads(told.out)["verdicts"]["2xx-for-incomplete"] > 50


@pytest.mark.parametrize(
    ("framing", "body"),
    [
        (b"Content-Length: %d" % len(FILE), FILE),
        (
            b"Transfer-Encoding: chunked",
            b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in (FILE[:50], FILE[50:], b"")),
        ),
    ],
    ids=["with a length", "in chunks"],
)
def test_a_careful_application_refuses_whatever_is_cut_short(framing: bytes, body: bytes, tmp_path: Path) -> None:
    trace = tmp_path / "upload.txt"
    trace.write_bytes(trace_text([("=> Send header", UPLOAD % (TYPE, framing)), ("=> Send data", body)]))
    folder = EXAMPLES / "flask_uploads"
    with (
        folder_in_memory() as memory,
        serve(f"{GUNICORN} careful:app", cwd=folder, env={"DATABASE": str(memory / "db")}) as server,
    ):
        told = invoke("sweep", trace, "--target", server.target, "--close", "half", "--format", "json")
        whole = invoke("play", trace, "--target", server.target, "--format", "json")
    assert (told.code, findings(told)) == (0, [])
    assert json.loads(told.out)["verdicts"]["rejected"] > 50
    assert json.loads(whole.out)["connections"][0]["answers"][0]["status"] == 200


@pytest.mark.parametrize("name", ["form.txt", "stream.txt"])
def test_uvicorn_refuses_whatever_is_cut_short(name: str, tmp_path: Path) -> None:
    folder = EXAMPLES / "fastapi_uvicorn"
    with serve("uvicorn --fd {fd} uploads:app", cwd=folder, env={"JOURNAL": str(tmp_path / "journal")}) as server:
        told = invoke("sweep", folder / name, "--target", server.target, "--close", "half,rst", "--format", "json")
    assert (told.code, findings(told)) == (0, [])
    assert json.loads(told.out)["verdicts"]["closed"] > 20
