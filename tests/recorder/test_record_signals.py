import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.programs import needs_curl
from tests.recorder.curl_server import CurlServer, driver, names_in, serving
from tracereplay.recorder import record
from tracereplay.recorder.run import relayed_signals

pytestmark = needs_curl


@pytest.fixture
def server() -> Iterator[CurlServer]:
    with serving() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


Send = Callable[[int, int], None]


def interrupted(url: str, folder: Path, send: Send, number: int, *before: str) -> tuple[str | None, int]:
    """Record a transfer that never ends, send a signal in its middle, and return (path, exit code)."""
    answer = folder.parent / "answer"
    command = [*before, *driver(["curl", "-sN", f"{url}/slow"], answer, "up.txt")]
    with subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(4) == b"half"  # what curl prints it has traced before
        send(process.pid, number)
        assert process.stderr.read() == b""
        assert process.wait() == 0
    path, exit_code, _ = json.loads(answer.read_text())
    return path, exit_code


@pytest.mark.parametrize(
    ("send", "number", "exit_code"),
    [
        pytest.param(os.killpg, signal.SIGINT, 130, id="Ctrl-C reaches the whole group"),
        pytest.param(os.kill, signal.SIGINT, 130, id="an interrupt sent to us alone"),
        pytest.param(os.kill, signal.SIGTERM, 143, id="an end sent to us alone"),
        pytest.param(os.kill, signal.SIGHUP, 129, id="a hangup sent to us alone"),
        pytest.param(os.killpg, signal.SIGHUP, 129, id="the terminal goes away"),
    ],
)
def test_a_signal_ends_curl_and_the_torn_trace_is_kept(
    server: CurlServer, folder: Path, send: Send, number: int, exit_code: int
) -> None:
    assert interrupted(server.url, folder, send, number) == ("up.txt", exit_code)

    assert names_in(folder) == {"up.txt"}
    trace = (folder / "up.txt").read_text()
    assert "=> Send header" in trace
    assert "<= Recv data, 4 bytes" in trace


def test_what_is_ignored_stays_ignored(server: CurlServer, folder: Path) -> None:
    def hang_up_then_end(pid: int, number: int) -> None:
        os.killpg(pid, number)
        os.kill(pid, signal.SIGTERM)

    path, exit_code = interrupted(server.url, folder, hang_up_then_end, signal.SIGHUP, "nohup")

    assert (path, exit_code) == ("up.txt", 143)


def test_a_signal_that_kills_curl_alone_is_its_exit_code(server: CurlServer, folder: Path) -> None:
    def kill_child(pid: int, number: int) -> None:
        [child] = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        os.kill(int(child), number)

    assert interrupted(server.url, folder, kill_child, signal.SIGKILL) == ("up.txt", 137)
    assert names_in(folder) == {"up.txt"}


def test_the_handlers_are_as_before_when_curl_has_ended(server: CurlServer, folder: Path) -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
    before = [signal.getsignal(number) for number in numbers]

    record(["curl", "-s", "-o", os.devnull, f"{server.url}/a"], folder / "up.txt")

    assert [signal.getsignal(number) for number in numbers] == before


def test_a_signal_that_comes_before_curl_starts_is_passed_on_then() -> None:
    with relayed_signals() as relay:
        signal.raise_signal(signal.SIGTERM)
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
            relay.attach(process)
            assert process.wait() == -signal.SIGTERM


def test_a_signal_that_comes_after_curl_ended_does_no_harm() -> None:
    with relayed_signals() as relay, subprocess.Popen(["true"]) as process:
        relay.attach(process)
        process.wait()
        signal.raise_signal(signal.SIGINT)


def test_an_exception_while_curl_runs_ends_curl_and_leaves_nothing(server: CurlServer, folder: Path) -> None:
    class Enough(Exception):  # noqa: N818 - as a test runner's timeout would
        pass

    def raise_enough(_number: int, _frame: object) -> None:
        raise Enough

    def interrupt() -> None:
        assert server.is_waiting.wait(timeout=30)
        os.kill(os.getpid(), signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, raise_enough)
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(Enough):
            record(["curl", "-s", "-o", os.devnull, f"{server.url}/slow"], folder / "up.txt")
    finally:
        thread.join()
        signal.signal(signal.SIGUSR1, before)
    assert names_in(folder) == set()
