"""What a server in Python makes of the ends of TLS; the table of docs/tls.md."""

import ssl
from pathlib import Path

import pytest

from tests.net.ragged import RaggedServer
from tests.net.tls_sink import Vault
from tracereplay.library import Network, Plan, TlsOptions, play
from tracereplay.net.tls_link import TlsEnd


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def vault(tmp_path: Path, request: pytest.FixtureRequest) -> Vault:
    return Vault(tmp_path, request.param)


@pytest.mark.parametrize(
    ("how", "end", "spec", "is_said"),
    [
        ("fin", "notify", "50%", True),
        ("fin", None, "50%", False),
        ("fin", "notify", "wire:100000", False),
        ("half", None, "50%", True),
        ("half", "none", "50%", False),
        ("rst", "notify", "50%", False),
    ],
)
@pytest.mark.parametrize("suppresses", [True, False], ids=["by default", "strictly"])
def test_only_a_strict_server_tells_an_end_that_was_said(
    plan: Plan, vault: Vault, *, how: str, end: TlsEnd | None, spec: str, is_said: bool, suppresses: bool
) -> None:
    network = Network(tls=TlsOptions(forced=True, cacert=vault.cacert, end=end))
    with RaggedServer(vault.context(), suppress_ragged_eofs=suppresses) as server:
        outcome = play(plan.truncated(spec).leaving(how), server.target, network=network)
        assert len(server.seen().data) == outcome.connection.handed
    assert server.faults == ([] if is_said or suppresses else ["SSLEOFError"])
    if how == "half":
        assert (outcome.answer is not None) == is_said
        assert outcome.connection.tls is not None
        assert outcome.connection.tls.fault == (None if is_said else "tlsv1 alert decode error")
