"""``tracereplay compare``: the same sweep over several servers."""

import json
import os
import shutil
import sys
from pathlib import Path
from shlex import quote

import pytest

from tests.cli.command_line import NOBODY, invoke
from tests.cli.samples import REQUEST, SENT, upload
from tests.judge import servers
from tests.net.sink import Sink
from tests.nginx import conf_of
from tests.programs import lack

HEAD, TOTAL = len(REQUEST), len(SENT)
SOME = ("--cuts", "every:40", "--close", "half")
SERVER = """\
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers["Content-Length"])
        whole = len(self.rfile.read(length)) == length
        self.send_response(201 if whole or sys.argv[2] == "naive" else 400)
        self.end_headers()
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
CONF = conf_of(
    "listen {host}:{port}; location / { proxy_pass http://{upstream}; proxy_ignore_client_abort on; }",
)


def command(folder: Path, manner: str) -> str:
    """Return what starts a server of this manner."""
    (folder / "server.py").write_text(SERVER, "utf-8")
    return f"{quote(sys.executable)} {quote(str(folder / 'server.py'))} {{port}} {manner}"


def test_where_two_servers_differ_is_told_and_the_exit_code_is_1(tmp_path: Path) -> None:
    with Sink(servers.naive) as naive, Sink(servers.careful) as careful:
        told = invoke("compare", upload(tmp_path), "--target", naive.target, "--target", careful.target, *SOME)
    assert (told.code, told.err) == (1, "")
    assert told.out.splitlines() == [
        f"{tmp_path}/upload.txt",
        f"  A  {naive.target}: 2 findings",
        f"  B  {careful.target}: nothing wrong",
        "",
        "half, at 6 places from byte 40 to byte 240",
        "  A  2xx-for-incomplete, answer 200",
        "  B  rejected, answer 400",
        "",
        "half     A  !!!!!!",
        "half     B  ......",
        "            . right  ! wrong  - nothing to be seen",
        "6 of 6 plays differ",
    ]


def test_servers_that_agree_are_told_in_few_words_and_the_exit_code_is_0(tmp_path: Path) -> None:
    with Sink(servers.careful) as one, Sink(servers.careful) as other:
        told = invoke("compare", upload(tmp_path), "--target", one.target, "--target", other.target)
    assert told.code == 0
    assert told.out.splitlines()[-1] == f"{3 * TOTAL} of {3 * TOTAL} plays agree"
    assert "half     B  ....." in told.out


def test_plays_that_were_not_made_on_every_server_are_not_said_to_agree(tmp_path: Path) -> None:
    with servers.Dying(HEAD + 100) as dying, Sink(servers.careful) as careful:
        both = ("--target", careful.target, "--target", dying.target)
        told = invoke("compare", upload(tmp_path), *both, "--cuts", "body:all", "--close", "half", "--parallel", "1")
    assert told.code == 1
    assert "B  dead-afterwards, answer 400" in told.out
    *_, differ, left = told.out.splitlines()
    compared = int(differ.split()[2])
    assert compared < 201
    assert left == f"{201 - compared} plays were not made on every server, or told nothing of it"


def test_servers_are_started_and_ended_and_json_has_every_row(tmp_path: Path) -> None:
    commands = [command(tmp_path, manner) for manner in ("naive", "careful")]
    args = [word for one in commands for word in ("--server", one)]
    told = invoke("compare", upload(tmp_path), *args, "--cuts", "body:50%", "--cuts", "100%", "--format", "json")
    found = json.loads(told.out)
    assert told.code == 1
    assert [(one["name"], one["findings"]) for one in found["servers"]] == [(commands[0], 1), (commands[1], 0)]
    assert found["plays"] == 6
    rows = [(one["how"], one["place"], one["last"], one["count"], one["agrees"]) for one in found["rows"]]
    assert rows == [
        ("fin", "body:50%", "100%", 2, True),
        ("rst", "body:50%", "100%", 2, True),
        ("half", "body:50%", "body:50%", 1, False),
        ("half", "100%", "100%", 1, True),
    ]
    assert found["rows"][2]["at"] == HEAD + 100
    assert found["rows"][2]["verdicts"] == [
        {"verdict": "2xx-for-incomplete", "status": 201},
        {"verdict": "rejected", "status": 400},
    ]


def test_direct_and_through_nginx(tmp_path: Path) -> None:
    if shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") is None:
        lack("nginx is not installed")
    (tmp_path / "nginx.conf").write_text(CONF, "utf-8")
    conf = str(tmp_path / "nginx.conf")
    args = ("--server", command(tmp_path, "naive"), "--via", conf, "--cuts", "body:50%", "--close", "half")
    told = invoke("compare", upload(tmp_path), *args, "--format", "json")
    found = json.loads(told.out)
    assert [one["name"].partition(", via ")[2] for one in found["servers"]] == ["", conf]
    assert found["rows"][0]["verdicts"] == [
        {"verdict": "2xx-for-incomplete", "status": 201},
        {"verdict": "closed", "status": None},
    ]
    assert told.code == 1


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "there is nothing to compare with: name two servers, or one and --via"),
        (["--target", NOBODY], "there is nothing to compare with"),
        (["--server", "true", "--server", "true"], "does not say where to listen"),
        (["--target", NOBODY, "--via", "nowhere.conf"], "nowhere.conf cannot be read"),
        (["--target", NOBODY, "--via", "{trace}"], "has no {port}, so that nginx would not stand between"),
        (["--target", NOBODY, "--target", NOBODY, "--cuts", "half:50%"], "is not a place"),
    ],
)
def test_what_cannot_be_compared_is_refused(args: list[str], message: str, tmp_path: Path) -> None:
    trace = upload(tmp_path)
    told = invoke("compare", trace, *(one.replace("{trace}", str(trace)) for one in args))
    assert (told.code, told.out) == (2, "")
    assert message in told.err


def test_a_configuration_that_nginx_does_not_take_is_told(tmp_path: Path) -> None:
    if shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") is None:
        lack("nginx is not installed")
    (tmp_path / "nginx.conf").write_text("nonsense {port} {upstream};", "utf-8")
    with Sink(servers.careful) as sink:
        args = ("--target", sink.target, "--via", str(tmp_path / "nginx.conf"), *SOME)
        told = invoke("compare", upload(tmp_path), *args)
    assert told.code == 4
    assert 'unknown directive "nonsense"' in told.err
