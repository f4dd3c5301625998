"""The same API after its tests were red."""

import ledger
from flask import Flask, request
from streaming import processed_by
from werkzeug.formparser import parse_form_data

app = Flask(__name__)
ledger.prepare()


@app.post("/files")
def receive() -> tuple[dict[str, int | str], int]:
    """Process the file of a form while it arrives, and say how it ended, however it did."""
    upload = ledger.Upload()
    try:
        # By default (silent=True) a form that is cut short is taken for a form.
        parse_form_data(request.environ, stream_factory=processed_by(upload), silent=False)
    except SystemExit:  # gunicorn's --timeout; it is no Exception
        upload.end("timed_out")
        raise
    except Exception as error:  # noqa: BLE001 - a cut form is a ValueError, a reset an OSError
        upload.end("aborted")
        return {"error": str(error)}, 400
    upload.end("complete")
    return {"bytes": upload.file_bytes}, 200
