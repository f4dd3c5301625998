"""A name server that says nothing: no lookup is waited for longer than the play may, and none keeps another play."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.net.sink import Seen, Sink, swallow
from tests.net.upload import BODY, HEAD
from tests.traces import make_trace
from tracereplay.errors import TargetError
from tracereplay.library import Network, Plan, play, start
from tracereplay.net.many import play_many

LATE = r"cannot be reached.*: the name was not resolved in time"


class NameServer:
    """What resolves names here: ``silent.test`` when it is released, all others as ever."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.asked: list[str] = []
        self.answer: object = None
        self._resolve = socket.getaddrinfo

    def __call__(self, host: str, port: int, type: int = 0, flags: int = 0) -> object:  # noqa: A002 - it is called so
        if host != "silent.test" or flags:
            return self._resolve(host, port, type=type, flags=flags)
        self.asked.append(host)
        self.released.wait(30)
        return self._resolve("127.0.0.1", port, type=type)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    server = NameServer()
    monkeypatch.setattr(socket, "getaddrinfo", server)
    yield server
    server.released.set()


def test_no_name_is_waited_for_longer_than_the_timeout(plan: Plan, names: NameServer) -> None:
    began = time.monotonic()
    with pytest.raises(TargetError, match=LATE) as caught:
        play(plan, "silent.test:8000", timeout="0.2s")
    assert "hint: an address needs no name server" in str(caught.value)
    assert time.monotonic() - began < 10


def test_no_name_is_waited_for_longer_than_the_whole_play(plan: Plan, names: NameServer) -> None:
    began = time.monotonic()
    with pytest.raises(TargetError, match="before --max-time was over"):
        play(plan, "silent.test:8000", network=Network(max_time="0.2s"))
    assert time.monotonic() - began < 10


def test_who_stops_waits_for_no_name(plan: Plan, names: NameServer) -> None:
    began = time.monotonic()
    playback = start(plan, "silent.test:8000")
    while not names.asked:
        time.sleep(0.001)
    playback.stop()
    playback.join()
    assert time.monotonic() - began < 10


def test_a_name_of_a_proxy_and_one_behind_it_are_waited_for_no_longer(plan: Plan, names: NameServer) -> None:
    with pytest.raises(TargetError, match=LATE):
        play(plan, "127.0.0.1:9", timeout="0.2s", network=Network(proxy="silent.test:1"))

    def greet(sock: socket.socket, seen: Seen) -> None:
        sock.recv(3)
        sock.sendall(b"\x05\x00")  # SOCKS5, and no login is wanted
        swallow(sock, seen)

    with Sink(greet) as proxy, pytest.raises(TargetError, match=LATE.replace(".*:", ".* through the proxy .*:")):
        play(plan, "silent.test:9", timeout="2s", network=Network(proxy=f"socks5://{proxy.target}"))


def test_a_name_that_comes_late_is_in_time(plan: Plan, names: NameServer) -> None:
    with Sink() as sink, start(plan.truncated("5"), f"silent.test:{sink.port}") as playback:
        while not names.asked:
            time.sleep(0.001)
        names.released.set()
        assert playback.outcome().connection.handed == 5


def test_who_waits_for_a_name_keeps_no_other_play_and_all_ask_once(tmp_path: Path, names: NameServer) -> None:
    """Those that were recorded with port 1 wait for the name, those with port 2 do not."""
    plans = []
    for port in (1, 2):
        (tmp_path / str(port)).mkdir()
        trace = make_trace(tmp_path / str(port), [("=> Send header", HEAD), ("=> Send data", BODY)], port=port)
        plans.append(trace.plan().truncated("5"))
    with Sink() as sink:
        network = Network(connect_to=(f":1:silent.test:{sink.port}", f":2:{sink.target}"))
        results = play_many([*([plans[0]] * 20), *([plans[1]] * 20)], parallel=25, network=network)
        first = [next(results).number for _ in range(20)]
        names.released.set()
        rest = [one.outcome for one in results]
        assert all(len(sink.seen(number).data) == 5 for number in range(40))
    assert sorted(first) == [*range(20, 40)]
    assert len(rest) == 20
    assert len(names.asked) == 1
