"""A witness behind nginx, which opens connections of its own: requests are known by a header that is passed on."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.cli.command_line import Told, invoke
from tests.nginx import conf_of
from tests.programs import lack
from tests.servers.test_witness import APPS, BODY, GUNICORN, HEAD, seen
from tests.servers.witnessing import beside
from tests.traces import trace_text
from tracereplay import serve
from tracereplay.cli.proxying import nginx

CONF = conf_of(
    "listen {host}:{port}; location / { proxy_pass http://{upstream}/below/; proxy_http_version 1.1;"
    " proxy_request_buffering off; }",
)
GTHREAD = f"{GUNICORN} --worker-class gthread --threads 8 apps:naive"
UVICORN = "uvicorn --fd {fd} --lifespan off apps:asynchronous"
ADDED_BYTES = len(b"X-Tracereplay-Id: 0123456789abcdef\r\n")


@pytest.fixture
def put(tmp_path: Path) -> Path:
    """Return the recording of an upload, beside applications that take it."""
    if shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") is None:
        lack("nginx is not installed")
    return beside(APPS, tmp_path / "put.txt", HEAD, BODY)


def told_by(put: Path, command: str, *args: str, conf: str = CONF) -> Told:
    log = put.parent / "witness.jsonl"
    with (
        serve(command, cwd=put.parent, env={"TRACEREPLAY_WITNESS": str(log)}) as server,
        nginx(conf, server.target) as proxy,
    ):
        return invoke(args[0], put, "--target", proxy.target, "--witness", log, *args[1:])


SWEEP = ("sweep", "--cuts", "head:50%", "--cuts", "body:50%", "--close", "stall", "--hold", "0.5s", "--format", "jsonl")


@pytest.mark.parametrize("command", [GTHREAD, UVICORN], ids=["gunicorn", "uvicorn"])
def test_a_part_that_was_taken_for_the_whole_is_found_behind_nginx(command: str, put: Path) -> None:
    told = told_by(put, command, *SWEEP, "--witness-by", "header")
    assert told.code == 1, told.err
    assert f"a header of {ADDED_BYTES} bytes more, X-Tracereplay-Id" in told.err
    found = {(line["how"], line["place"]): line for line in map(json.loads, told.out.splitlines())}
    assert found["stall", "head:50%"]["seen"] is None
    line = found["stall", "body:50%"]
    assert line["at"] == len(HEAD) + ADDED_BYTES + 10_000
    assert line["verdict"] == "truncated-taken-for-whole"
    assert seen(line, "read", "status", "over") == (10_000, 200, True)
    assert "--set-header 'X-Tracereplay-Id: 0000000000000000'" in str(line["command"])


def test_without_the_header_a_sweep_through_nginx_is_refused(put: Path) -> None:
    told = told_by(put, GTHREAD, *SWEEP)
    assert (told.code, told.out) == (2, "")
    assert "has not seen the whole request" in told.err
    assert "--witness-by header" in told.err


def test_a_proxy_that_takes_the_header_away_is_told(put: Path) -> None:
    conf = CONF.replace("proxy_http", 'proxy_set_header X-Tracereplay-Id ""; proxy_http')
    told = told_by(put, GTHREAD, *SWEEP, "--witness-by", "header", conf=conf)
    assert (told.code, told.out) == (2, "")
    assert "a request without the header X-Tracereplay-Id" in told.err


def test_a_staircase_is_seen_through_nginx(put: Path) -> None:
    args = ("--witness-by", "header", "--close", "stall", "--step", "8k", "--format", "json")
    told = told_by(put, UVICORN, "staircase", *args)
    assert told.code == 0, told.err
    (curve,) = json.loads(told.out)["curves"]
    assert curve["points"] == [[8_192, 8_192], [16_384, 16_384]]


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("--witness-by", "header"), "and there is none"),
        (("--witness", "x", "--witness-by", "header", "--set-header", "x-tracereplay-id: 7"), "sets X-Tracereplay-Id"),
    ],
    ids=["no witness", "a header of the user"],
)
def test_what_does_not_go_together_is_refused(args: tuple[str, ...], why: str, tmp_path: Path) -> None:
    path = tmp_path / "put.txt"
    path.write_bytes(trace_text([("=> Send header", HEAD), ("=> Send data", BODY)]))
    told = invoke("sweep", path, *args)
    assert (told.code, told.out) == (2, "")
    assert why in told.err
