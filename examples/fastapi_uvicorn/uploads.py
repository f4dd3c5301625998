"""Two ways to take an upload in FastAPI: whole, as its tutorial does, and while it arrives."""

import json
import os
from pathlib import Path

from fastapi import FastAPI, Request, UploadFile
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

JOURNAL = Path(os.environ.get("JOURNAL", "journal.jsonl"))

app = FastAPI()


def note(**what: str | int) -> None:
    """Write a line to the journal, which is the database of this example."""
    with JOURNAL.open("a") as journal:
        journal.write(json.dumps(what) + "\n")


@app.post("/files")
async def receive_form(file: UploadFile) -> dict[str, int]:
    """Take a form. Starlette reads all of it first: for half of a form this is never called."""
    size = len(await file.read())
    note(state="complete", seen=size)
    return {"bytes": size}


@app.put("/stream/{name}")
async def receive_stream(name: str, request: Request) -> JSONResponse:
    """Take a file while it arrives, and note how it ended."""
    seen = 0
    try:
        async for piece in request.stream():
            seen += len(piece)
    except ClientDisconnect:
        note(state="aborted", name=name, seen=seen)
        return JSONResponse({"error": "the client left"}, 400)
    note(state="complete", name=name, seen=seen)
    return JSONResponse({"bytes": seen})
