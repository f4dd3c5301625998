import os
import resource
import select
import signal
import subprocess
import sys
from pathlib import Path
from shlex import quote

from tests.programs import needs_curl
from tests.recorder.curl_server import CurlServer, driver, names_in
from tracereplay.recorder.pipe import trace_pipe


def test_a_pipe_gives_what_was_written_and_ends_with_the_process() -> None:
    with trace_pipe() as pipe:
        command = [sys.executable, "-c", f"open({pipe.name!r}, 'wb').write(b'x' * 300_000)"]
        with subprocess.Popen(command, close_fds=False) as process:
            pipe.attach(process)
            assert b"".join(iter(pipe.read, b"")) == b"x" * 300_000


def test_a_child_that_keeps_the_pipe_open_is_not_waited_for(tmp_path: Path) -> None:
    with (
        trace_pipe() as pipe,
        subprocess.Popen(
            ["sh", "-c", f"sleep 30 & echo $! > {quote(str(tmp_path))}/pid; echo said > {quote(pipe.name)}"],
            close_fds=False,
            stdin=subprocess.DEVNULL,
        ) as process,
    ):
        pipe.attach(process)
        assert b"".join(iter(pipe.read, b"")) == b"said\n"
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGTERM)


@needs_curl
def test_curl_goes_on_when_the_trace_cannot_be_written(server: CurlServer, folder: Path) -> None:
    answer = folder.parent / "answer"
    body = os.urandom(400_000)
    done = subprocess.run(
        driver(["curl", "-sS", "--data-binary", "@-", f"{server.url}/a"], answer, "up.txt"),
        cwd=folder,
        input=body,
        capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
        check=False,
    )

    assert done.returncode == 1
    assert b"SystemFault: the trace cannot be written: File too large" in done.stderr
    assert done.stdout == body
    assert server.bodies == [body]
    assert names_in(folder) == {"body.bin", "-v"}


@needs_curl
def test_curl_goes_on_when_we_are_killed(server: CurlServer, folder: Path) -> None:
    argv = ["curl", "-sSN", "-o", "out.bin", f"{server.url}/slow", "--next", "-sS", "-d", "after us", f"{server.url}/a"]
    command = driver(argv, folder.parent / "answer", "up.txt")
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        assert server.is_waiting.wait(timeout=30)
        [child] = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        curl = os.pidfd_open(int(child))
        process.kill()
    server.bodies.clear()
    server.go_on.set()

    assert select.select([curl], [], [], 30)[0]
    os.close(curl)
    assert server.bodies == [b"after us"]
