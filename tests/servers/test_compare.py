"""Servers that people use, compared with each other: over TLS, and with another request than the recorded one."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.cli.command_line import invoke
from tests.net.tls_sink import Vault
from tests.nginx import conf_of
from tests.programs import lack

EXAMPLE = Path(__file__).parents[2] / "examples" / "flask_uploads"
LOCATION = "location / { proxy_pass https://{upstream}; proxy_ignore_client_abort on; }"


def test_two_applications_behind_tls_and_nginx_before_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") is None:
        lack("nginx is not installed")
    monkeypatch.setenv("DATABASE", str(tmp_path / "uploads.db"))
    vault = Vault(tmp_path)
    certificate, key = vault.hand_over()
    ssl = f'listen {{host}}:{{port}} ssl; ssl_certificate "{certificate}"; ssl_certificate_key "{key}";'
    conf = tmp_path / "nginx.conf"
    conf.write_text(conf_of(f"{ssl} {LOCATION}"), "utf-8")
    gunicorn = f"gunicorn --no-control-socket --chdir {EXAMPLE} --certfile '{certificate}' --keyfile '{key}'"
    commands = [f"{gunicorn} --bind fd://{{fd}} {name}:app" for name in ("naive", "careful")]
    args = [word for one in commands for word in ("--server", one)]
    edits = ("--grow", "file=100k", "--cuts", "body:50%", "--cuts", "-1", "--close", "half")
    tls = ("--tls", "--cacert", str(vault.cacert), "--via", str(conf))
    told = invoke("compare", EXAMPLE / "upload.txt", *args, *tls, *edits, "--format", "json")
    assert told.code == 1, told.err
    found = json.loads(told.out)
    assert [one["findings"] for one in found["servers"]] == [2, 0, 0, 0]
    rows = [[one["verdict"] for one in row["verdicts"]] for row in found["rows"]]
    assert rows == [["2xx-for-incomplete", "closed", "rejected", "closed"]]
    assert found["rows"][0]["at"] > 50_000
