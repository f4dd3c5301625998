"""How connections get to their servers: detours, interfaces, prefaces, and how long it may take."""

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from tests.net.sink import Seen, Sink, answer_with
from tests.net.upload import ANSWER, BODY, HEAD, WHOLE
from tests.traces import make_trace
from tracereplay.errors import PlanError, TargetError, TracereplayError
from tracereplay.library import Network, Plan, load, play, start
from tracereplay.net.interface import bind_to
from tracereplay.net.many import play_many
from tracereplay.net.network import Detour, read_detour
from tracereplay.trace import pipe

GET = ("=> Send header", b"GET / HTTP/1.1\r\nHost: prod.example\r\n\r\n")


@pytest.fixture
def away(tmp_path: Path) -> Plan:
    """A plan that was recorded on another machine."""
    trace = make_trace(tmp_path, [GET])
    named = trace.path.read_bytes().replace(b"127.0.0.1 (127.0.0.1)", b"prod.example (192.0.2.7)")
    trace.path.write_bytes(named)
    return load(trace.path).plan().truncated("100%")


# --connect-to.


@pytest.mark.parametrize(
    ("text", "detour"),
    [
        ("a:1:b:2", Detour("a", 1, "b", 2)),
        ("[::1]:1:[::2]:2", Detour("::1", 1, "::2", 2)),
        (":::", Detour(None, None, None, None)),
        ("::b:", Detour(None, None, "b", None)),
        (":80::81", Detour(None, 80, None, 81)),
    ],
)
def test_a_detour_is_read_as_curl_reads_it(text: str, detour: Detour) -> None:
    assert read_detour(text) == detour


@pytest.mark.parametrize("text", ["", "a", "a:1", "a:1:b", "a:1:b:2:c", "::1:1:b:2", "a:x:b:2", "a:1:b:99999"])
def test_what_is_no_detour_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="does not say what to connect to what"):
        Network(connect_to=(text,))


@pytest.mark.parametrize("what", ["prod.example:80", "PROD.example:80", "192.0.2.7:80", ":80", "prod.example:", ":"])
def test_what_was_recorded_elsewhere_is_led_here(away: Plan, what: str) -> None:
    with Sink() as sink:
        one = play(away, network=Network(connect_to=("other:80:other:80", f"{what}:{sink.target}"))).connection
        assert bytes(sink.seen().data) == GET[1]
    assert one.target == sink.target


@pytest.mark.parametrize(
    "detour", ["other:80:127.0.0.1:9", "prod.example:81:127.0.0.1:9", "prod.example:80::9", ":::9"]
)
def test_a_detour_that_does_not_name_another_host_leads_nowhere_else(away: Plan, detour: str) -> None:
    with pytest.raises(PlanError, match=r"recorded with prod\.example, which is not this machine"):
        play(away, network=Network(connect_to=(detour,)))


def test_a_target_that_is_named_is_led_round_too(plan: Plan) -> None:
    with Sink() as sink:
        play(plan.truncated("5"), "prod.example:443", network=Network(connect_to=(f"prod.example:443:{sink.target}",)))
        assert len(sink.seen().data) == 5


def test_the_port_alone_can_be_changed(plan: Plan) -> None:
    with Sink() as sink:
        play(plan.truncated("5"), network=Network(connect_to=(f":::{sink.port}",)))
        assert len(sink.seen().data) == 5


# --interface.


@pytest.mark.parametrize("name", ["127.0.0.2", "lo"])
def test_it_connects_from_there(plan: Plan, name: str) -> None:
    peers: list[str] = []

    def note(sock: socket.socket, seen: Seen) -> None:
        peers.append(sock.getpeername()[0])

    with Sink(note) as sink:
        play(plan.truncated("0"), sink.target, network=Network(interface=name))
        sink.seen()
    assert peers == ["127.0.0.2" if name == "127.0.0.2" else "127.0.0.1"]


def test_an_interface_that_may_not_be_bound_to_gives_its_address() -> None:
    class Unprivileged(socket.socket):
        def setsockopt(self, *_: object) -> None:
            raise PermissionError

    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with Unprivileged(family) as sock:
            bind_to(sock, "lo")
            assert sock.getsockname()[0] == address


def test_an_interface_that_is_not_there_is_refused() -> None:
    with pytest.raises(PlanError, match="'eth99' is neither an address nor an interface") as caught:
        Network(interface="eth99")
    assert "lo" in str(caught.value)


def test_an_address_of_the_other_kind_is_told(plan: Plan) -> None:
    words = r"from ::1: that is an IPv6 address, and the one to connect to is of IPv4"
    with Sink() as sink, pytest.raises(TargetError, match=words) as caught:
        play(plan, sink.target, network=Network(interface="::1"))
    assert "hint: --interface takes" in str(caught.value)


@pytest.mark.parametrize("name", ["192.0.2.1", "::1"])
def test_from_an_address_that_is_not_ours_nothing_is_reached(plan: Plan, name: str) -> None:
    with Sink() as sink, pytest.raises(TargetError, match=rf"from {name}: "):
        play(plan, sink.target, network=Network(interface=name))


# --preface.


def test_the_preface_comes_first_and_is_not_counted(plan: Plan, tmp_path: Path) -> None:
    """More of it than a window takes at once, and a cut that is acknowledged all the same."""
    hello = b"PROXY TCP4 192.0.2.1 192.0.2.2 5 80\r\n" + bytes(3_000_000)
    (tmp_path / "hello").write_bytes(hello)
    network = Network(preface=tmp_path / "hello")
    with Sink() as sink:
        one = play(plan.truncated("body:50%").leaving("rst"), sink.target, network=network).connection
        seen = sink.seen()
    half = len(HEAD) + len(BODY) // 2
    assert bytes(seen.data) == hello + WHOLE[:half]
    assert (one.handed, one.acknowledged, seen.end) == (half, half, "rst")


def test_a_preface_that_cannot_be_read_is_refused(plan: Plan, tmp_path: Path) -> None:
    with Sink() as sink, pytest.raises(PlanError, match=r"the preface .*No such file"):
        play(plan, sink.target, network=Network(preface=tmp_path / "none"))


@pytest.mark.parametrize(
    ("name", "words"),
    [("", "the preface has an empty name"), ("/dev/zero", "the preface '/dev/zero' is longer than 16 MiB")],
)
def test_a_preface_without_a_name_or_an_end_is_refused(plan: Plan, name: str, words: str) -> None:
    with Sink() as sink, pytest.raises(PlanError, match=words):
        play(plan, sink.target, network=Network(preface=name))


def test_a_preface_from_a_pipe_is_read_once_for_all_plays(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    threading.Thread(target=path.write_bytes, args=(b"PROXY\r\n",), daemon=True).start()
    network = Network(preface=path)
    with Sink() as sink:
        assert len([*play_many([plan.truncated("3")] * 3, sink.target, network=network)]) == 3
        assert {bytes(sink.seen(number).data) for number in range(3)} == {b"PROXY\r\nPOS"}


def test_a_preface_that_nobody_writes_is_not_waited_for_without_end(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipe, "PATIENCE_SECONDS", 0.05)
    os.mkfifo(tmp_path / "pipe")
    with Sink() as sink, pytest.raises(PlanError, match=r"cannot be read: it is a pipe, and nobody has written to it"):
        play(plan, sink.target, network=Network(preface=tmp_path / "pipe"))


# --max-time.


def stay(sock: socket.socket, seen: Seen) -> None:
    while chunk := sock.recv(65536):
        seen.data += chunk


@pytest.mark.parametrize(
    "change", [lambda plan: plan, lambda plan: plan.paused("1000=60s"), lambda plan: plan.leaving("stall")]
)
def test_a_play_is_over_when_its_time_is(plan: Plan, change: object) -> None:
    assert callable(change)
    began = time.monotonic()
    with Sink(stay) as sink:
        one = play(change(plan), sink.target, network=Network(max_time="0.3s")).connection
        assert len(sink.seen().data) == one.handed
    assert (one.ended, one.cut, one.left) == ("timeout", None, False)
    assert 0.25 < time.monotonic() - began < 10


def test_a_stay_that_the_time_ends_has_left(plan: Plan) -> None:
    with Sink(stay) as sink:
        one = play(plan.truncated("10").leaving("stall"), sink.target, network=Network(max_time="0.2s")).connection
    assert (one.ended, one.left, one.way.value, one.handed) == ("timeout", True, "stall", 10)
    assert one.cut is not None
    assert one.cut.spec == "10"


def test_a_play_that_is_faster_does_not_wait_for_its_time(plan: Plan) -> None:
    began = time.monotonic()
    with Sink(answer_with(ANSWER, after=BODY[-8:])) as sink:
        assert play(plan, sink.target, network=Network(max_time="50s")).connection.ended == "complete"
    assert time.monotonic() - began < 30


def test_a_time_that_is_over_before_the_connection_is_there_is_an_error(plan: Plan, tmp_path: Path) -> None:
    silent = threading.Event()

    def say_nothing(sock: socket.socket, seen: Seen) -> None:
        silent.wait(10)

    with Sink(say_nothing) as proxy:
        with pytest.raises(TargetError, match="before --max-time was over"):
            play(plan, "127.0.0.1:9", network=Network(proxy=proxy.target, max_time="0.2s"))
        silent.set()


# What does not go together.


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"connect_to": ("a:1:b:2",)}, "--unix-socket and --connect-to exclude each other"),
        ({"proxy": "h:1"}, "--unix-socket and --proxy exclude each other"),
        ({"interface": "lo"}, "--unix-socket and --interface exclude each other"),
    ],
)
def test_a_unix_socket_is_not_in_the_network(changes: dict[str, object], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        Network(unix_socket="/a", **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("target", "network"),
    [("h:1", Network(unix_socket="/a")), ("unix:/a", Network(proxy="h:1")), ("unix:/a", Network(interface="lo"))],
)
def test_a_target_and_a_network_that_do_not_go_together_are_refused(plan: Plan, target: str, network: Network) -> None:
    with pytest.raises(TracereplayError, match=r"both say where to play|not in the network"):
        start(plan, target, network=network)


def test_a_time_of_nothing_is_refused() -> None:
    with pytest.raises(PlanError, match="0 seconds"):
        Network(max_time="0")
