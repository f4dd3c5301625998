"""The witness changes nothing of what it stands around, and of two of them one tells."""

import asyncio
import io
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import cast
from wsgiref.handlers import SimpleHandler
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from tests.test_witness import BODY, environ_of, lines
from tracereplay.witness import ASGI, WSGI, Message, Receive, Scope, Send


def receive(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    environ["wsgi.input"].read(5)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]


def called(app: WSGIApplication, **more: str) -> list[bytes]:
    """Call the application as a server does, and return the parts of its answer."""
    answer = app(environ_of(io.BytesIO(BODY)) | more, lambda *_: lambda _: None)
    parts = list(answer)
    if hasattr(answer, "close"):
        cast("io.BytesIO", answer).close()
    return parts


def test_of_two_witnesses_of_a_request_one_tells(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert called(WSGI(WSGI(receive, log), log)) == [b"ok"]
    told = lines(log)
    assert [one["state"] for one in told] == ["called", "read", "done"]
    assert {(one["pid"], one["number"]) for one in told} == {(told[0]["pid"], told[0]["number"])}


def test_two_witnesses_with_a_file_each_both_tell(tmp_path: Path) -> None:
    called(WSGI(WSGI(receive, tmp_path / "one"), tmp_path / "two"))
    assert [one["read"] for one in lines(tmp_path / "one")] == [one["read"] for one in lines(tmp_path / "two")]


def test_a_witness_that_is_asked_twice_tells_of_both_requests(tmp_path: Path) -> None:
    app = WSGI(WSGI(receive, tmp_path / "log"), tmp_path / "log")
    called(app)
    called(app)
    assert len({one["number"] for one in lines(tmp_path / "log")}) == 2


def asgi_called(app: Callable[[Scope, Receive, Send], object], **more: object) -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": bytearray(b"12345")}

    async def send(_: Message) -> None:
        pass

    async def call() -> None:
        await cast("asyncio.Future[None]", app({"type": "http", "method": "PUT", "path": "/a", **more}, receive, send))

    asyncio.run(call())


async def stream(_: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body"})


def test_of_two_witnesses_of_an_asgi_request_one_tells(tmp_path: Path) -> None:
    log = tmp_path / "log"
    asgi_called(ASGI(ASGI(stream, log), log))
    assert [(one["state"], one["read"]) for one in lines(log)] == [("called", 0), ("read", 5), ("done", 5)]


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_what_is_no_request_is_passed_on_untold(kind: str, tmp_path: Path) -> None:
    scopes = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        scopes.append(scope)

    asgi_called(ASGI(app, tmp_path / "log"), type=kind)
    assert [scope["type"] for scope in scopes] == [kind]
    assert "tracereplay.witness" not in scopes[0]
    assert lines(tmp_path / "log") == []


def test_where_the_application_is_mounted_is_told(tmp_path: Path) -> None:
    called(WSGI(receive, tmp_path / "log"), SCRIPT_NAME="/api")
    asgi_called(ASGI(stream, tmp_path / "log"), root_path="/api", path="/api/a")
    assert {(one["root"], one["path"]) for one in lines(tmp_path / "log")} == {("/api", "/files"), ("/api", "/api/a")}


def answered(app: WSGIApplication) -> bytes:
    out = io.BytesIO()
    environ = {key: str(value) for key, value in environ_of(io.BytesIO()).items() if not key.startswith("wsgi.")}
    SimpleHandler(io.BytesIO(BODY), out, io.StringIO(), environ).run(app)
    return out.getvalue()


def parts(_: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    start_response("200 OK", [])
    yield b"o"
    yield b"k"


def by_write(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [])(b"ok")
    return []


@pytest.mark.parametrize("app", [receive, parts, by_write], ids=["a list", "a generator", "write()"])
def test_a_server_frames_the_answer_as_without_a_witness(app: WSGIApplication, tmp_path: Path) -> None:
    assert answered(WSGI(app, tmp_path / "log")) == answered(app)
    assert lines(tmp_path / "log")[-1]["state"] == "done"


class Closing:
    """An answer that counts how often it was closed."""

    def __init__(self) -> None:
        self.closed = 0

    def __iter__(self) -> "Closing":
        return self

    def __next__(self) -> bytes:
        return b"x"

    def close(self) -> None:
        self.closed += 1


def test_an_answer_that_is_given_up_is_closed_once(tmp_path: Path) -> None:
    body = Closing()
    answer = WSGI(lambda *_: body, tmp_path / "log")(environ_of(io.BytesIO()), lambda *_: lambda _: None)
    parts = iter(answer)
    assert next(parts) == b"x"
    del parts  # as a server does whose client has left
    cast("Closing", answer).close()
    assert body.closed == 1
    assert lines(tmp_path / "log")[-1]["state"] == "done"


def test_an_answer_that_is_dropped_and_never_closed_is_done(tmp_path: Path) -> None:
    """Werkzeug's development server does so when the client has reset the connection, uvicorn always."""
    answer = WSGI(receive, tmp_path / "log")(environ_of(io.BytesIO(BODY)), lambda *_: lambda _: None)
    assert lines(tmp_path / "log")[-1]["state"] == "read"
    del answer
    last = lines(tmp_path / "log")[-1]
    assert (last["state"], last["status"], last["failed"]) == ("done", 200, None)


def test_an_answer_that_cannot_be_closed_is_a_failure(tmp_path: Path) -> None:
    class Failing(Closing):
        def close(self) -> None:
            raise RuntimeError

    answer = WSGI(lambda *_: Failing(), tmp_path / "log")(environ_of(io.BytesIO()), lambda *_: lambda _: None)
    with pytest.raises(RuntimeError):
        cast("Closing", answer).close()
    last = lines(tmp_path / "log")[-1]
    assert (last["state"], last["failed"]) == ("done", "RuntimeError")


def test_a_status_that_comes_too_late_is_not_what_was_answered(tmp_path: Path) -> None:
    """The headers are sent with the first part; with exc_info the server then raises, and 500 was never said."""

    def app(_: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"o"
        fault = RuntimeError()
        start_response("500 Internal Server Error", [], (RuntimeError, fault, cast("TracebackType", None)))

    answered(WSGI(app, tmp_path / "log"))
    last = lines(tmp_path / "log")[-1]
    assert (last["status"], last["failed"]) == (200, "RuntimeError")


@pytest.mark.parametrize("length", ["", "12x", "٣", "9" * 5_000, "-1"])
def test_a_length_that_is_no_number_is_none(length: str, tmp_path: Path) -> None:
    called(WSGI(receive, tmp_path / "log"), CONTENT_LENGTH=length)
    assert {json.dumps(one["announced"]) for one in lines(tmp_path / "log")} == {"null"}
