"""The witness of a WSGI application."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

from tracereplay.witness.log import Request, is_told, log_of, number

if TYPE_CHECKING:
    from collections.abc import Sized
    from types import TracebackType
    from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

_T = TypeVar("_T")


class WSGI:
    """A WSGI application, with its witness."""

    def __init__(self, app: "WSGIApplication", path: str | os.PathLike[str] | None = None) -> None:
        self._app = app
        self._log = log_of(path)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Call the application, and write down what it reads."""
        if self._log is None or is_told(environ, self._log):
            return self._app(environ, start_response)
        request = Request(
            self._log,
            port=number(environ.get("REMOTE_PORT")),
            server_port=number(environ.get("SERVER_PORT")),
            id=environ.get("HTTP_X_TRACEREPLAY_ID"),
            method=environ.get("REQUEST_METHOD"),
            root=environ.get("SCRIPT_NAME", ""),
            path=environ.get("PATH_INFO"),
            announced=number(environ.get("CONTENT_LENGTH")),
        )
        environ["wsgi.input"] = _Input(environ["wsgi.input"], request)

        def start(
            status: str,
            headers: list[tuple[str, str]],
            fault: "tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None] | None" = None,
            /,
        ) -> Callable[[bytes], object]:
            write = start_response(status, headers) if fault is None else start_response(status, headers, fault)
            request.status = number(status[:3])  # now: it may be too late for another
            return write

        try:
            body = self._app(environ, start)
            if _is_of_server(body, environ):  # which knows it by its type, and sends the file itself
                request.tell("done")
                return body
            return (_SizedAnswer if hasattr(body, "__len__") else _Answer)(body, request)
        except BaseException as error:
            request.fail(error)
            raise


def _is_of_server(body: Iterable[bytes], environ: "WSGIEnvironment") -> bool:
    wrapper = environ.get("wsgi.file_wrapper")
    return isinstance(wrapper, type) and isinstance(body, wrapper)


class _Input:
    """``wsgi.input``, as the application reads it. A read that gives less than was asked for is one at the end."""

    def __init__(self, stream: "InputStream", request: Request) -> None:
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

    def __init__(self, body: Iterable[bytes], request: Request) -> None:
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
