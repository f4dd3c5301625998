"""Uploads to aiohttp: ``multipart`` works on the file while it arrives, ``post`` takes the form as a whole."""

from aiohttp import web
from journal import Upload

_MOST_BYTES = 1 << 30


async def _multipart(request: web.Request) -> web.Response:
    """Take the first part, when it comes."""
    upload = Upload()
    with upload.watched():
        part = await (await request.multipart()).next()
        while piece := await part.read_chunk(65_536):
            upload.process(piece)
    upload.end("complete")
    return web.json_response({"bytes": upload.seen})


async def _post(request: web.Request) -> web.Response:
    """Take the form as a whole."""
    upload = Upload()
    with upload.watched():
        form = await request.post()
        upload.process(form["file"].file.read())
    upload.end("complete")
    return web.json_response({"bytes": upload.seen})


def multipart(_arguments: list[str]) -> web.Application:
    """Return the application."""
    return _app(_multipart)


def post(_arguments: list[str]) -> web.Application:
    """Return the other one."""
    return _app(_post)


def _app(handler: object) -> web.Application:
    app = web.Application(client_max_size=_MOST_BYTES)
    app.router.add_post("/files", handler)
    return app
