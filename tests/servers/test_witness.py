"""What applications under real servers read of a message that is cut short, by the witness that they carry."""

import json
from pathlib import Path

import pytest

from tests.cli.command_line import invoke
from tests.servers.witnessing import READ_ALL, beside
from tracereplay import serve

APPS = f"""
import time
from tracereplay.witness import ASGI, WSGI

def receive(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", "0")])
    return []

def careful(environ, start_response):
    body = environ["wsgi.input"].read()
    is_whole = len(body) == int(environ["CONTENT_LENGTH"])
    start_response("200 OK" if is_whole else "400 Bad Request", [("Content-Length", "0")])
    return []

{READ_ALL}
naive = WSGI(receive)
careful = WSGI(careful)
asynchronous = ASGI(read_all)
"""
BODY = b"x" * 20_000
HEAD = b"PUT /raw HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(BODY)
CUTS = ("--cuts", "head:50%", "--cuts", "head:100%", "--cuts", "body:50%", "--close", "fin,rst,half")
GUNICORN = "gunicorn --no-control-socket --timeout 20 --bind fd://{fd} "

Line = dict[str, object]


@pytest.fixture
def put(tmp_path: Path) -> Path:
    """Return the recording of an upload, beside applications that take it."""
    return beside(APPS, tmp_path / "put.txt", HEAD, BODY)


def swept(put: Path, command: str, *args: str, host: str = "127.0.0.1") -> dict[tuple[object, object], Line]:
    log = put.parent / "witness.jsonl"
    with serve(command, cwd=put.parent, env={"TRACEREPLAY_WITNESS": str(log)}, host=host) as server:
        told = invoke("sweep", put, "--target", server.target, "--witness", log, *CUTS, "--format", "jsonl", *args)
    assert told.code in (0, 1), told.err
    lines = [json.loads(line) for line in told.out.splitlines()]
    return {(line["how"], line["place"]): line for line in lines}


def seen(line: Line, *names: str) -> tuple[object, ...]:
    found = line["seen"]
    assert isinstance(found, dict)
    return tuple(found[name] for name in names)


@pytest.mark.parametrize("kind", ["--worker-class sync --workers 2", "--worker-class gthread --threads 4"])
def test_a_part_that_was_taken_for_the_whole_is_found_though_the_client_had_gone(kind: str, put: Path) -> None:
    found = swept(put, f"{GUNICORN} {kind} apps:naive")
    assert found["fin", "head:50%"]["seen"] is None  # the application was never called
    assert found["fin", "body:50%"]["verdict"] == "truncated-taken-for-whole"
    assert seen(found["fin", "body:50%"], "read", "end", "status", "over") == (10_000, "clean", 200, True)
    assert found["half", "body:50%"]["verdict"] == "2xx-for-incomplete"
    assert found["rst", "body:50%"]["verdict"] == "noticed"
    assert seen(found["rst", "body:50%"], "end", "error", "failed") == (
        "error",
        "ConnectionResetError",
        "ConnectionResetError",
    )
    assert "it had read 10,000 bytes and then a clean end, and took the part" in str(found["fin", "body:50%"]["why"])


def test_who_looks_at_the_length_is_right(put: Path) -> None:
    found = swept(put, f"{GUNICORN} apps:careful")
    assert {line["verdict"] for line in found.values()} == {"unseen", "noticed", "rejected", "closed"}
    assert seen(found["fin", "body:50%"], "read", "end", "status") == (10_000, "clean", 400)


def test_an_asgi_application_that_answers_to_a_disconnect_is_found(put: Path) -> None:
    found = swept(put, "uvicorn --fd {fd} --lifespan off apps:asynchronous")
    for how in ("fin", "rst", "half"):
        line = found[how, "body:50%"]
        assert line["verdict"] == "truncated-taken-for-whole"
        assert seen(line, "read", "end", "error") == (10_000, "error", "http.disconnect")


@pytest.mark.parametrize(
    "command",
    [f"{GUNICORN} apps:naive", "uvicorn --host ::1 --port {port} --lifespan off apps:asynchronous"],
    ids=["gunicorn", "uvicorn"],
)
def test_a_request_is_known_by_its_ports_over_ipv6_too(command: str, put: Path) -> None:
    found = swept(put, command, host="::1")
    assert found["fin", "body:50%"]["verdict"] == "truncated-taken-for-whole"
    assert seen(found["fin", "body:50%"], "read", "status", "over") == (10_000, 200, True)


def test_an_application_that_goes_on_after_the_client_has_left_is_found(put: Path) -> None:
    text = put.parent / "apps.py"
    slow = "    if len(body) < 20000:\n        time.sleep(4)\n    is_whole"
    text.write_text(text.read_text("utf-8").replace("    is_whole", slow, 1), "utf-8")
    command = f"{GUNICORN} --worker-class gthread --threads 8 --graceful-timeout 1 apps:careful"
    found = swept(put, command, "--close", "fin", "--within", "0.5s")
    line = found["fin", "body:50%"]
    assert line["verdict"] == "still-started"
    assert "0.5s later the application was still at it: it had read 10,000 bytes" in str(line["why"])


def test_a_witness_that_sees_nothing_is_refused(put: Path) -> None:
    log = put.parent / "other.jsonl"
    with serve(f"{GUNICORN} apps:naive", cwd=put.parent) as server:
        told = invoke("sweep", put, "--target", server.target, "--witness", log)
    assert (told.code, told.out) == (2, "")
    assert "the witness has not seen the whole request" in told.err
