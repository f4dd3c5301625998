"""The middlewares that write down what an application reads: WSGI and ASGI applications, called as a server does."""

import asyncio
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import cast
from wsgiref.types import StartResponse, WSGIEnvironment
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from tracereplay.witness import ASGI, VARIABLE, WSGI, Message, Receive, Scope, Send

Read = Callable[[io.BytesIO], object]
BODY = b"one\ntwo\nthree"


class Breaking(io.BytesIO):
    """A body of which the rest never comes."""

    def read(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002
        raise ConnectionResetError

    def readline(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002
        raise ConnectionResetError


def environ_of(body: io.BytesIO) -> WSGIEnvironment:
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/files",
        "QUERY_STRING": "",
        "SCRIPT_NAME": "",
        "REMOTE_PORT": "40001",
        "SERVER_PORT": "8000",
        "CONTENT_LENGTH": "20",
        "wsgi.input": body,
    }
    setup_testing_defaults(environ)
    return environ


def call(read: Read, body: io.BytesIO, path: Path) -> list[dict[str, object]]:
    """Let an application ``read`` its body, and return the lines about it."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        read(environ["wsgi.input"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    answer = WSGI(app, path)(environ_of(body), lambda *_: lambda _: None)
    assert list(answer) == [b"ok"]
    cast("io.BytesIO", answer).close()
    return lines(path)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


READS: dict[str, tuple[Read, int, str]] = {
    "nothing": (lambda _: None, 0, "open"),
    "all that there is": (lambda body: body.read(), 13, "clean"),
    "a part": (lambda body: body.read(5), 5, "open"),
    "no byte at all": (lambda body: body.read(0), 0, "open"),
    "more than there is": (lambda body: body.read(64), 13, "short"),
    "more, and then the end": (lambda body: (body.read(64), body.read(64)), 13, "clean"),
    "just what there is": (lambda body: body.read(13), 13, "open"),
    "a line": (lambda body: body.readline(), 4, "open"),
    "a part of a line": (lambda body: body.readline(2), 2, "open"),
    "all lines": (lambda body: body.readlines(), 13, "clean"),
    "some lines": (lambda body: body.readlines(5), 8, "open"),
    "line by line": (list, 13, "clean"),
    "all lines, with no limit": (lambda body: body.readlines(0), 13, "clean"),
    "into a buffer": (lambda body: body.readinto(bytearray(5)), 5, "open"),
    "into a larger buffer": (lambda body: body.readinto(bytearray(64)), 13, "open"),
    "into a buffer, to the end": (
        lambda body: (body.readinto(bytearray(64)), body.readinto(bytearray(64))),
        13,
        "clean",
    ),
    "into no buffer": (lambda body: body.readinto(bytearray()), 0, "open"),
    "what there is in one go": (lambda body: (body.read1(64), body.read1(64)), 13, "clean"),
    "no read at all, but its place": (lambda body: body.tell(), 0, "open"),
}


@pytest.mark.parametrize("name", READS)
def test_what_is_read_is_counted_and_how_it_ended(name: str, tmp_path: Path) -> None:
    read, count, end = READS[name]
    first, *_, last = call(read, io.BytesIO(BODY), tmp_path / "log")
    assert (first["state"], first["read"], first["status"]) == ("called", 0, None)
    assert (last["state"], last["read"], last["end"], last["status"]) == ("done", count, end, 200)
    assert (last["port"], last["server_port"], last["announced"]) == (40001, 8000, 20)


def test_an_exception_goes_on_to_the_server_and_is_written_down(tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError):
        call(lambda body: body.read(5), Breaking(), tmp_path / "log")
    *_, last = lines(tmp_path / "log")
    assert (last["state"], last["end"], last["error"]) == ("done", "error", "ConnectionResetError")
    assert (last["failed"], last["status"]) == ("ConnectionResetError", None)


def test_an_exception_that_the_application_takes_is_written_down_too(tmp_path: Path) -> None:
    def read(body: io.BytesIO) -> None:
        with pytest.raises(ConnectionResetError):
            body.readline()

    *_, last = call(read, Breaking(), tmp_path / "log")
    assert (last["error"], last["failed"], last["status"]) == ("ConnectionResetError", None, 200)


def test_an_answer_that_fails_while_it_is_sent_is_a_failure(tmp_path: Path) -> None:
    def app(_: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"o"
        raise RuntimeError

    answer = WSGI(app, tmp_path / "log")(environ_of(io.BytesIO()), lambda *_: lambda _: None)
    with pytest.raises(RuntimeError):
        list(answer)
    cast("io.BytesIO", answer).close()
    last = lines(tmp_path / "log")[-1]
    assert (last["state"], last["failed"], last["status"]) == ("done", "RuntimeError", 200)


def test_it_keeps_to_what_wsgi_demands_of_a_middleware(tmp_path: Path) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.input"].read(20)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    environ = environ_of(io.BytesIO(BODY))
    answer = validator(WSGI(validator(app), tmp_path / "log"))(environ, lambda *_: lambda _: None)
    assert list(answer) == [b"ok"]
    cast("io.BytesIO", answer).close()


def test_without_a_file_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    body = io.BytesIO(BODY)

    def app(environ: WSGIEnvironment, _: StartResponse) -> Iterable[bytes]:
        assert environ["wsgi.input"] is body
        return [b"ok"]

    assert WSGI(app)(environ_of(body), lambda *_: lambda _: None) == [b"ok"]


def test_the_environment_names_the_file_and_one_that_cannot_be_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "log"))
    WSGI(lambda *_: [])
    assert (tmp_path / "log").read_bytes() == b""
    assert capfd.readouterr().err == ""
    ASGI(lambda *_: asyncio.sleep(0), tmp_path / "nowhere" / "log")
    assert "tracereplay.witness: [Errno 2] No such file" in capfd.readouterr().err


def test_a_line_is_shorter_than_what_is_written_at_once(tmp_path: Path) -> None:
    environ = environ_of(io.BytesIO()) | {"PATH_INFO": "/\x01" * 10_000, "HTTP_X_TRACEREPLAY_ID": "ä" * 10_000}
    WSGI(lambda *_: [], tmp_path / "log")(environ, lambda *_: lambda _: None)
    assert max(map(len, (tmp_path / "log").read_bytes().splitlines())) < 4096


def asgi_lines(messages: list[Message], path: Path, reads: int) -> list[dict[str, object]]:
    """Let an ASGI application receive so many of the messages, and return the lines about it."""
    waiting = iter(messages)

    async def app(_: Scope, receive: Receive, send: Send) -> None:
        for _number in range(reads):
            await receive()
        await send({"type": "http.response.start", "status": 201, "headers": []})

    async def receive() -> Message:
        return next(waiting)

    async def send(_: Message) -> None:
        pass

    scope: Scope = {
        "type": "http",
        "method": "PUT",
        "path": "/raw",
        "client": ("127.0.0.1", 40001),
        "server": ("127.0.0.1", 8000),
        "headers": [(b"content-length", b"20"), (b"X-Tracereplay-Id", b"seven")],
    }
    asyncio.run(ASGI(app, path)(scope, receive, send))
    return lines(path)


PART: Message = {"type": "http.request", "body": b"12345", "more_body": True}
LAST: Message = {"type": "http.request", "body": b"678"}
GONE: Message = {"type": "http.disconnect"}


@pytest.mark.parametrize(
    ("messages", "count", "end", "error"),
    [
        ([], 0, "open", None),
        ([PART], 5, "open", None),
        ([PART, LAST], 8, "clean", None),
        ([PART, GONE], 5, "error", "http.disconnect"),
        ([PART, LAST, GONE], 8, "clean", None),
    ],
    ids=["nothing", "a part", "all", "a part, and the client goes", "all, and the client goes"],
)
def test_what_an_asgi_application_receives_is_counted(
    messages: list[Message], count: int, end: str, error: str | None, tmp_path: Path
) -> None:
    *_, last = asgi_lines(messages, tmp_path / "log", len(messages))
    assert (last["state"], last["read"], last["end"], last["error"]) == ("done", count, end, error)
    assert (last["status"], last["port"], last["server_port"], last["id"]) == (201, 40001, 8000, "seven")


def test_an_asgi_application_that_fails_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):  # of the messages there is no second one
        asgi_lines([PART], tmp_path / "log", 2)
    last = lines(tmp_path / "log")[-1]
    assert (last["state"], last["failed"], last["read"]) == ("done", "RuntimeError", 5)


def test_it_brings_nothing_along() -> None:
    code = "import sys, tracereplay.witness; print(*sys.modules)"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=kept).stdout
    assert not {"h11", "lark", "pytest", "rich", "typer", "socket"} & set(found.split())
    ours = {name for name in found.split() if name.startswith("tracereplay")}
    own = {f"tracereplay.witness{name}" for name in ("", ".asgi", ".log", ".wsgi")}
    assert ours == {"tracereplay", "tracereplay.errors"} | own
