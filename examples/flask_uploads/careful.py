"""The same API after its tests were red."""

import ledger
from flask import Flask, request
from streaming import processed_by
from werkzeug.formparser import parse_form_data
from werkzeug.wsgi import LimitedStream

app = Flask(__name__)
ledger.prepare()


@app.post("/files")
def receive() -> tuple[dict[str, int | str], int]:
    """Process the file of a form while it arrives, and say how it ended, however it did."""
    upload = ledger.Upload()
    if request.content_length is not None:  # of a body in chunks gunicorn itself knows the end
        # An end of the stream before so many bytes is now an error, also where the form itself is whole.
        request.environ["wsgi.input"] = LimitedStream(request.environ["wsgi.input"], request.content_length)
    try:
        # By default (silent=True) what is no form is taken for an empty one.
        parse_form_data(request.environ, stream_factory=processed_by(upload), silent=False)
    except SystemExit:  # gunicorn's --timeout; it is no Exception
        upload.end("timed_out")
        raise
    except Exception as error:  # noqa: BLE001 - a cut is a ClientDisconnected, in chunks gunicorn's own
        upload.end("aborted")
        return {"error": str(error)}, 400
    upload.end("complete")
    return {"bytes": upload.file_bytes}, 200
