"""Plays through the tunnel of an HTTP proxy, as recorded: the proxy is asked as it was, and only the rest is played."""

import socket
from pathlib import Path

import pytest

from tests.net.proxies import http_proxy, recorded_through, socks_proxy
from tests.net.sink import Seen, Sink, Talk, answer_with
from tests.net.tls_sink import Vault
from tests.net.upload import ANSWER
from tests.traces import make_trace
from tracereplay.errors import PlanError, TargetError
from tracereplay.library import Network, Plan, load, play
from tracereplay.net.tls import TlsOptions

CONNECT = b"CONNECT localhost:%d HTTP/1.1\r\nHost: localhost:%d\r\nProxy-Authorization: Basic bWU6cGFzcw==\r\n\r\n"
GRANTED = b"HTTP/1.1 200 Go\r\n\r\n"
POST = b"POST /f HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\na=b"
FILE = bytes(range(256)) * 400


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


@pytest.fixture
def trusting(vault: Vault) -> Network:
    return Network(tls=TlsOptions(cacert=vault.cacert))


def uploaded_by_https(folder: Path, proxy: str, server: Sink, *options: str) -> Plan:
    """Return what curl did to upload a file through ``proxy``; it is the first that the server has seen."""
    file = folder / "file"
    file.write_bytes(FILE)
    url = f"https://localhost:{server.port}/f"
    upload = ["--cacert", str(folder / "ca.pem"), "-H", "Expect:", "-T", str(file), url]
    options = ("--http1.1", "--max-time", "20", *options)
    return recorded_through(folder / "t.txt", "-x", proxy, *options, *upload).plan().at_speed("max")


def made(folder: Path, port: int, inside: int) -> Plan:
    """Return a small upload through a tunnel to ``inside``, of a proxy at ``port``."""
    head, _, body = POST.partition(b"a=b")
    events = [
        ("=> Send header", CONNECT % (inside, inside)),
        ("<= Recv header", GRANTED[:-2]),
        ("<= Recv header", b"\r\n"),
        ("=> Send header", head),
        ("=> Send data", b"a=b" + body),
        ("<= Recv header", ANSWER),
    ]
    return make_trace(folder, events, port=port).plan()


# To the proxy that was recorded.


def test_an_upload_by_https_is_played_through_the_proxy_to_the_server(
    tmp_path: Path, vault: Vault, trusting: Network
) -> None:
    with http_proxy(tmp_path) as proxy, Sink(vault.answer(ANSWER, after=FILE)) as server:
        plan = uploaded_by_https(tmp_path, proxy, server)
        outcome = play(plan, network=trusting)
        recorded, played = bytes(server.seen(0).data), bytes(server.seen(1).data)
    one = outcome.connection
    assert played == recorded
    assert played.startswith(b"PUT /f HTTP/1.1\r\n")
    assert (one.handed, one.acknowledged, one.planned) == (len(played),) * 3, "what the proxy was told is not counted"
    assert [(answer.status, answer.body) for answer in one.answers] == [(200, b"ok")]
    assert (one.target, one.ended) == (f"localhost:{server.port}", "complete")
    assert (vault.heard[1].name, vault.heard[1].notified) == ("localhost", True)


@pytest.mark.parametrize("how", ["fin", "rst", "half", "stall"])
@pytest.mark.parametrize("spec", ["50%", "body:1", "head:4", "100%"])
def test_the_server_behind_the_proxy_gets_exactly_what_stands_before_the_cut(
    tmp_path: Path, vault: Vault, trusting: Network, spec: str, how: str
) -> None:
    with http_proxy(tmp_path) as proxy, Sink(vault.answer(ANSWER, after=FILE)) as server:
        plan = uploaded_by_https(tmp_path, proxy, server).truncated(spec)
        stays = {"hold": "0.05s"} if how in ("half", "stall") else {}
        one = play(plan.leaving(how, **stays), network=trusting).connection
        recorded, seen = bytes(server.seen(0).data), server.seen(1)
    assert one.cut is not None
    assert bytes(seen.data) == recorded[: one.cut.at]
    assert (one.handed, one.acknowledged, one.cut.spec) == (one.cut.at, one.cut.at, spec)
    ends = ("fin", "rst") if spec == "100%" else ("fin",)  # who answers what the proxy cannot pass on is reset
    assert seen.end in ends, "the proxy makes that of a reset, too"
    assert vault.heard[1].notified == (how == "half")


def test_the_wire_is_counted_in_the_tunnel(tmp_path: Path, vault: Vault, trusting: Network) -> None:
    with http_proxy(tmp_path) as proxy, Sink(vault.answer(ANSWER, after=FILE)) as server:
        plan = uploaded_by_https(tmp_path, proxy, server).truncated("wire:20000")
        one = play(plan, network=trusting).connection
        seen = server.seen(1)
    assert one.tls is not None
    assert (vault.heard[1].wire, one.tls.wire, one.handed) == (20_000, 20_000, len(seen.data))


def test_a_tunnel_without_tls_is_no_other(tmp_path: Path) -> None:
    with http_proxy(tmp_path) as proxy, Sink(answer_with(ANSWER, after=b"a=b")) as server:
        url = f"http://{server.target}/f"
        plan = recorded_through(tmp_path / "t.txt", "-x", proxy, "-p", "-d", "a=b", url).plan()
        outcome = play(plan)
        one = outcome.connection
        sent, played = bytes(server.seen(0).data), bytes(server.seen(1).data)
    assert played == sent
    assert outcome.matches_recording(), "what the proxy answered is no answer of the server"
    assert [answer.status for answer in one.answers] == [200]
    assert (one.target, one.ended) == (server.target, "complete")
    assert one.handed == one.acknowledged == one.planned == len(sent)


def test_a_proxy_behind_another_is_asked_through_that(tmp_path: Path, vault: Vault, trusting: Network) -> None:
    with http_proxy(tmp_path) as proxy, socks_proxy() as socks, Sink(vault.answer(ANSWER, after=FILE)) as server:
        plan = uploaded_by_https(tmp_path, proxy, server, "--preproxy", f"socks5h://{socks}")
        one = play(plan.truncated("50%"), network=trusting).connection
        assert bytes(server.seen(1).data) == bytes(server.seen(0).data)[: one.handed]
    assert one.target == f"localhost:{server.port}"


def proxy_that_says(answer: bytes, *, heard: list[bytes]) -> Talk:
    """Return the talk of a proxy that keeps what it is asked, says ``answer``, and is then the server itself."""

    def talk(sock: socket.socket, seen: Seen) -> None:
        heard.append(sock.recv(65536))
        sock.sendall(answer)
        answer_with(ANSWER, after=b"a=b")(sock, seen)

    return talk


def test_the_proxy_is_asked_word_for_word_as_it_was(tmp_path: Path) -> None:
    heard: list[bytes] = []
    with Sink(proxy_that_says(GRANTED, heard=heard)) as proxy:
        one = play(made(tmp_path, proxy.port, 9)).connection
        assert bytes(proxy.seen().data) == POST
    assert heard == [CONNECT % (9, 9)]
    assert (one.handed, one.received, one.target) == (len(POST), len(ANSWER), "localhost:9")


def test_the_preface_is_for_the_server(tmp_path: Path) -> None:
    (tmp_path / "preface").write_bytes(b"PROXY TCP4\r\n")
    with Sink(proxy_that_says(GRANTED, heard=[])) as proxy:
        play(made(tmp_path, proxy.port, 9), network=Network(preface=tmp_path / "preface"))
        assert bytes(proxy.seen().data) == b"PROXY TCP4\r\n" + POST


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"HTTP/1.1 407 Login\r\nContent-Length: 2\r\n\r\nno", "it answers 407 Login"),
        (b"HTTP/1.1 503 Later\r\n\r\n", "it answers 503 Later"),
        (b"220 hello\r\n\r\n", "it does not answer by HTTP"),
    ],
)
def test_a_proxy_that_lets_nobody_through_any_more_is_told_of(tmp_path: Path, answer: bytes, message: str) -> None:
    with Sink(proxy_that_says(answer, heard=[])) as proxy:
        with pytest.raises(TargetError, match=rf"localhost:9 .* the proxy http://{proxy.target}: {message}") as caught:
            play(made(tmp_path, proxy.port, 9))
        assert not proxy.seen().data
    assert "bWU6" not in str(caught.value)


# Somewhere else.


@pytest.mark.parametrize("target", ["https://localhost:{port}", "127.0.0.1:{port}"])
def test_a_target_is_the_server_and_reached_without_the_proxy(
    tmp_path: Path, vault: Vault, trusting: Network, target: str
) -> None:
    with Sink(vault.answer(ANSWER, after=FILE)) as server:
        with http_proxy(tmp_path) as proxy:
            plan = uploaded_by_https(tmp_path, proxy, server).truncated("50%").leaving("rst")
        one = play(plan, target.format(port=server.port), network=trusting).connection
        assert bytes(server.seen(1).data) == bytes(server.seen(0).data)[: one.handed]
        assert server.seen(1).end == "rst"
    assert vault.heard[1].name == "localhost"


def test_a_detour_is_of_the_server_and_without_the_proxy(tmp_path: Path) -> None:
    with Sink(answer_with(ANSWER, after=b"a=b")) as server:
        detour = f"localhost:9:127.0.0.1:{server.port}"
        one = play(made(tmp_path, 1, 9), network=Network(connect_to=(detour,))).connection
        assert bytes(server.seen().data) == POST
    assert one.target == server.target


def test_a_proxy_that_is_named_takes_the_place_of_the_recorded_one(tmp_path: Path) -> None:
    with http_proxy(tmp_path) as other, socks_proxy() as socks, Sink(answer_with(ANSWER, after=b"a=b")) as server:
        for number, name in enumerate((other, f"socks5h://{socks}")):
            one = play(made(tmp_path, 1, server.port), network=Network(proxy=name)).connection
            assert bytes(server.seen(number).data) == POST
            assert one.target == f"localhost:{server.port}"


# Nowhere.


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"localhost:9", b"prod.test:9", r"through a proxy with prod\.test, which is not this machine"),
        (b"(127.0.0.1)", b"(192.0.2.1)", "which is not this machine"),
        (b"(127.0.0.1)", b"(proxy.sock)", "the trace does not tell its host and port"),
        (b"== Info: Connected to 127.0.0.1 (127.0.0.1) port 1 (#0)\n", b"", "does not tell its host and port"),
    ],
    ids=["a server that is not here", "a proxy that is not here", "a Unix socket", "nothing tells which proxy"],
)
def test_a_tunnel_is_no_way_to_another_machine(tmp_path: Path, old: bytes, new: bytes, message: str) -> None:
    path = made(tmp_path, 1, 9).trace.path
    text = path.read_bytes()
    if b"prod" in new:
        old, new = CONNECT % (9, 9), CONNECT.replace(b"localhost", b"prod.test") % (9, 9)
        hexed = make_trace(tmp_path, [("=> Send header", new)]).path.read_bytes().partition(b"\n")[2]
        old, new = text[text.index(b"=> Send header") : text.index(b"<= Recv")], hexed
    path.write_bytes(text.replace(old, new))
    assert path.read_bytes() != text
    with pytest.raises(PlanError, match=message) as caught:
        play(load(path).plan())
    assert "--target" in str(caught.value)
