"""Where the peer's recv() ends, and what it has read when we leave: seen at the peer."""

import asyncio
import random
import socket
import threading
from pathlib import Path

import pytest

from tests.net.sink import Seen, Sink, swallow
from tests.net.upload import WHOLE
from tests.traces import make_trace
from tracereplay.errors import PlanError
from tracereplay.library import Plan, play
from tracereplay.net import tcp

RUNS = 100


def boundaries(found: list[list[int]], pace_seconds: float = 0.0) -> object:
    """Return a talk that notes how long each recv() was."""

    def talk(sock: socket.socket, _seen: Seen) -> None:
        lengths: list[int] = []
        found.append(lengths)
        pause = threading.Event()
        while chunk := sock.recv(65536):
            lengths.append(len(chunk))
            pause.wait(pace_seconds) if pace_seconds else None

    return talk


def sends(folder: Path, lengths: list[int]) -> Plan:
    return make_trace(folder, [("=> Send data", bytes(length)) for length in lengths]).plan()


def test_in_lockstep_the_peers_recv_boundaries_are_ours_100_times_out_of_100(tmp_path: Path) -> None:
    lengths = [random.Random(5).randint(1, 1448) for _ in range(10)]
    plan = sends(tmp_path, lengths).in_segments("lockstep")
    found: list[list[int]] = []
    with Sink(boundaries(found)) as sink:  # type: ignore[arg-type]
        for run in range(RUNS):
            play(plan, sink.target)
            sink.seen(run)
    assert found == [lengths] * RUNS


@pytest.mark.parametrize(
    ("segments", "read"), [("lockstep:3", [3, 3, 1, 2]), ("lockstep:1", [1] * 9), ("lockstep", [7, 2])]
)
def test_in_lockstep_a_slow_peer_reads_the_pieces_as_they_are(tmp_path: Path, segments: str, read: list[int]) -> None:
    found: list[list[int]] = []
    with Sink(boundaries(found, 0.01)) as sink:  # type: ignore[arg-type]
        play(sends(tmp_path, [7, 2]).in_segments(segments), sink.target)
        sink.seen()
    assert found == [read]


def test_in_lockstep_a_peer_that_does_not_read_ends_it_at_the_timeout(tmp_path: Path) -> None:
    done = threading.Event()

    def never_read(_sock: socket.socket, _seen: Seen) -> None:
        done.wait(10)

    with Sink(never_read) as sink:
        one = play(sends(tmp_path, [7, 2]).in_segments("lockstep"), sink.target, timeout="0.2s").connection
        done.set()
    assert (one.handed, one.acknowledged, one.read, one.ended) == (7, 7, 0, "timeout")


def test_lockstep_with_a_peer_of_which_nothing_is_known_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp, "unread_by_peer", lambda _sock: None)
    with Sink() as sink:
        with pytest.raises(PlanError, match="nothing tells that here"):
            play(sends(tmp_path, [7, 2]).in_segments("lockstep"), sink.target)
        assert sink.seen().data == b""


def test_before_a_reset_a_slow_reader_has_read_all(plan: Plan) -> None:
    def talk(sock: socket.socket, seen: Seen) -> None:
        pause = threading.Event()
        while chunk := sock.recv(8192):
            seen.data += chunk
            pause.wait(0.005)

    with Sink(talk) as sink:
        one = play(plan.truncated("-1").leaving("rst"), sink.target).connection
        assert bytes(sink.seen().data) == WHOLE[:-1]
    assert one.read == one.acknowledged == len(WHOLE) - 1


@pytest.mark.parametrize("settle", ["0", "0.05s"])
def test_what_the_peer_had_not_read_when_we_left_is_told(plan: Plan, settle: str) -> None:
    done = threading.Event()

    def read_little(sock: socket.socket, seen: Seen) -> None:
        seen.data += sock.recv(1000, socket.MSG_WAITALL)
        done.wait(10)

    with Sink(read_little) as sink:
        one = play(plan.truncated("20000").leaving("rst", settle=settle), sink.target).connection
        done.set()
    assert one.acknowledged == 20_000
    assert one.read is not None
    assert one.read <= 1000 if settle == "0" else one.read == 1000


def test_asyncio_streams_lose_nothing_to_a_reset(plan: Plan) -> None:
    """They throw away what the application has not read, when the connection is reset."""
    got: list[int] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    ports: list[int] = []
    over = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        count = 0
        try:
            while data := await reader.read(4096):
                count += len(data)
        except ConnectionResetError:
            pass
        got.append(count)
        writer.close()
        if len(got) == 5:
            over.set()

    async def serve() -> None:
        async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
            ports.append(server.sockets[0].getsockname()[1])
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait()
    for _ in range(5):
        play(plan.truncated("65536").leaving("rst"), f"127.0.0.1:{ports[0]}")
    thread.join(10)
    loop.close()
    assert got == [65536] * 5


def test_a_peer_that_does_not_read_is_told_of_with_its_window(plan: Plan) -> None:
    done = threading.Event()

    def never_read(sock: socket.socket, _seen: Seen) -> None:
        done.wait(10)

    body = bytes(5_000_000)
    events = [("=> Send header", b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)), ("=> Send data", body)]
    plan = make_trace(plan.trace.path.parent, events).plan()
    with Sink(never_read) as sink:
        one = play(plan.truncated("-1").leaving("rst"), sink.target, timeout="0.3s").connection
        done.set()
    assert one.acknowledged is not None
    assert 0 < one.acknowledged < one.handed
    assert (one.window, one.read) == (0, 0)


def test_what_a_half_close_leaves_unread_is_what_it_was_then(plan: Plan) -> None:
    with Sink(swallow) as sink:
        one = play(plan.truncated("50%").leaving("half"), sink.target).connection
    assert one.read is not None
    assert one.read <= one.handed
