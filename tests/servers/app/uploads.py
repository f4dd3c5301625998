"""An API that processes uploads while they arrive.

POST /files          a multipart form, with care for clients that leave
PUT  /files/<name>   the plain file, with the same care
POST /naive/files    a multipart form as most of us write it at first; what is wrong with it: docs/flask-gunicorn.md
GET  /health         the process id of the worker
"""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, request
from werkzeug.formparser import parse_form_data

from .ledger import Entry, Ledger

READ_BYTES = 64 * 1024

app = Flask(__name__)
ledger = Ledger(Path(os.environ["UPLOADS_DATABASE"]))


class ProcessedFile(io.BytesIO):
    """What Werkzeug writes an uploaded file into: processes the pieces, and keeps nothing."""

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self._entry = entry

    def write(self, piece: Any) -> int:
        self._entry.process(bytes(piece))
        return len(piece)


def processed_by(entry: Entry) -> Callable[..., io.BytesIO]:
    return lambda *_args, **_kwargs: ProcessedFile(entry)


@app.post("/files")
def receive_form() -> dict[str, int]:
    with ledger.upload(request.path, request.content_length) as entry:
        # silent=False: the default takes a form that is cut short for a form.
        parse_form_data(request.environ, stream_factory=processed_by(entry), silent=False)
    return {"bytes": entry.bytes_seen, "lines": entry.lines_seen}


@app.put("/files/<name>")
def receive_file(name: str) -> dict[str, int | str]:
    announced = request.content_length
    with ledger.upload(request.path, announced) as entry:
        while piece := request.stream.read(READ_BYTES):
            entry.process(piece)
        # A client that closes in the middle is a plain end of file here; only the length tells.
        if announced is not None and entry.bytes_seen < announced:
            raise EOFError(f"ended after {entry.bytes_seen} of {announced} bytes")
    return {"name": name, "bytes": entry.bytes_seen, "lines": entry.lines_seen}


@app.post("/naive/files")
def receive_form_naively() -> dict[str, int]:
    with ledger.entry(request.path, request.content_length) as entry:
        parse_form_data(request.environ, stream_factory=processed_by(entry))
        entry.end("complete")
    return {"bytes": entry.bytes_seen, "lines": entry.lines_seen}


@app.get("/health")
def health() -> dict[str, int]:
    return {"worker": os.getpid()}


@app.errorhandler(ValueError)
@app.errorhandler(EOFError)
@app.errorhandler(OSError)
def refuse(error: Exception) -> tuple[dict[str, str], int]:
    return {"error": f"{type(error).__name__}: {error}"}, 400
