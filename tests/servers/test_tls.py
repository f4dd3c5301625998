"""gunicorn with --certfile, and an upload that the real curl has made over https."""

from collections.abc import Iterator

import pytest
import trustme

from tracereplay import Network, Plan, play
from tracereplay.net.tls import TlsOptions
from tracereplay.net.tls_link import TlsEnd

from .eventually import eventually
from .recording import SMALL_LINES, recorded, write_csv
from .server import PATIENT, Server, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    ours = authority.issue_cert("127.0.0.1")
    cert, key, cacert = folder / "cert.pem", folder / "key.pem", folder / "ca.pem"
    ours.cert_chain_pems[0].write_to_path(cert)
    ours.private_key_pem.write_to_path(key)
    authority.cert_pem.write_to_path(cacert)
    with serving(folder, (*PATIENT, f"--certfile={cert}", f"--keyfile={key}"), cacert=cacert) as running:
        yield running


@pytest.fixture(scope="module")
def upload(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Plan:
    folder = tmp_path_factory.mktemp("trace")
    file = write_csv(folder / "small.csv", SMALL_LINES)
    trace = recorded(folder / "trace.txt", "--cacert", str(server.cacert), "-T", str(file), server.url("/files/a.csv"))
    return trace.plan()


def trusting(server: Server, end: TlsEnd | None = None) -> Network:
    return Network(tls=TlsOptions(cacert=server.cacert, end=end))


def test_what_curl_recorded_over_https_is_played_over_https(server: Server, upload: Plan) -> None:
    outcome = play(upload, network=trusting(server))
    assert outcome.answer is not None
    assert outcome.answer.status == 200
    row = server.last_upload()
    assert row is not None
    assert (row.state, row.bytes_seen) == ("complete", row.announced)


@pytest.mark.parametrize("how", ["fin", "half", "rst"])
@pytest.mark.parametrize("spec", ["body:50%", "wire:100000"])
@pytest.mark.parametrize("end", ["notify", "none"])
def test_the_application_sees_a_short_body_however_the_client_leaves(
    server: Server, upload: Plan, how: str, spec: str, end: TlsEnd
) -> None:
    rows = len(server.uploads())
    outcome = play(upload.truncated(spec).leaving(how), network=trusting(server, end))
    row = eventually(lambda: server.uploads()[rows:], lambda new: new and new[0].state != "started")[0]
    one = outcome.connection
    assert row.state == "aborted"
    assert row.announced is not None
    assert row.bytes_seen < row.announced
    if how != "rst":
        head = one.planned - row.announced
        assert row.bytes_seen == one.handed - head
    is_end_said = end == "notify" and not spec.startswith("wire")
    if how == "half" and is_end_said:
        assert outcome.answer is not None
        assert outcome.answer.status == 400
    elif how == "half":  # to OpenSSL an end that is not said is a fault: it refuses to send the answer
        assert outcome.answer is None
        assert one.tls is not None
        assert one.tls.fault == "tlsv1 alert decode error"
    else:
        assert outcome.answer is None
