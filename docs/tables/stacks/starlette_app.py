"""Uploads to ASGI: ``form`` and ``stream`` of Starlette, and an endpoint of FastAPI that gets an UploadFile."""

from fastapi import FastAPI, UploadFile
from journal import Upload
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def _form(request: Request) -> JSONResponse:
    """Take the form as a whole."""
    upload = Upload()
    with upload.watched():
        async with request.form() as form:
            upload.process(await form["file"].read())
    upload.end("complete")
    return JSONResponse({"bytes": upload.seen})


async def _stream(request: Request) -> JSONResponse:
    """Take what comes, when it comes."""
    upload = Upload()
    with upload.watched():
        async for piece in request.stream():
            upload.process(piece)
    upload.end("complete")
    return JSONResponse({"bytes": upload.seen})


form = Starlette(routes=[Route("/files", _form, methods=["POST"])])
stream = Starlette(routes=[Route("/files", _stream, methods=["POST"])])
fast = FastAPI()


@fast.post("/files")
async def _upload_file(file: UploadFile) -> dict[str, int]:
    """Get a file that has arrived."""
    upload = Upload()
    with upload.watched():
        upload.process(await file.read())
    upload.end("complete")
    return {"bytes": upload.seen}
