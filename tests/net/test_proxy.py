"""Plays through proxies: what a proxy is told is not counted, and what comes behind its answer is not lost."""

import socket
from pathlib import Path

import pytest

from tests.net.proxies import http_proxy, recorded_through, socks_proxy
from tests.net.sink import Seen, Sink, Talk, answer_with, swallow
from tests.net.upload import ANSWER, BODY, WHOLE
from tests.traces import make_trace
from tracereplay.errors import PlanError, TargetError
from tracereplay.library import Network, Plan, play
from tracereplay.net.proxy import Proxy, read_proxy

LOGIN = "me:p%61ss"


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("http://127.0.0.1:3128", Proxy("http", "127.0.0.1", 3128)),
        ("127.0.0.1:3128", Proxy("http", "127.0.0.1", 3128)),
        ("proxy", Proxy("http", "proxy", 1080)),
        ("socks5://[::1]:9050/", Proxy("socks5", "::1", 9050)),
        ("socks5h://me:p%40ss@h:1", Proxy("socks5h", "h", 1, "me", "p@ss")),
    ],
)
def test_a_proxy_is_read_as_curl_reads_it(text: str, proxy: Proxy) -> None:
    assert read_proxy(text) == proxy


@pytest.mark.parametrize("text", ["", "http://", "http://h:port", "http://h/path", "socks4://h:1", "https://h:1"])
def test_what_is_no_proxy_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="proxy"):
        read_proxy(text)


def test_a_password_is_not_shown() -> None:
    assert "secret" not in f"{read_proxy('http://me:secret@h:1')} {read_proxy('http://me:secret@h:1')!r}"
    assert "secret" not in repr(Network(proxy="http://me:secret@h:1"))
    with pytest.raises(PlanError) as caught:
        read_proxy("ftp://me:secret@h:1")
    assert "secret" not in str(caught.value)


# Real ones.


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
@pytest.mark.parametrize("spec", ["1", "body:50%", "100%"])
def test_the_server_behind_a_socks_proxy_gets_what_stands_before_the_cut(plan: Plan, scheme: str, spec: str) -> None:
    cut = plan.truncated(spec)
    with socks_proxy() as proxy, Sink() as sink:
        target = f"localhost:{sink.port}"
        one = play(cut, target, network=Network(proxy=f"{scheme}://{proxy}")).connection
        assert one.cut is not None
        assert bytes(sink.seen().data) == WHOLE[: one.cut.at]
    assert (one.handed, one.acknowledged, one.target) == (one.cut.at, one.cut.at, target)


def test_the_server_behind_an_http_proxy_gets_all_and_answers(plan: Plan, tmp_path: Path) -> None:
    with http_proxy(tmp_path) as proxy, Sink(answer_with(ANSWER, after=BODY[-8:])) as sink:
        outcome = play(plan, sink.target, network=Network(proxy=proxy))
        assert bytes(sink.seen().data) == WHOLE
    one = outcome.connection
    assert (one.handed, one.acknowledged, one.received) == (len(WHOLE), len(WHOLE), len(ANSWER))
    assert outcome.answer is not None
    assert outcome.answer.status == 200


def test_a_login_is_given(plan: Plan, tmp_path: Path) -> None:
    cut = plan.truncated("10")
    with (
        socks_proxy("-u", "me", "-P", "pass") as socks,
        http_proxy(tmp_path, "BasicAuth me pass") as http,
        Sink() as sink,
    ):
        for number, proxy in enumerate((f"socks5h://{LOGIN}@{socks}", f"http://{LOGIN}@{http}")):
            play(cut, sink.target, network=Network(proxy=proxy))
            assert len(sink.seen(number).data) == 10
        refused = [
            (f"socks5h://{socks}", "it wants a login"),
            (f"socks5h://me:wrong@{socks}", "it refuses the login"),
            (f"http://{http}", "it answers 407 Proxy Authentication Required"),
            (f"http://me:wrong@{http}", "it answers 401"),
        ]
        for proxy, message in refused:
            with pytest.raises(TargetError, match=message) as caught:
                play(cut, sink.target, network=Network(proxy=proxy))
            assert "wrong" not in str(caught.value)


def test_a_proxy_says_why_it_does_not_get_there(plan: Plan, tmp_path: Path) -> None:
    with Sink() as sink:
        nobody = sink.target
    with socks_proxy() as socks, http_proxy(tmp_path) as http:
        with pytest.raises(TargetError, match=rf"{nobody} .* through the proxy socks5h.*: it says: connection refused"):
            play(plan, nobody, network=Network(proxy=f"socks5h://{socks}"))
        with pytest.raises(TargetError, match=r"through the proxy http.*: it answers 500"):
            play(plan, nobody, network=Network(proxy=http))
        with pytest.raises(TargetError, match="timed out"):  # it waits for the end of a line
            play(plan, nobody, network=Network(proxy=f"socks5://{http}"), timeout="0.2s")
        with pytest.raises(TargetError, match=r"closes the connection|reset"):
            play(plan, nobody, network=Network(proxy=f"http://{socks}"), timeout="5s")


@pytest.mark.parametrize("how", ["fin", "rst", "half"])
@pytest.mark.parametrize("kind", ["socks5h", "http"])
def test_it_is_the_proxy_that_sees_how_we_leave(plan: Plan, tmp_path: Path, kind: str, how: str) -> None:
    """As docs/network.md has it."""
    cut = plan.truncated("body:50%").leaving(how, hold="5s" if how == "half" else None)
    serving = socks_proxy() if kind == "socks5h" else http_proxy(tmp_path)
    with serving as proxy, Sink() as sink:
        one = play(cut, sink.target, network=Network(proxy=f"{kind}://{proxy}")).connection
        seen = sink.seen()
    assert (len(seen.data), seen.end) == (one.handed, "fin")
    assert one.peer == ("fin" if how == "half" else "none")


# What no real proxy does when one wants it to.


def speaking(*words: bytes, then: Talk = swallow) -> Talk:
    """Return a talk that answers each message with the next of ``words``."""

    def talk(sock: socket.socket, seen: Seen) -> None:
        for word in words:
            sock.recv(65536)
            sock.sendall(word)
        then(sock, seen)

    return talk


def test_what_comes_in_one_piece_with_the_answer_of_the_proxy_is_of_the_server(tmp_path: Path) -> None:
    events = [("<= Recv header", b"220 hello\r\n"), ("=> Send header", b"EHLO me\r\n")]
    plan = make_trace(tmp_path, events).plan()
    with Sink(speaking(b"HTTP/1.1 200 Go\r\n\r\n220 hello\r\n")) as proxy:
        one = play(plan.truncated("100%"), "127.0.0.1:9", network=Network(proxy=proxy.target), timeout="5s").connection
        assert bytes(proxy.seen().data) == b"EHLO me\r\n"
    assert (one.received, one.ended) == (11, "cut")


@pytest.mark.parametrize(
    ("scheme", "words", "message"),
    [
        ("http", [b"HTTP/1.1 502 Bad\r\n\r\n"], "it answers 502 Bad"),
        ("http", [b"what?\r\n\r\n"], "it does not answer by HTTP"),
        ("http", [b"HTTP/1.1 200 Go\r\n" + b"x" * 70_000], "its answer comes to no end"),
        ("socks5h", [b"HT"], "it does not answer by SOCKS5"),
        ("socks5h", [b"\5\1"], "it wants a login"),
        ("socks5h", [b"\5\0", b"\5\2\0\1"], "it says: not allowed by its rules"),
        ("socks5h", [b"\5\0", b"\5\x5b\0\1"], "it says: failure 91"),
    ],
)
def test_a_proxy_that_will_not_is_told_of(plan: Plan, scheme: str, words: list[bytes], message: str) -> None:
    with Sink(speaking(*words)) as proxy, pytest.raises(TargetError, match=message):
        play(plan, "127.0.0.1:9", network=Network(proxy=f"{scheme}://{proxy.target}"), timeout="5s")


def test_a_proxy_that_says_nothing_or_goes_away_is_not_waited_for(plan: Plan) -> None:
    with Sink() as proxy, pytest.raises(TargetError, match="timed out"):
        play(plan, "127.0.0.1:9", network=Network(proxy=proxy.target), timeout="0.2s")
    with Sink(lambda sock, seen: None) as proxy, pytest.raises(TargetError, match=r"closes the connection|reset"):  # noqa: ARG005
        play(plan, "127.0.0.1:9", network=Network(proxy=proxy.target), timeout="5s")


# As curl recorded it. Recorded tunnels are in test_tunnel.py.


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_recorded_socks_proxy_is_asked_anew(tmp_path: Path, scheme: str) -> None:
    with socks_proxy() as proxy, Sink(answer_with(ANSWER, after=b"a=b")) as sink:
        url = f"http://localhost:{sink.port}/f"
        trace = recorded_through(tmp_path / "t.txt", "-x", f"{scheme}://{proxy}", "-d", "a=b", url)
        sent = bytes(sink.seen(0).data)
        through = play(trace.plan()).connection
        straight = play(trace.plan(), sink.target).connection
        assert [bytes(sink.seen(number).data) for number in (1, 2)] == [sent, sent]
    assert through.target.endswith(f":{sink.port}")
    assert through.handed == through.acknowledged == straight.handed == len(sent)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("SOCKS5 connect to prod.example:80 (remotely resolved)", r"through a proxy with prod\.example"),
        ("SOCKS4 communication to localhost:80", "a SOCKS4 proxy, and we speak SOCKS5"),
    ],
)
def test_a_recorded_socks_proxy_is_no_way_to_another_machine(tmp_path: Path, asked: str, message: str) -> None:
    get = ("=> Send header", b"GET / HTTP/1.1\r\nHost: prod.example\r\n\r\n")
    trace = make_trace(tmp_path, [f"== Info: {asked}\n", get])
    with pytest.raises(PlanError, match=message):
        play(trace.plan())
