"""The same with Flask, for its own server."""

from flask import Flask, request

app = Flask(__name__)


@app.post("/files")
def receive() -> tuple[str, int]:
    request.get_data()
    return "ok\n", 201
