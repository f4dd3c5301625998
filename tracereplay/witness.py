"""What an application reads of each request, and how that ends: a middleware that writes it down, line by line.

    app.wsgi_app = WSGI(app.wsgi_app)     # Flask
    application = WSGI(application)       # Django, and whatever else speaks WSGI
    app.add_middleware(ASGI)              # Starlette, FastAPI
    application = ASGI(application)       # whatever else speaks ASGI

The lines go to the file that is given, or named by TRACEREPLAY_WITNESS; without either nothing is done. A request has a
line when the application is called, one after each read, and one when it is done, each with all that is known by then:
so what was read is told even when a worker is killed. ``docs/witness.md`` says what the names mean.

A line is shorter than 4 KiB, and written at once to the end of the file, so that those of several processes do not mix.
Only the standard library is used, and nothing of what the application reads or answers is changed.
"""

import itertools
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

if TYPE_CHECKING:
    from types import TracebackType
    from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

VERSION = 1
VARIABLE = "TRACEREPLAY_WITNESS"

State = Literal["called", "read", "done"]
End = Literal["open", "clean", "short", "error"]

_T = TypeVar("_T")

Scope = MutableMapping[str, object]
Message = MutableMapping[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApplication = Callable[[Scope, Receive, Send], Awaitable[None]]

_MOST_CHARACTERS = 200  # of a text in a line
_numbers = itertools.count()


class WSGI:
    """A WSGI application, with its witness. Raises OSError when the file cannot be written."""

    def __init__(self, app: "WSGIApplication", path: str | os.PathLike[str] | None = None) -> None:
        self._app = app
        self._file = _file(path)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Call the application, and write down what it reads."""
        if self._file is None:
            return self._app(environ, start_response)
        request = _Request(
            self._file,
            port=_number(environ.get("REMOTE_PORT")),
            server_port=_number(environ.get("SERVER_PORT")),
            id=environ.get("HTTP_X_TRACEREPLAY_ID"),
            method=environ.get("REQUEST_METHOD"),
            path=environ.get("PATH_INFO"),
            announced=_number(environ.get("CONTENT_LENGTH")),
        )
        environ["wsgi.input"] = _Input(environ["wsgi.input"], request)

        def start(
            status: str,
            headers: list[tuple[str, str]],
            fault: "tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None] | None" = None,
            /,
        ) -> Callable[[bytes], object]:
            request.status = _number(status[:3])
            return start_response(status, headers) if fault is None else start_response(status, headers, fault)

        try:
            return _Answer(self._app(environ, start), request)
        except BaseException as error:
            request.fail(error)
            raise


class ASGI:
    """An ASGI application, with its witness. Raises OSError when the file cannot be written."""

    def __init__(self, app: ASGIApplication, path: str | os.PathLike[str] | None = None) -> None:
        self._app = app
        self._file = _file(path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application, and write down what it receives."""
        if self._file is None or scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        request = _Request(
            self._file,
            port=_port(scope.get("client")),
            server_port=_port(scope.get("server")),
            id=headers.get("x-tracereplay-id"),
            method=scope.get("method"),
            path=scope.get("path"),
            announced=_number(headers.get("content-length")),
        )

        async def received() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                body = message.get("body")
                request.take(
                    len(body) if isinstance(body, bytes) else 0, "open" if message.get("more_body") else "clean"
                )
            elif message["type"] == "http.disconnect" and request.end == "open":
                request.break_off("http.disconnect")
            return message

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                request.status = _number(message.get("status"))
            await send(message)

        try:
            await self._app(scope, received, sent)
        except BaseException as error:
            request.fail(error)
            raise
        request.tell("done")


class _Request:
    """What is known of one request."""

    def __init__(self, file: Path, **head: object) -> None:
        self._file = file
        texts = {name: value[:_MOST_CHARACTERS] if isinstance(value, str) else value for name, value in head.items()}
        self._head = {"version": VERSION, "pid": os.getpid(), "number": next(_numbers), **texts}
        self.read = 0
        self.end: End = "open"
        self.error: str | None = None
        self.status: int | None = None
        self.failed: str | None = None
        self.tell("called")

    def take(self, count: int, end: End) -> None:
        self.read += count
        self.end = end
        self.tell("read")

    def break_off(self, error: str) -> None:
        self.end, self.error = "error", error
        self.tell("read")

    def fail(self, error: BaseException) -> None:
        self.failed = type(error).__name__
        self.tell("done")

    def tell(self, state: State) -> None:
        """Write a line. The application goes on when that cannot be."""
        value = {
            **self._head,
            "at": round(time.time(), 6),
            "state": state,
            "read": self.read,
            "end": self.end,
            "error": self.error,
            "status": self.status,
            "failed": self.failed,
        }
        try:
            with self._file.open("ab", buffering=0) as file:
                file.write(json.dumps(value, separators=(",", ":")).encode() + b"\n")
        except OSError as error:
            print(f"tracereplay.witness: {error}", file=sys.stderr)  # noqa: T201


class _Input:
    """``wsgi.input``, as the application reads it. A read that gives less than was asked for is one at the end."""

    def __init__(self, stream: "InputStream", request: _Request) -> None:
        self._stream = stream
        self._request = request

    def read(self, *size: int) -> bytes:
        wanted = size[0] if size and size[0] is not None and size[0] >= 0 else None
        data = self._watched(self._stream.read, *size)
        if wanted != 0:
            is_short = wanted is not None and data and len(data) < wanted
            is_full = wanted is not None and len(data) == wanted
            self._request.take(len(data), "short" if is_short else "open" if is_full else "clean")
        return data

    def readline(self, *size: int) -> bytes:
        data = self._watched(self._stream.readline, *size)
        is_full = data.endswith(b"\n") or (bool(size) and len(data) == size[0])
        self._request.take(len(data), "open" if is_full else "short" if data else "clean")
        return data

    def readlines(self, *hint: int) -> list[bytes]:
        return list(self) if not hint else self._lines(*hint)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _lines(self, hint: int) -> list[bytes]:
        lines = self._watched(self._stream.readlines, hint)
        self._request.take(sum(map(len, lines)), "open" if lines else "clean")
        return lines

    def _watched(self, read: Callable[..., _T], *size: int) -> _T:
        try:
            return read(*size)
        except BaseException as error:
            self._request.break_off(type(error).__name__)
            raise


class _Answer:
    """What a WSGI application returned; it is done when the server closes it, as it must."""

    def __init__(self, body: Iterable[bytes], request: _Request) -> None:
        self._body = body
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._body
        except GeneratorExit:
            raise
        except BaseException as error:
            self._request.failed = type(error).__name__
            raise

    def close(self) -> None:
        try:
            if (close := getattr(self._body, "close", None)) is not None:
                close()
        finally:
            self._request.tell("done")


def _file(path: str | os.PathLike[str] | None) -> Path | None:
    name = os.environ.get(VARIABLE) if path is None else os.fspath(path)
    if not name:
        return None
    file = Path(name).absolute()
    file.open("ab").close()
    return file


def _number(value: object) -> int | None:
    return (
        int(value)
        if isinstance(value, int) or (isinstance(value, str) and value.isascii() and value.isdigit())
        else None
    )


def _port(address: object) -> int | None:
    return _number(address[1]) if isinstance(address, tuple | list) and len(address) > 1 else None


def _headers(scope: Scope) -> dict[str, str]:
    headers = scope.get("headers")
    pairs = headers if isinstance(headers, Iterable) else ()
    return {bytes(name).decode("latin-1").lower(): bytes(value).decode("latin-1") for name, value in pairs}
