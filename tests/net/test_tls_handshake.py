"""Who is spoken with over TLS, and servers with which there is no speaking."""

import socket
import ssl
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.net.sink import Seen, Sink, swallow
from tests.net.tls_sink import Vault
from tests.net.upload import WHOLE
from tests.traces import make_trace
from tracereplay.errors import PlanError, TargetError
from tracereplay.library import Network, Plan, play
from tracereplay.net.tls import TlsOptions


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


def recorded_over_tls(folder: Path, port: int, name: str = "localhost") -> Plan:
    trace = make_trace(
        folder, [("=> Send SSL data", b"\x16\x03\x01"), ("=> Send header", b"GET / HTTP/1.1\r\n\r\n")], port=port
    )
    trace.path.write_bytes(trace.path.read_bytes().replace(b"127.0.0.1 (127.0.0.1)", b"%b (127.0.0.1)" % name.encode()))
    return type(trace).load(trace.path).plan().truncated("100%")


def test_what_was_recorded_over_tls_is_played_over_tls_and_by_the_recorded_name(tmp_path: Path, vault: Vault) -> None:
    with Sink(vault.swallow) as sink:
        play(recorded_over_tls(tmp_path, sink.port), network=Network(tls=TlsOptions(cacert=vault.cacert)))
        assert bytes(sink.seen().data) == b"GET / HTTP/1.1\r\n\r\n"
    assert vault.heard[0].name == "localhost"


@pytest.mark.parametrize(
    ("target", "connect_to", "name"),
    [
        ("https://localhost:{port}", (), "localhost"),
        ("127.0.0.1:{port}", (), "recorded.test"),
        ("https://staging.test:443", ("staging.test:443:127.0.0.1:{port}",), "staging.test"),
        ("https://127.0.0.1:{port}", (), None),
    ],
    ids=["a URL names it", "an address does not", "a detour does not", "an address is no name"],
)
def test_whom_we_say_we_want_to_speak_with(
    tmp_path: Path, target: str, connect_to: tuple[str, ...], name: str | None
) -> None:
    vault = Vault(tmp_path, names=("localhost", "recorded.test", "staging.test", "127.0.0.1"))
    with Sink(vault.swallow) as sink:
        plan = recorded_over_tls(tmp_path, 1, "recorded.test")
        detours = tuple(detour.format(port=sink.port) for detour in connect_to)
        network = Network(connect_to=detours, tls=TlsOptions(cacert=vault.cacert))
        play(plan, target.format(port=sink.port), network=network)
        assert sink.seen().end == "fin"
    assert vault.heard[0].name == name


def test_a_target_without_tls_is_not_to_be_forced(plan: Plan) -> None:
    with pytest.raises(PlanError, match="exclude each other"):
        play(plan, "http://127.0.0.1:9", network=Network(tls=TlsOptions(forced=True)))


def test_a_tunnel_in_the_trace_is_not_taken_for_what_is_in_it(tmp_path: Path) -> None:
    connect = b"CONNECT localhost:1 HTTP/1.1\r\n\r\n"
    trace = make_trace(tmp_path, [("=> Send SSL data", b"\x16"), ("=> Send header", connect)])
    with pytest.raises(PlanError, match="asks a proxy for a tunnel"):
        play(trace.plan(), "127.0.0.1:9")


def answer_in_the_clear(sock: socket.socket, _seen: Seen) -> None:
    sock.recv(65536)
    sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def close(sock: socket.socket, _seen: Seen) -> None:
    sock.recv(65536)


def reset(sock: socket.socket, _seen: Seen) -> None:
    sock.recv(10)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(
    ("talk", "message", "hint"),
    [
        (answer_in_the_clear, "does not speak TLS", "http://HOST:PORT"),
        (close, "closed the connection during the TLS handshake", "http://HOST:PORT"),
        (reset, "reset the connection during the TLS handshake", "http://HOST:PORT"),
        (swallow, "does not answer to TLS in time", "http://HOST:PORT"),
    ],
    ids=["answers in the clear", "closes", "resets", "is silent"],
)
def test_a_server_that_does_not_speak_tls(
    plan: Plan, talk: Callable[[socket.socket, Seen], None], message: str, hint: str
) -> None:
    with Sink(talk) as sink, pytest.raises(TargetError, match=message) as caught:
        play(plan, f"https://{sink.target}", timeout="0.5s")
    assert hint in str(caught.value)
    assert caught.value.exit_code == 4


def test_a_certificate_that_nobody_knows_is_not_trusted(plan: Plan, vault: Vault) -> None:
    with Sink(vault.swallow) as sink:
        with pytest.raises(TargetError, match=r"is not trusted as 127\.0\.0\.1: .*certificate") as caught:
            play(plan, f"https://{sink.target}")
        assert "--cacert FILE" in str(caught.value)
        assert "-k" in str(caught.value)
        play(plan.truncated("100%"), f"https://{sink.target}", network=Network(tls=TlsOptions(insecure=True)))
        assert bytes(sink.seen(1).data) == WHOLE


def test_a_certificate_for_another_name_is_not_trusted(plan: Plan, tmp_path: Path) -> None:
    vault = Vault(tmp_path, names=("other.test",))
    network = Network(tls=TlsOptions(cacert=vault.cacert))
    with Sink(vault.swallow) as sink:
        with pytest.raises(TargetError, match="is not trusted as localhost: Hostname mismatch") as caught:
            play(plan, f"https://localhost:{sink.port}", network=network)
        assert "--target https://NAME:PORT" in str(caught.value)


def test_a_server_that_wants_a_certificate_gets_ours(plan: Plan, vault: Vault, tmp_path: Path) -> None:
    vault.wants_certificate = True
    ours = vault.authority.issue_cert("me.test")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    ours.cert_chain_pems[0].write_to_path(cert)
    ours.private_key_pem.write_to_path(key)
    with Sink(vault.swallow) as sink:
        options = TlsOptions(cacert=vault.cacert, cert=cert, key=key)
        play(plan.truncated("100%"), f"https://{sink.target}", network=Network(tls=options))
        assert bytes(sink.seen().data) == WHOLE


def test_a_refusal_after_the_handshake_is_a_result(plan: Plan, vault: Vault) -> None:
    vault.wants_certificate = True
    with Sink(vault.swallow) as sink:
        network = Network(tls=TlsOptions(cacert=vault.cacert))
        one = play(plan.paused("1=0.3s"), f"https://{sink.target}", network=network).connection
    assert one.tls is not None
    assert (one.tls.fault, one.ended) == ("tlsv13 alert certificate required", "peer")


def test_a_refusal_within_the_handshake_tells_what_may_help(plan: Plan, tmp_path: Path) -> None:
    vault = Vault(tmp_path, ssl.TLSVersion.TLSv1_2, wants_certificate=True)
    with Sink(vault.swallow) as sink, pytest.raises(TargetError, match=r"TLS with .* fails") as caught:
        play(plan, f"https://{sink.target}", network=Network(tls=TlsOptions(cacert=vault.cacert)))
    assert "--cert FILE --key FILE" in str(caught.value)


def test_versions_that_do_not_meet_are_told(plan: Plan, tmp_path: Path) -> None:
    vault = Vault(tmp_path, ssl.TLSVersion.TLSv1_2)
    with Sink(vault.swallow) as sink, pytest.raises(TargetError, match="alert protocol version"):
        play(plan, f"https://{sink.target}", network=Network(tls=TlsOptions(cacert=vault.cacert, least="1.3")))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (TlsOptions(cacert="/no/such/file"), "cannot be read: No such file"),
        (TlsOptions(cacert=__file__), "does not hold certificates"),
        (TlsOptions(cert=__file__), "does not hold a certificate and its key"),
        (TlsOptions(key="key.pem"), "--key is the key of a certificate"),
        (TlsOptions(least="1.4"), "TLS '1.4' is not known"),
        (TlsOptions(least="1.3", most="1.2"), "no version of TLS is at least 1.3 and at most 1.2"),
    ],
)
def test_options_that_are_of_no_use_say_why(plan: Plan, options: TlsOptions, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        play(plan, "https://127.0.0.1:9", network=Network(tls=options))


def test_a_key_of_another_certificate_is_refused(plan: Plan, vault: Vault, tmp_path: Path) -> None:
    one, other = vault.authority.issue_cert("a.test"), vault.authority.issue_cert("b.test")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    one.cert_chain_pems[0].write_to_path(cert)
    other.private_key_pem.write_to_path(key)
    with pytest.raises(PlanError, match="the key is not that of the certificate"):
        play(plan, "https://127.0.0.1:9", network=Network(tls=TlsOptions(cert=cert, key=key)))
