"""Uploads to Flask: as most of us write it first, with care, with a count as well, and by reading the stream."""

import io

from flask import Flask, request
from journal import Upload
from werkzeug.formparser import parse_form_data
from werkzeug.wsgi import LimitedStream

naive = Flask("naive")
careful = Flask("careful")
counting = Flask("counting")
stream = Flask("stream")


class Processed(io.BytesIO):
    """What Werkzeug writes a file into while it arrives."""

    def __init__(self, upload: Upload) -> None:
        super().__init__()
        self._upload = upload

    def write(self, piece: bytes) -> int:
        """Process a piece, and keep nothing."""
        self._upload.process(bytes(piece))
        return len(piece)


@naive.post("/files")
def _receive() -> dict[str, int]:
    """Take the form; by default one that is cut short is taken for a form."""
    upload = Upload()
    parse_form_data(request.environ, stream_factory=lambda *_args, **_kwargs: Processed(upload))
    upload.end("complete")
    return {"bytes": upload.seen}


@careful.post("/files")
def _receive_with_care() -> tuple[dict[str, int | str], int]:
    """Take the form, and say how it ended."""
    upload = Upload()
    try:
        with upload.watched():
            parse_form_data(request.environ, stream_factory=lambda *_args, **_kwargs: Processed(upload), silent=False)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return {"error": str(error)}, 400
    upload.end("complete")
    return {"bytes": upload.seen}, 200


@counting.post("/files")
def _receive_and_count() -> tuple[dict[str, int | str], int]:
    """Take the form with care, of a stream that is too short when it ends before its Content-Length."""
    if request.content_length is not None:
        request.environ["wsgi.input"] = LimitedStream(request.environ["wsgi.input"], request.content_length)
    return _receive_with_care()


@stream.post("/files")
def _receive_stream() -> dict[str, int]:
    """Read until there is no more."""
    upload = Upload()
    with upload.watched():
        while piece := request.stream.read(65_536):
            upload.process(piece)
    upload.end("complete")
    return {"bytes": upload.seen}
