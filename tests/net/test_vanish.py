"""``vanish``: what a server sees whose client's cable was pulled, counted and waited for at the server."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.net.sink import Seen, Sink
from tests.net.upload import ANSWER, HEAD, WHOLE
from tracereplay.library import Plan, play

KEEPALIVE = ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, 2))


def wait_by_keepalive(sock: socket.socket, seen: Seen, answer: bytes = b"") -> None:
    """Read to the end, with a kernel that asks after one second of silence, and gives up after two more."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEPALIVE:
        sock.setsockopt(socket.IPPROTO_TCP, option, value)
    while chunk := sock.recv(65536):
        seen.data += chunk
        if answer:
            sock.sendall(answer)
            answer = b""


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_server_with_keepalive_learns_it_by_its_own_clock_alone(plan: Plan, host: str) -> None:
    specs = ["0", "1", "50%", "body:0", "body:65536", "-1", "100%"]

    def vanish_at(spec: str) -> None:
        cut = plan.truncated(spec).leaving("vanish")
        at = cut.main_connection.sends_bytes
        with Sink(wait_by_keepalive, host=host) as sink:
            began = time.monotonic()
            one = play(cut, sink.target).connection
            is_told = any(one.over.is_set() for one in sink.connections)
            seen = sink.seen()
        assert (seen.end, len(seen.data)) == ("timeout", at), spec
        assert bytes(seen.data) == WHOLE[:at]
        assert (one.handed, one.acknowledged, one.ended, one.left) == (at, at, "cut", True)
        assert not is_told
        assert time.monotonic() - began > 2.9  # 3 s after the last byte

    with ThreadPoolExecutor(len(specs)) as pool:
        list(pool.map(vanish_at, specs))


def test_an_early_answer_makes_no_reset_of_it(plan: Plan) -> None:
    def answer_early(sock: socket.socket, seen: Seen) -> None:
        wait_by_keepalive(sock, seen, ANSWER)

    with Sink(answer_early) as sink:
        one = play(plan.truncated("body:0").paused("body:0=0.3s").leaving("vanish"), sink.target).connection
        seen = sink.seen()
    assert (seen.end, bytes(seen.data)) == ("timeout", HEAD)
    assert (one.handed, one.received) == (len(HEAD), len(ANSWER))


@pytest.mark.parametrize(("how", "sees"), [("vanish", "timeout"), ("fin", "fin"), ("rst", "rst")])
def test_without_keepalive_nothing_is_seen_though_the_socket_is_closed(plan: Plan, how: str, sees: str) -> None:
    """Neither data nor an end; ``fin`` and ``rst`` show that either would be seen."""
    cut = plan.truncated("50%").leaving(how)
    has_closed = threading.Event()

    def listen(sock: socket.socket, seen: Seen) -> None:
        seen.data += sock.recv(cut.main_connection.sends_bytes, socket.MSG_WAITALL)
        assert has_closed.wait(20), "the client goes on"
        sock.settimeout(0.5)
        seen.data += sock.recv(1)  # TimeoutError, which the sink takes for the end, when there is nothing at all

    with Sink(listen) as sink:
        outcome = play(cut, sink.target)
        assert (outcome.ended, outcome.connection.left) == ("cut", True)
        has_closed.set()
        seen = sink.seen()
    assert (seen.end, bytes(seen.data)) == (sees, WHOLE[: len(WHOLE) // 2])
