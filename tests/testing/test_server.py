"""Servers that are started for a test: real ones answer, and nothing of them is left."""

import os
import socket
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli import samples
from tests.cli.command_line import invoke
from tests.traces import trace_text
from tracereplay import Server, load, play, probe, serve, wait_until
from tracereplay.errors import PlanError
from tracereplay.library import Trace
from tracereplay.testing.server import running

from .processes import children, descriptors, is_gone, living

HERE = Path(__file__).parent
WSGI, ASGI = "app:wsgi", "app:asgi"
GUNICORN = ["gunicorn", "--no-control-socket"]

SERVERS = [
    pytest.param([*GUNICORN, "-b", "fd://{fd}", WSGI], id="gunicorn sync, by fd"),
    pytest.param([*GUNICORN, "-b", "{host}:{port}", WSGI], id="gunicorn sync, by port"),
    pytest.param([*GUNICORN, "-k", "gthread", "--threads", "2", "-b", "fd://{fd}", WSGI], id="gunicorn gthread, by fd"),
    pytest.param(["uvicorn", "--fd", "{fd}", ASGI], id="uvicorn, by fd"),
    pytest.param(["hypercorn", "-b", "fd://{fd}", ASGI], id="hypercorn, by fd"),
    pytest.param("flask --app flask_app run --host {host} --port {port}", id="Flask's own, by port"),
]


@pytest.fixture
def trace(tmp_path: Path) -> Trace:
    """An upload that was answered with 201."""
    return load(samples.upload(tmp_path))


@pytest.fixture(scope="module")
def gunicorn() -> Iterator[Server]:
    """One worker, which is killed when it is silent for a second."""
    with serve([*GUNICORN, "--preload", "--timeout", "1", "-b", "fd://{fd}", WSGI], cwd=HERE) as server:
        yield server


@pytest.mark.parametrize("command", SERVERS)
def test_a_real_server_answers_and_then_is_gone(command: str | list[str], trace: Trace) -> None:
    with serve(command, cwd=HERE) as server:
        outcome = play(trace.plan(), target=server.target)
        assert outcome.answer is not None
        assert (outcome.answer.status, outcome.answer.body) == (201, b"ok\n")
        assert server.pid in living(server.pid)
        assert server in running()
    assert not server.alive
    assert server not in running()
    assert is_gone(server.pid)
    with pytest.raises(ConnectionRefusedError), socket.create_connection((server.host, server.port)):
        pass


def test_a_server_says_where_it_is(gunicorn: Server) -> None:
    assert gunicorn.target == f"127.0.0.1:{gunicorn.port}"
    assert gunicorn.url == f"http://127.0.0.1:{gunicorn.port}"
    assert repr(gunicorn) == f"<gunicorn at 127.0.0.1:{gunicorn.port}, pid {gunicorn.pid}>"


def test_a_server_listens_on_ipv6() -> None:
    with serve([*GUNICORN, "-b", "fd://{fd}", WSGI], cwd=HERE, host="::1") as server:
        assert server.target == f"[::1]:{server.port}"
        assert probe.url(server.url)() == 201


def test_two_servers_have_ports_of_their_own() -> None:
    command = [*GUNICORN, "-b", "fd://{fd}", WSGI]
    with serve(command, cwd=HERE) as one, serve(command, cwd=HERE) as other:
        assert one.port != other.port
        assert running()[-2:] == (one, other)


def test_nothing_is_left_in_our_own_process(recwarn: pytest.WarningsRecorder) -> None:
    warnings.simplefilter("always")
    before = descriptors(), threading.active_count(), children(os.getpid())
    with serve([*GUNICORN, "-b", "fd://{fd}", WSGI], cwd=HERE):
        assert len(children(os.getpid())) > len(before[2])
    assert (descriptors(), threading.active_count(), children(os.getpid())) == before
    assert [str(one.message) for one in recwarn] == []


# What it prints.


def test_what_it_prints_is_seen_at_once_and_afterwards(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    with serve([*GUNICORN, "-b", "fd://{fd}", WSGI], cwd=HERE, log=log) as server:
        assert server.log_file == log
        assert "Booting worker" in server.output
        assert server.output_since() == ""
        probe.url(f"{server.url}/one")()
        mark = server.mark()
        probe.url(f"{server.url}/two")()
        assert server.output_since(mark) == server.output_since() == "GET /two\n"
        assert "GET /one\nGET /two\n" in server.output
    assert server.output == log.read_text()
    assert server.output_since(mark).startswith("GET /two\n")


def test_without_a_log_of_its_own_the_file_goes_and_its_end_stays() -> None:
    with serve([*GUNICORN, "-b", "fd://{fd}", WSGI], cwd=HERE) as server:
        assert server.log_file.exists()
    assert not server.log_file.parent.exists()
    assert "Booting worker" in server.output


def test_no_line_is_lost_however_much_was_printed(tmp_path: Path) -> None:
    script = "echo first; seq 300000; echo last; exec sleep 60 # {port}"
    with serve(["sh", "-c", script], log=tmp_path / "log", ready=lambda server: "last" in server.output) as server:
        assert probe.log(server, "first|last", since=0)() == ["first", "last"]
        assert len([*server.lines_since(0)]) == 300_002
        left_out, _, rest = server.output_since(0).partition("\n")
        assert left_out == f"({server.log_file.stat().st_size - (1 << 20):,} bytes before these)"
        assert rest.endswith("300000\nlast\n")
    assert probe.log(server, "first|last", since=0)() == ["first", "last"]


# Its workers.


def test_a_worker_that_is_killed_for_a_stalled_upload_is_counted(gunicorn: Server, trace: Trace) -> None:
    before = gunicorn.restarted
    assert before is not None
    gunicorn.mark()
    outcome = play(trace.plan().truncated("body:50%").leaving("stall"), target=gunicorn.target)
    assert outcome.answer is not None
    assert outcome.answer.status == 500
    wait_until(lambda: gunicorn.restarted, equals=before + 1)
    assert len(wait_until(probe.log(gunicorn, "WORKER TIMEOUT"))) == 1
    assert gunicorn.healthy(trace)
    assert gunicorn.restarted == before + 1


def test_clients_that_leave_cost_no_worker(gunicorn: Server, trace: Trace) -> None:
    before = gunicorn.restarted
    for way in ("fin", "rst"):
        play(trace.plan().truncated("body:50%").leaving(way), target=gunicorn.target)
    assert gunicorn.healthy(trace)
    assert gunicorn.restarted == before


def test_of_a_server_without_workers_it_is_not_known_whether_they_ended() -> None:
    with serve(["uvicorn", "--fd", "{fd}", ASGI], cwd=HERE) as server:
        assert server.restarted is None


# Whether it is well.


def test_a_server_that_answers_as_recorded_is_healthy(gunicorn: Server, trace: Trace) -> None:
    assert repr(gunicorn.healthy(trace)) == "<healthy>"
    assert gunicorn.healthy(trace.plan().truncated("body:50%").paused("body:10%=1h"))


def test_marks_neither_cut_nor_delay_the_look_at_a_server(gunicorn: Server, trace: Trace) -> None:
    path = trace.path
    for words in (["--name", "half", "--default"], ["--pause", "1h"]):
        assert invoke("mark", path, "--at", "body:50%", *words).code == 0
    marked = load(path)
    assert marked.has_marks
    assert gunicorn.healthy(marked)
    assert gunicorn.healthy(marked, ignore="Connection")
    assert gunicorn.healthy(marked.plan().marked())
    assert play(marked.plan(), target=gunicorn.target).matches_recording(["Connection"])


def test_a_server_that_answers_otherwise_is_not_healthy(trace: Trace) -> None:
    command = [*GUNICORN, "-b", "fd://{fd}", WSGI]
    with serve(command, cwd=HERE, env={"STATUS": "500 Oops"}) as server:
        health = server.healthy(trace)
        assert not health
        assert repr(health) == "<not healthy: 201 was recorded, now it is 500>"


def answering(folder: Path, answer: bytes, *, name: str = "other.txt") -> Trace:
    """Return the trace of an upload that was answered so."""
    path = folder / name
    path.write_bytes(trace_text([*samples.UPLOAD[:2], *([(samples.RECEIVE_HEADER, answer)] if answer else [])]))
    return load(path)


OTHER = b"HTTP/1.1 201 Created\r\nConnection: close\r\nX-Version: 1\r\nContent-Length: 3\r\n\r\nno\n"


def test_statuses_are_wanted_alone_unless_the_answers_are_wanted_whole(gunicorn: Server, tmp_path: Path) -> None:
    trace = answering(tmp_path, OTHER)
    assert gunicorn.healthy(trace)
    health = gunicorn.healthy(trace, whole=True)
    assert not health
    assert str(health).startswith("not as recorded: 2 differences, 1 answer compared\n  answer 1, header X-Version: ")
    assert "answer 1, body from byte 0 on: recorded" in repr(health)
    assert "\n" not in repr(health)
    assert repr(gunicorn.healthy(trace, ignore="body")).startswith("<not healthy: not as recorded: 1 difference, ")
    assert gunicorn.healthy(trace, ignore=["body", "x-version"])
    assert gunicorn.healthy(trace.plan().truncated("50%"), ignore=["body", "x-version"])


def test_every_connection_of_a_recording_counts(gunicorn: Server, tmp_path: Path) -> None:
    path = samples.two_uploads(tmp_path)
    assert gunicorn.healthy(load(path))
    path.write_bytes(path.read_bytes().replace(b"32 30 31", b"32 30 32", 1).replace(b"1.1 201", b"1.1 202", 1))
    assert repr(gunicorn.healthy(load(path))) == "<not healthy: connection 0: 202 was recorded, now it is 201>"


HALF = """
import socket, sys, time
it = socket.socket(fileno=int(sys.argv[1]))
while True:
    one = it.accept()[0]
    if one.recv(65536).startswith(b"POST"):
        one.sendall(b"HTTP/1.1 201 Created\\r\\nContent-Length: 3\\r\\n\\r\\no")
        time.sleep(float(sys.argv[2]))
    one.close()
"""


@pytest.mark.parametrize(
    ("seconds", "why"), [("0", "(peer rst, ended peer)"), ("9", "(peer none, ended timeout)")], ids=["dies", "hangs"]
)
def test_a_server_that_stops_in_the_middle_of_its_answer_is_not_healthy(trace: Trace, seconds: str, why: str) -> None:
    with serve([sys.executable, "-c", HALF, "{fd}", seconds]) as server:
        health = server.healthy(trace, timeout="300ms")
        assert repr(health).replace("peer fin", "peer rst") == f"<not healthy: an answer was cut short {why}>"


@pytest.mark.parametrize("whole", [True, False])
def test_nobody_knows_what_is_healthy_where_no_answer_was_recorded(
    gunicorn: Server, tmp_path: Path, whole: bool
) -> None:
    with pytest.raises(PlanError, match=r"other.txt: no answer was recorded, so that "):
        gunicorn.healthy(answering(tmp_path, b""), whole=whole)


def test_a_server_that_has_ended_is_not_healthy(trace: Trace) -> None:
    with serve([*GUNICORN, "-b", "fd://{fd}", WSGI], cwd=HERE) as server:
        os.kill(server.pid, 9)
        wait_until(lambda: not server.alive)
        assert repr(server.healthy(trace)) == "<not healthy: gunicorn was killed by signal 9 (Killed)>"
    assert is_gone(server.pid)


# When it is ready.


@pytest.mark.parametrize("listening", [["-b", "fd://{fd}"], ["-b", "{host}:{port}"]], ids=["by fd", "by port"])
def test_a_server_whose_kernel_answers_is_not_ready_yet(listening: list[str]) -> None:
    with serve([*GUNICORN, *listening, WSGI], cwd=HERE, env={"SLOW_SECONDS": "0.3"}) as server:
        assert "Booting worker" in server.output
        assert "GET" not in server.output  # no application was called to find out


def test_a_server_is_ready_when_a_page_is_there() -> None:
    with serve([*GUNICORN, "-b", "fd://{fd}", WSGI], cwd=HERE, ready="/health") as server:
        assert "GET /health\n" in server.output


def test_a_page_that_is_answered_with_5xx_is_not_there() -> None:
    command = [*GUNICORN, "-b", "fd://{fd}", WSGI]
    env = {"STATUS": "503 Not Yet"}
    with pytest.raises(Exception, match="ready='/health' was never so"):  # noqa: SIM117
        with serve(command, cwd=HERE, env=env, ready="/health", timeout="500ms"):
            pass


def test_a_server_is_ready_when_the_test_says_so() -> None:
    def ready(server: Server) -> bool:
        seen.append(server)
        if len(seen) == 1:
            raise OSError("not yet")
        return "Booting" in server.output

    seen: list[Server] = []
    with serve([*GUNICORN, "-b", "fd://{fd}", WSGI], cwd=HERE, ready=ready) as server:
        assert len(seen) > 1
        assert set(seen) == {server}
