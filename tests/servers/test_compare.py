"""Servers that people use, compared with each other: over TLS, and with another request than the recorded one."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.cli.command_line import invoke
from tests.net.tls_sink import Vault
from tests.programs import lack

EXAMPLE = Path(__file__).parents[2] / "examples" / "flask_uploads"
CONF = """\
events {}
http {
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {
        listen {host}:{port} ssl;
        ssl_certificate FOLDER/server.pem;
        ssl_certificate_key FOLDER/server.key;
        location / { proxy_pass https://{upstream}; proxy_ignore_client_abort on; }
    }
}
"""


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    made = Vault(tmp_path)
    chain, *_ = made.certificate.cert_chain_pems
    chain.write_to_path(tmp_path / "server.pem")
    made.certificate.private_key_pem.write_to_path(tmp_path / "server.key")
    return made


def test_two_applications_behind_tls_and_nginx_before_them(
    tmp_path: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") is None:
        lack("nginx is not installed")
    monkeypatch.setenv("DATABASE", str(tmp_path / "uploads.db"))
    conf = tmp_path / "nginx.conf"
    conf.write_text(CONF.replace("FOLDER", str(tmp_path)), "utf-8")
    gunicorn = f"gunicorn --no-control-socket --chdir {EXAMPLE} --certfile server.pem --keyfile server.key"
    gunicorn = gunicorn.replace("server.", f"{tmp_path}/server.")
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
