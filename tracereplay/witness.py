"""What an application reads of each request, and how that ends: a middleware that writes it down, line by line.

    app.wsgi_app = WSGI(app.wsgi_app)     # Flask
    application = WSGI(application)       # Django, and whatever else speaks WSGI
    app.add_middleware(ASGI)              # Starlette, FastAPI
    application = ASGI(application)       # whatever else speaks ASGI

The lines go to the file that is given, or named by TRACEREPLAY_WITNESS; without either nothing is done. A request has a
line when the application is called, one after each read, and one when it is done, each with all that is known by then:
so what was read is told even when a worker is killed. ``docs/witness.md`` says what the names mean.

A line is shorter than 4 KiB, and written at once to the end of the file, so that those of several processes do not mix.
Of two witnesses of one request that write to the same file only the outer one does. Only the standard library is used,
and nothing of what the application reads or answers is changed.
"""

import itertools
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping, Sized
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar, cast

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
_MOST_DIGITS = 20
_TOLD = "tracereplay.witness"  # the key of a request, under which stand the files that it is told in
_numbers = itertools.count()


class WSGI:
    """A WSGI application, with its witness. Raises OSError when the file cannot be written."""

    def __init__(self, app: "WSGIApplication", path: str | os.PathLike[str] | None = None) -> None:
        self._app = app
        self._file = _file(path)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Call the application, and write down what it reads."""
        if self._file is None or _is_told(environ, self._file):
            return self._app(environ, start_response)
        request = _Request(
            self._file,
            port=_number(environ.get("REMOTE_PORT")),
            server_port=_number(environ.get("SERVER_PORT")),
            id=environ.get("HTTP_X_TRACEREPLAY_ID"),
            method=environ.get("REQUEST_METHOD"),
            root=environ.get("SCRIPT_NAME", ""),
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
            write = start_response(status, headers) if fault is None else start_response(status, headers, fault)
            request.status = _number(status[:3])  # now: it may be too late for another
            return write

        try:
            body = self._app(environ, start)
            return (_SizedAnswer if hasattr(body, "__len__") else _Answer)(body, request)
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
        if self._file is None or scope["type"] != "http" or _is_told(scope, self._file):
            await self._app(scope, receive, send)
            return
        request = _Request(
            self._file,
            port=_port(scope.get("client")),
            server_port=_port(scope.get("server")),
            id=(headers := _headers(scope)).get("x-tracereplay-id"),
            method=scope.get("method"),
            root=scope.get("root_path", ""),
            path=scope.get("path"),
            announced=_number(headers.get("content-length")),
        )

        async def received() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                body = message.get("body")
                count = len(body) if isinstance(body, bytes | bytearray | memoryview) else 0
                request.take(count, "open" if message.get("more_body") else "clean")
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
        known = {"read": self.read, "end": self.end, "error": self.error, "status": self.status, "failed": self.failed}
        value = {**self._head, "at": round(time.time(), 6), "state": state, **known}
        try:
            with self._file.open("ab", buffering=0) as file:
                file.write(json.dumps(value, separators=(",", ":")).encode() + b"\n")
        except OSError as error:
            sys.stderr.write(f"tracereplay.witness: {error}\n")


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
        if not hint or hint[0] is None or hint[0] <= 0:
            return list(self)
        lines = self._watched(self._stream.readlines, *hint)
        self._request.take(sum(map(len, lines)), "open" if lines else "clean")
        return lines

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def __getattr__(self, name: str) -> object:
        beyond = getattr(self._stream, name)  # what this server's stream has, and WSGI does not demand
        return partial(self._piece, beyond) if name in ("readinto", "readinto1", "read1") else beyond

    def _piece(self, read: "Callable[..., bytes | int]", *args: object) -> bytes | int:
        """Read what there is, which may be less than was asked for: only nothing at all is the end."""
        data = self._watched(read, *args)
        count = data if isinstance(data, int) else len(data)
        if count or not args or args[0]:
            self._request.take(count, "open" if count else "clean")
        return data

    def _watched(self, read: Callable[..., _T], *args: object) -> _T:
        try:
            return read(*args)
        except BaseException as error:
            self._request.break_off(type(error).__name__)
            raise


class _Answer:
    """What a WSGI application returned; it is done when the server closes it, as it must, or drops it, as some do."""

    def __init__(self, body: Iterable[bytes], request: _Request) -> None:
        self._body = body
        self._request = request
        self._is_closed = False

    def __del__(self) -> None:
        if not self._is_closed and not sys.is_finalizing():
            self._request.tell("done")

    def __iter__(self) -> Iterator[bytes]:
        try:
            for part in self._body:  # noqa: UP028 - with it, who gives up would close an iterator twice
                yield part
        except GeneratorExit:
            raise
        except BaseException as error:
            self._request.failed = type(error).__name__
            raise

    def close(self) -> None:
        self._is_closed = True
        try:
            if (close := getattr(self._body, "close", None)) is not None:
                close()
        except BaseException as error:
            self._request.failed = type(error).__name__
            raise
        finally:
            self._request.tell("done")


class _SizedAnswer(_Answer):
    """One that knows of how many parts it is: from one part alone a server takes the Content-Length."""

    def __len__(self) -> int:
        return len(cast("Sized", self._body))


def _is_told(request: MutableMapping[str, object], file: Path) -> bool:
    """Return whether a witness further out tells of this request in that file; say that this one does."""
    files = cast("set[Path]", request.setdefault(_TOLD, set()))
    is_told = file in files
    files.add(file)
    return is_told


def _file(path: str | os.PathLike[str] | None) -> Path | None:
    name = os.environ.get(VARIABLE) if path is None else os.fspath(path)
    if not name:
        return None
    file = Path(name).absolute()
    file.open("ab").close()
    return file


def _number(value: object) -> int | None:
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) < _MOST_DIGITS else None
    return int(value) if isinstance(value, int) else None


def _port(address: object) -> int | None:
    return _number(address[1]) if isinstance(address, tuple | list) and len(address) > 1 else None


def _headers(scope: Scope) -> dict[str, str]:
    headers = scope.get("headers")
    pairs = headers if isinstance(headers, Iterable) else ()
    return {bytes(name).decode("latin-1").lower(): bytes(value).decode("latin-1") for name, value in pairs}
