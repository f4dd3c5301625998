"""The options of TLS, from the command line to the server."""

import json
import ssl
from pathlib import Path

import pytest

from tests.cli.command_line import invoke
from tests.net.sink import Sink
from tests.net.tls_sink import Vault
from tests.traces import make_trace

REQUEST = b"PUT /f HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40000\r\n\r\n"
BODY = bytes(40_000)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    return make_trace(tmp_path, [("=> Send header", REQUEST), ("=> Send data", BODY)]).path


@pytest.mark.parametrize("trust", [["--insecure"], ["-k"], ["--cacert", "ca.pem"]], ids=lambda options: options[0])
def test_a_server_that_is_trusted_gets_it_all(vault: Vault, upload: Path, trust: list[str]) -> None:
    options = [str(vault.cacert) if one == "ca.pem" else one for one in trust]
    with Sink(vault.swallow) as sink:
        told = invoke("play", upload, "--target", sink.target, "--tls", *options, "--truncate", "100%")
        assert bytes(sink.seen().data) == REQUEST + BODY
    assert told.code == 0, told.err
    records = 4  # the head, and three of the body; each is 22 bytes more than it holds
    wire = len(REQUEST) + len(BODY) + 22 * records
    assert f"tls           TLSv1.3, {wire:,} bytes of ciphertext sent\n" in told.out


def test_a_server_that_is_not_trusted_is_not_reached(vault: Vault, upload: Path) -> None:
    with Sink(vault.swallow) as sink:
        told = invoke("play", upload, "--target", f"https://{sink.target}")
    assert told.code == 4
    assert "is not trusted as 127.0.0.1: unable to get local issuer certificate" in told.err
    assert "--cacert FILE" in told.err


def test_a_cut_of_the_wire_tells_what_was_whole(vault: Vault, upload: Path) -> None:
    with Sink(vault.swallow) as sink:
        options = ("--target", f"https://{sink.target}", "-k", "--truncate", "wire:20000")
        told = invoke("play", upload, *options)
        assert len(sink.seen().data) == len(REQUEST) + 16_384
        played = json.loads(invoke("play", upload, *options, "--format", "json").out)["connections"][0]
    whole = len(REQUEST) + 16_384
    assert f"cut           wire:20000 (of the ciphertext) is byte {whole:,} (41.0 %)\n" in told.out
    assert played["cut"] == {"spec": "wire:20000", "at": whole, "reads": None, "how": "fin"}
    assert played["tls"] == {"version": "TLSv1.3", "wire": 20_000, "notified": False, "fault": None}
    assert vault.heard[0].wire == 20_000


@pytest.mark.parametrize(("end", "is_said"), [("notify", True), ("none", False)])
def test_the_end_is_said_as_the_user_wants_it(vault: Vault, upload: Path, end: str, is_said: bool) -> None:
    with Sink(vault.swallow) as sink:
        invoke("play", upload, "--target", sink.target, "--tls", "-k", "--truncate", "50%", "--tls-end", end)
        assert sink.seen().end == "fin"
    assert vault.heard[0].notified == is_said


def test_versions_are_bounded_as_by_curl(tmp_path: Path, upload: Path) -> None:
    vault = Vault(tmp_path, ssl.TLSVersion.TLSv1_2)
    with Sink(vault.swallow) as sink:
        options = ("--target", f"https://{sink.target}", "-k", "--truncate", "100%")
        assert invoke("play", upload, *options, "--tlsv1.3").code == 4
        assert invoke("play", upload, *options, "--tlsv1.2", "--tls-max", "1.2").code == 0
