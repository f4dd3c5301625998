"""A head that is cut short, and that Werkzeug's development server takes for a whole one all the same."""

import json
import sys

import pytest

from tests.cli.command_line import invoke
from tests.servers.test_witness import BODY, HEAD, Line, seen
from tests.traces import trace_text
from tracereplay import serve

APPS = """
from tracereplay.witness import WSGI

def receive(environ, start_response):
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Length", "0")])
    return []

naive = WSGI(receive)
"""
RUN = "from werkzeug.serving import run_simple; import apps; run_simple('127.0.0.1', {port}, apps.naive)"
CUTS = {
    "in the length": HEAD.index(b"20000") + 2,
    "in the name of the host": HEAD.index(b"x\r\n") + 1,
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[object, Line]:
    """Return the lines of a sweep, by their bytes."""
    folder = tmp_path_factory.mktemp("heads")
    (folder / "apps.py").write_text(APPS, "utf-8")
    trace, log = folder / "put.txt", folder / "witness.jsonl"
    trace.write_bytes(trace_text([("=> Send header", HEAD), ("=> Send data", BODY)]))
    with serve([sys.executable, "-c", RUN], cwd=folder, env={"TRACEREPLAY_WITNESS": str(log)}) as server:
        cuts = [word for at in CUTS.values() for word in ("--cuts", str(at))]
        args = ("--witness", log, *cuts, "--close", "fin", "--format", "jsonl")
        told = invoke("sweep", trace, "--target", server.target, *args)
    assert told.code == 1, told.err
    return {line["at"]: line for line in map(json.loads, told.out.splitlines())}


@pytest.mark.parametrize("name", CUTS)
def test_it_is_seen_and_is_a_finding(name: str, found: dict[object, Line]) -> None:
    line = found[CUTS[name]]
    assert seen(line, "status", "over") == (200, True)
    assert line["verdict"] == "truncated-taken-for-whole"
