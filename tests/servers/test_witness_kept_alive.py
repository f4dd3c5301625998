"""Several requests on a connection, of which the application is not asked all, and witnesses that stand twice."""

import json
from pathlib import Path

import pytest

from tests.cli.command_line import Told, invoke
from tests.servers.test_witness import BODY, GUNICORN, HEAD, Line, seen
from tests.traces import trace_text
from tracereplay import serve

APPS = """
from tracereplay.witness import ASGI, WSGI

def receive(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", "0")])
    return []

async def stream(scope, receive, send):
    if scope["type"] != "http":
        return
    message = {"more_body": True}
    while message.get("more_body") and message.get("type") != "http.disconnect":
        message = await receive()
    await answer(send)

async def answer(send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})

def healthy(app):
    def health_first(environ, start_response):
        if environ["PATH_INFO"] == "/health":
            start_response("200 OK", [("Content-Length", "0")])
            return []
        return app(environ, start_response)
    return health_first

def healthy_too(app):
    async def health_first(scope, receive, send):
        await (answer(send) if scope.get("path") == "/health" else app(scope, receive, send))
    return health_first

twice = WSGI(WSGI(receive))
twice_asgi = ASGI(ASGI(stream))
inner = healthy(WSGI(receive))
inner_asgi = healthy_too(ASGI(stream))
"""
HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
GTHREAD = f"{GUNICORN} --worker-class gthread --threads 4 apps:"
UVICORN = "uvicorn --fd {fd} --lifespan off apps:"


def told_by(folder: Path, command: str, before: bytes, *args: str) -> Told:
    """Run a command of ours with the trace of an upload that comes after another request on the same connection."""
    (folder / "apps.py").write_text(APPS, "utf-8")
    trace, log = folder / "kept.txt", folder / "witness.jsonl"
    events = [("=> Send header", before), ("<= Recv header", OK), ("=> Send header", HEAD), ("=> Send data", BODY)]
    trace.write_bytes(trace_text(events))
    with serve(command, cwd=folder, env={"TRACEREPLAY_WITNESS": str(log)}) as server:
        told = invoke(args[0], trace, "--target", server.target, "--witness", log, *args[1:])
    assert told.code in (0, 1), told.err
    return told


def swept(folder: Path, command: str, before: bytes) -> dict[object, Line]:
    """Cut the upload in its middle; return what is told of it, by the way of leaving."""
    cut = str(len(before) + len(HEAD) + 10_000)
    told = told_by(folder, command, before, "sweep", "--cuts", cut, "--close", "fin,rst", "--format", "jsonl")
    return {line["how"]: line for line in map(json.loads, told.out.splitlines())}


@pytest.mark.parametrize("command", [f"{GTHREAD}twice", f"{UVICORN}twice_asgi"], ids=["WSGI", "ASGI"])
def test_two_witnesses_around_an_application_tell_once(command: str, tmp_path: Path) -> None:
    found = swept(tmp_path, command, HEAD + BODY)
    assert seen(found["fin"], "read", "status") == (10_000, 200)
    assert found["fin"]["verdict"] == "truncated-taken-for-whole"


@pytest.mark.parametrize("command", [f"{GTHREAD}inner", f"{UVICORN}inner_asgi"], ids=["WSGI", "ASGI"])
def test_a_request_that_is_answered_before_the_witness_shifts_no_other(command: str, tmp_path: Path) -> None:
    found = swept(tmp_path, command, HEALTH)
    assert seen(found["fin"], "read", "status") == (10_000, 200)
    assert found["fin"]["verdict"] == "truncated-taken-for-whole"
    assert {line["verdict"] for line in found.values()} <= {"truncated-taken-for-whole", "noticed"}


def test_a_staircase_is_that_of_the_upload_and_not_of_what_came_before(tmp_path: Path) -> None:
    told = told_by(
        *(tmp_path, f"{GTHREAD}twice", HEALTH, "staircase"), *("--close", "fin", "--step", "8k", "--format", "json")
    )
    (curve,) = json.loads(told.out)["curves"]
    assert curve["points"] == [[8_192, 8_192], [16_384, 16_384]]


def test_a_server_that_does_not_tell_the_port_of_the_client_wants_a_header(tmp_path: Path) -> None:
    (tmp_path / "apps.py").write_text(APPS, "utf-8")
    trace, log = tmp_path / "put.txt", tmp_path / "witness.jsonl"
    trace.write_bytes(trace_text([("=> Send header", HEAD), ("=> Send data", BODY)]))
    command = "uvicorn --fd {fd} --interface wsgi apps:twice"
    with serve(command, cwd=tmp_path, env={"TRACEREPLAY_WITNESS": str(log)}) as server:
        args = ("sweep", trace, "--target", server.target, "--witness", log, "--cuts", "body:50%", "--close", "fin")
        refused = invoke(*args)
        told = invoke(*args, "--witness-by", "header", "--format", "jsonl")
    assert (refused.code, refused.out) == (2, "")
    assert "the server does not tell the application the port of the client" in refused.err
    line = json.loads(told.out.splitlines()[-1])
    assert seen(line, "read", "status") == (10_000, 200)
    assert line["verdict"] == "truncated-taken-for-whole"
