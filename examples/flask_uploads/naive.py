"""The API as most of us write it first. Its users say that now and then half of a file is there. How?"""

import ledger
from flask import Flask, request
from streaming import processed_by
from werkzeug.formparser import parse_form_data

app = Flask(__name__)
ledger.prepare()


@app.post("/files")
def receive() -> dict[str, int]:
    """Process the file of a form while it arrives."""
    upload = ledger.Upload()
    parse_form_data(request.environ, stream_factory=processed_by(upload))
    upload.end("complete")
    return {"bytes": upload.file_bytes}
