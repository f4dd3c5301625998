"""The least application, for every kind of server: it reads what it is sent, and answers 201 with ``ok``.

What it answers may be told by STATUS; how long it takes to be imported, by SLOW_SECONDS.
"""

import os
import time
from collections.abc import Callable, Iterable
from typing import Any

STATUS = os.environ.get("STATUS", "201 Created")

time.sleep(float(os.environ.get("SLOW_SECONDS", "0")))


def wsgi(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    print(environ["REQUEST_METHOD"], environ["PATH_INFO"])
    start_response(STATUS, [("Content-Length", "3")])
    return [b"ok\n"]


async def asgi(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
    if scope["type"] == "lifespan":
        while True:
            phase = (await receive())["type"]
            await send({"type": f"{phase}.complete"})
            if phase == "lifespan.shutdown":
                return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": int(STATUS[:3]), "headers": [(b"content-length", b"3")]})
    await send({"type": "http.response.body", "body": b"ok\n"})
