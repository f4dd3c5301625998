"""The witness of an ASGI application."""

import os
from collections.abc import Awaitable, Callable, Iterable, MutableMapping

from tracereplay.witness.log import Request, is_told, log_of, number

Scope = MutableMapping[str, object]
Message = MutableMapping[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApplication = Callable[[Scope, Receive, Send], Awaitable[None]]


class ASGI:
    """An ASGI application, with its witness."""

    def __init__(self, app: ASGIApplication, path: str | os.PathLike[str] | None = None) -> None:
        self._app = app
        self._log = log_of(path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application, and write down what it receives."""
        if self._log is None or scope["type"] != "http" or is_told(scope, self._log):
            await self._app(scope, receive, send)
            return
        request = Request(
            self._log,
            port=_port(scope.get("client")),
            server_port=_port(scope.get("server")),
            id=(headers := _headers(scope)).get("x-tracereplay-id"),
            method=scope.get("method"),
            root=scope.get("root_path", ""),
            path=scope.get("path"),
            announced=number(headers.get("content-length")),
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
                request.status = number(message.get("status"))
            await send(message)

        try:
            await self._app(scope, received, sent)
        except BaseException as error:
            request.fail(error)
            raise
        request.tell("done")


def _port(address: object) -> int | None:
    return number(address[1]) if isinstance(address, tuple | list) and len(address) > 1 else None


def _headers(scope: Scope) -> dict[str, str]:
    headers = scope.get("headers")
    pairs = headers if isinstance(headers, Iterable) else ()
    return {bytes(name).decode("latin-1").lower(): bytes(value).decode("latin-1") for name, value in pairs}
