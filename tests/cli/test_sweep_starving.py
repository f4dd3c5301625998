"""``tracereplay sweep --starve``: another client while one has paused, at real servers."""

import json
import re
import sys
from pathlib import Path
from shlex import quote

import pytest

from tests.cli.command_line import NOBODY, invoke, run
from tests.cli.samples import upload
from tracereplay import serve

APP = """\
def app(environ, start_response):
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""
SOME = ("--cuts", "10", "--close", "half")
GUNICORN = f"{sys.executable} -m gunicorn --no-control-socket -b fd://{{fd}} -w 1"


def test_a_server_with_one_worker_answers_nobody_else_during_a_stall(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP, "utf-8")
    started = f"{GUNICORN} app:app --chdir {quote(str(tmp_path))}"
    told = run("sweep", upload(tmp_path), "--server", started, *SOME, "--hang", "2s", "--starve", "/health")
    assert told.code == 1, told.err
    assert "starved: GET /health\n  while a client had paused in the middle of its body, another one got no" in told.out
    assert re.search(
        r"no answer to GET /health within 2(\.0)? s; alone it takes [01]\.\d{3} s$", told.out, re.MULTILINE
    )
    assert re.search(r"^plays +1 in .*: 1 finding$", told.out, re.MULTILINE)
    assert re.search(r"^GET /health: alone 200 in [01]\.\d+ s; during a stall timed out$", told.out, re.MULTILINE)


def test_a_server_with_threads_answers_and_the_times_are_told(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP, "utf-8")
    with serve(f"{GUNICORN} --threads 4 app:app", cwd=tmp_path) as server:
        args = ("--target", server.target, *SOME, "--starve", "/health", "--format", "json")
        told = invoke("sweep", upload(tmp_path), *args)
    starving = json.loads(told.out)["starving"]
    assert (starving["page"], starving["findings"]) == ("/health", [])
    for one in (starving["alone"], starving["during"]):
        assert (one["status"], one["failure"]) == (200, None)
        assert 0 < one["seconds"] < 5  # of which it hangs, by default
    assert "starved" not in told.err


def test_a_page_that_is_not_answered_alone_either_is_a_mistake_and_what_was_played_is_told(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP, "utf-8")
    with serve(f"{GUNICORN} --threads 4 app:app", cwd=tmp_path) as server:
        args = ("--target", server.target, *SOME, "--starve", "http://127.0.0.1:1/health")
        told = invoke("sweep", upload(tmp_path), *args)
    assert told.code == 2
    assert "starved" not in told.out
    why = "--starve http://127.0.0.1:1/health is not answered alone, either: [Errno 111] Connection refused"
    assert f"note          {why}\n" in told.out
    assert f"tracereplay: {why}\n" in told.err


@pytest.mark.parametrize("page", ["", "health", "http://", "https:///health", "ftp://x/health"])
def test_what_is_no_page_is_refused_before_anything_is_played(page: str, tmp_path: Path) -> None:
    told = invoke("sweep", upload(tmp_path), "--target", NOBODY, *SOME, "--starve", page)
    assert (told.code, told.out) == (2, "")
    assert f"--starve {page!r} is no page" in told.err
