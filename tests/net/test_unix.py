"""Plays over Unix sockets: what the application has read is known, and a reset does not exist."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.net.sink import Seen, answer_with, swallow
from tests.net.unix_sink import UnixSink
from tests.net.upload import ANSWER, BODY, WHOLE
from tests.servers.recording import recorded
from tests.traces import make_trace
from tracereplay.errors import PlanError, TargetError
from tracereplay.library import Network, Plan, Trace, load, play, start


@pytest.fixture
def path() -> Iterator[str]:
    """A path that is short enough for curl to show all of it."""
    with TemporaryDirectory(dir="/tmp") as folder:
        yield f"{folder}/app.sock"


def test_the_whole_trace_arrives_and_is_read(plan: Plan, path: str) -> None:
    with UnixSink(path, answer_with(ANSWER, after=BODY[-8:])) as sink:
        one = play(plan, f"unix:{path}").connection
        assert bytes(sink.seen().data) == WHOLE
    assert (one.target, one.handed, one.acknowledged, one.ended) == (f"unix:{path}", len(WHOLE), None, "complete")
    assert one.read == len(WHOLE)
    assert [answer.status for answer in one.answers] == [200]


@pytest.mark.parametrize("how", ["fin", "half", "stall"])
@pytest.mark.parametrize("spec", ["0", "1", "50%", "body:65536", "-1", "100%"])
def test_the_peer_gets_exactly_what_stands_before_the_cut(plan: Plan, path: str, how: str, spec: str) -> None:
    plan = plan.truncated(spec).leaving(how, hold="0.05s" if how != "fin" else None)
    cut = plan.main_connection.cut
    assert cut is not None
    with UnixSink(path) as sink:
        one = play(plan, network=Network(unix_socket=path)).connection
        seen = sink.seen()
    assert bytes(seen.data) == WHOLE[: cut.at]
    assert (seen.end, one.handed, one.read, one.way.value) == ("fin", cut.at, cut.at, how)
    assert one.ended == ("peer" if how == "half" else "cut")


@pytest.mark.parametrize("target", [None, "unix:app.sock"])
def test_a_reset_is_refused_before_anything_is_sent(plan: Plan, path: str, target: str | None) -> None:
    with UnixSink(path) as sink:
        network = Network(unix_socket=path) if target is None else Network()
        with pytest.raises(PlanError, match="a Unix socket has no reset"):
            play(plan.truncated("50%").leaving("rst"), target, network=network)
        assert sink.connections == []


def test_a_reset_in_the_middle_is_refused_too(plan: Plan, path: str) -> None:
    with UnixSink(path) as sink:
        with start(plan.paused("50%=30s"), f"unix:{path}") as playback:
            assert playback.wait_sent("50%")
            playback.leave("rst")
        with pytest.raises(PlanError, match="a Unix socket has no reset"):
            playback.outcome()
        assert sink.seen().end == "fin"


def test_before_it_leaves_it_waits_until_the_application_has_read(plan: Plan, path: str) -> None:
    """Else a close would come before the application had seen what the report says is there."""
    may_read = threading.Event()

    def slow(sock: socket.socket, seen: Seen) -> None:
        may_read.wait(10)
        swallow(sock, seen)

    with UnixSink(path, slow) as sink, start(plan.truncated("1000").leaving("fin"), f"unix:{path}") as playback:
        assert playback.wait_sent("1000")
        assert not playback.wait(0.1)
        may_read.set()
        assert playback.wait(10)
        assert len(sink.seen().data) == 1000


def test_it_waits_for_one_that_has_not_even_accepted(plan: Plan, path: str) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        with start(plan.truncated("1000"), f"unix:{path}") as playback:
            assert playback.wait_sent("1000")
            assert not playback.wait(0.1)
            with listener.accept()[0] as sock:
                while len(sock.recv(65536, socket.MSG_PEEK)) < 1000:
                    pass
                assert not playback.wait(0.1)
                assert len(sock.recv(65536)) == 1000
                assert playback.outcome().connection.read == 1000


def test_one_that_never_reads_is_left_after_the_timeout(plan: Plan, path: str) -> None:
    may_end = threading.Event()

    def never_read(sock: socket.socket, seen: Seen) -> None:
        may_end.wait(10)

    with UnixSink(path, never_read) as sink:
        one = play(plan.truncated("1000"), f"unix:{path}", timeout="0.2s").connection
        may_end.set()
        sink.seen()
    assert (one.handed, one.read, one.ended) == (1000, 0, "cut")


def test_an_answer_before_a_close_is_read_though_our_write_is_refused(plan: Plan, path: str) -> None:
    def refuse(sock: socket.socket, seen: Seen) -> None:
        while len(seen.data) < 1000:
            seen.data += sock.recv(1000)
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with UnixSink(path, refuse):
        one = play(plan, f"unix:{path}").connection
    assert [answer.status for answer in one.answers] == [413]
    assert (one.peer, one.ended) == ("rst", "peer")  # it closed with unread input


def test_an_abstract_socket_is_named_with_an_at(plan: Plan) -> None:
    name = f"@tracereplay-{os.getpid()}"
    with UnixSink(name) as sink:
        play(plan.truncated("10"), f"unix:{name}")
        assert len(sink.seen().data) == 10


def test_a_full_backlog_is_waited_for(plan: Plan, path: str) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(0)
        with socket.socket(socket.AF_UNIX) as first:
            first.connect(path)
            with start(plan.truncated("10"), f"unix:{path}") as playback:
                assert not playback.wait(0.1)
                for _ in range(2):
                    listener.accept()[0].close()
        assert playback.outcome().connection.handed <= 10


@pytest.mark.parametrize("where", ["unix:/nowhere/app.sock", "unix:/" + "x" * 200, "unix:a\0b"])
def test_what_is_not_there_is_not_reached(plan: Plan, where: str) -> None:
    with pytest.raises(TargetError, match="cannot be reached"):
        play(plan, where)


# As curl recorded it.


def test_a_recording_is_played_to_the_path_that_it_was_recorded_with(tmp_path: Path, path: str) -> None:
    with UnixSink(path, answer_with(ANSWER, after=b"name=value")) as sink:
        trace = recorded(tmp_path / "trace.txt", "--unix-socket", path, "-d", "name=value", "http://localhost/f")
        sent = bytes(sink.seen(0).data)
        outcome = play(trace.plan())
        assert bytes(sink.seen(1).data) == sent
    assert outcome.connection.target == f"unix:{path}"
    assert outcome.answer is not None
    assert outcome.answer.status == 200


def rerouted(tmp_path: Path, address: str) -> Trace:
    trace = make_trace(tmp_path, [("=> Send header", b"GET / HTTP/1.1\r\n\r\n")])
    text = trace.path.read_bytes().replace(b"(127.0.0.1)", f"({address})".encode())
    trace.path.write_bytes(text.replace(b"to 127.0.0.1 (", b"to localhost ("))
    return load(trace.path)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("/run/nowhere/app.sock", r"over the Unix socket /run/nowhere/app\.sock, which is not here"),
        ("/" + "x" * 44, r"as far as curl shows it \(45 characters\), which is not here"),
        ("/etc/passwd", "which is not here"),
        ("", "whose name curl does not tell"),
    ],
    ids=["gone", "cut by curl", "a file", "abstract"],
)
def test_a_recorded_socket_that_is_not_here_is_told(tmp_path: Path, address: str, message: str) -> None:
    with pytest.raises(PlanError, match=message) as caught:
        play(rerouted(tmp_path, address).plan())
    assert "--unix-socket PATH" in str(caught.value)


def test_a_proxy_behind_a_unix_socket_is_no_way_to_another_machine(tmp_path: Path, path: str) -> None:
    trace = make_trace(tmp_path, [("=> Send header", b"CONNECT prod.example:443 HTTP/1.1\r\n\r\n")])
    trace.path.write_bytes(trace.path.read_bytes().replace(b"(127.0.0.1)", f"({path})".encode()))
    with UnixSink(path), pytest.raises(PlanError, match=r"through a proxy with prod\.example"):
        play(load(trace.path).plan())


def test_gunicorn_answers_over_its_unix_socket(tmp_path: Path, path: str) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    app = tmp_path / "app.py"
    app.write_text(
        "def app(environ, start_response):\n"
        "    length = len(environ['wsgi.input'].read())\n"
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    return [b'%d' % length]\n"
    )
    command = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listener.fileno()}", "--no-control-socket"]
    process = subprocess.Popen(
        [*command, "--pythonpath", str(tmp_path), "app:app"], pass_fds=[listener.fileno()], stderr=subprocess.DEVNULL
    )
    try:
        trace = recorded(tmp_path / "trace.txt", "--unix-socket", path, "-d", "x" * 100_000, "http://localhost/")
        outcome = play(trace.plan())
        cut = play(trace.plan().truncated("body:50%").leaving("half", hold="5s"))
    finally:
        process.terminate()
        process.wait()
        listener.close()
    assert outcome.answer is not None
    assert outcome.answer.body == b"100000"
    assert (cut.connection.acknowledged, cut.connection.peer) == (None, "fin")
