"""An answer that is a file of the server's own kind: a server sends it as it does without a witness."""

import http.client
import json
from contextlib import closing
from pathlib import Path

import pytest

from tests.servers.test_witness import GUNICORN
from tracereplay import serve

APPS = """
from tracereplay.witness import WSGI

def bare(environ, start_response):
    environ["wsgi.input"].read(5)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return environ["wsgi.file_wrapper"](open("file.txt", "rb"))

witnessed = WSGI(bare)
"""
SERVERS = {"waitress": "waitress-serve --host 127.0.0.1 --port {port} apps:", "gunicorn": f"{GUNICORN}apps:"}


def answered(folder: Path, command: str, log: Path) -> tuple[dict[str, str], bytes]:
    """Return what the headers of the answer say, but for the time, and its body."""
    with (
        serve(command, cwd=folder, env={"TRACEREPLAY_WITNESS": str(log)}) as server,
        closing(http.client.HTTPConnection(server.target, timeout=30)) as connection,
    ):
        connection.request("POST", "/", b"hello")
        answer = connection.getresponse()
        return {name: value for name, value in answer.getheaders() if name != "Date"}, answer.read()


@pytest.mark.parametrize("name", SERVERS)
def test_a_file_is_framed_as_without_a_witness_and_the_request_is_done(name: str, tmp_path: Path) -> None:
    (tmp_path / "apps.py").write_text(APPS, "utf-8")
    (tmp_path / "file.txt").write_bytes(b"x" * 50)
    log = tmp_path / "log"
    found = answered(tmp_path, f"{SERVERS[name]}witnessed", log)
    assert found == answered(tmp_path, f"{SERVERS[name]}bare", log)
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    of_post = [(line["state"], line["read"], line["status"]) for line in lines if line["method"] == "POST"]
    assert of_post == [("called", 0, None), ("read", 5, None), ("done", 5, 200)]
