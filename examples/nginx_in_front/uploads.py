"""An upload API that takes care of clients that leave. Does it ever hear of them?"""

import json
import os
from pathlib import Path

from flask import Flask, request
from werkzeug.formparser import parse_form_data

JOURNAL = Path(os.environ.get("JOURNAL", "journal.jsonl"))

app = Flask(__name__)


def note(**what: str | int) -> None:
    """Write a line to the journal, which is the database of this example."""
    with JOURNAL.open("a") as journal:
        journal.write(json.dumps(what) + "\n")


@app.post("/files")
def receive() -> tuple[dict[str, int | str], int]:
    """Take a form, and note how it ended."""
    try:
        _, _, files = parse_form_data(request.environ, silent=False)
    except Exception as error:  # noqa: BLE001 - whatever it is
        note(state="aborted", error=type(error).__name__)
        return {"error": str(error)}, 400
    size = len(files["file"].read())
    note(state="complete", seen=size)
    return {"bytes": size}, 200
