"""Reads a request as a whole, and says whether its content is the one whose digest it announces; WSGI and ASGI."""

import hashlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

Start = Callable[[str, list[tuple[str, str]]], object]


def application(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    digest = hashlib.sha256()
    while piece := environ["wsgi.input"].read(1 << 16):
        digest.update(piece)
    is_right = environ.get("HTTP_X_DIGEST", digest.hexdigest()) == digest.hexdigest()
    start_response("200 OK" if is_right else "422 Unprocessable Content", [("Content-Length", "0")])
    return []


async def asgi(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    assert scope["type"] == "http"
    digest, more = hashlib.sha256(), True
    while more:
        message = await receive()
        digest.update(message.get("body", b""))
        more = message.get("more_body", False)
    wanted = dict(scope["headers"]).get(b"x-digest", digest.hexdigest().encode()).decode()
    status = 200 if wanted == digest.hexdigest() else 422
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})
