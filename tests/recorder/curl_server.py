"""A small HTTP/1.1 server on loopback for the user's curl, and ways to run that curl plainly or recorded."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tracereplay.trace.event import Direction, Event, Kind
from tracereplay.trace.reader import read_items
from tracereplay.trace.source import Source

# Runs record() in a process of its own; its argument is JSON, and its answer goes to the file named there.
DRIVER = """
import json, sys
from pathlib import Path
from tracereplay.recorder import record
ask = json.loads(sys.argv[1])
done = record(ask["argv"], ask["output"] and Path(ask["output"]))
Path(ask["answer"]).write_text(json.dumps([done.path and str(done.path), done.exit_code, done.notes]))
"""

EVERY_BYTE = bytes(range(256)) * 20


class CurlServer(ThreadingHTTPServer):
    """Echoes bodies, but for /quiet; /missing is a 404, /short ends after half of its body, /slow waits there."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.bodies: list[bytes] = []
        self.is_waiting = threading.Event()
        self.go_on = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: CurlServer

    def do_GET(self) -> None:
        if self.path in ("/slow", "/short"):
            self._answer(200, b"half" * 2, sent=4)
            if self.path == "/slow":
                self.server.is_waiting.set()
                self.server.go_on.wait(timeout=30)
            self.close_connection = True
        else:
            self._answer(404 if self.path == "/missing" else 200, b"an answer to " + self.path.encode())

    def do_POST(self) -> None:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b"".join(self._chunks())
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append(body)
        self._answer(200, b"" if self.path.startswith("/quiet") else body)

    def do_PUT(self) -> None:
        self.do_POST()

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _answer(self, status: int, body: bytes, sent: int | None = None) -> None:
        self.send_response_only(status)  # without a date: two answers to one question are equal
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:sent])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        pass


@contextmanager
def serving() -> Iterator[CurlServer]:
    with CurlServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.go_on.set()
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Ended:
    """What a person would see of a curl that has ended."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    path: str | None = field(default=None, compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)


def untimed(message: bytes) -> bytes:
    """What curl says of a refused connection, without the milliseconds that it took."""
    return re.sub(rb"after \d+ ms", b"after N ms", message)


def plainly(argv: Sequence[str], folder: Path, stdin: bytes = b"") -> Ended:
    done = subprocess.run(argv, cwd=folder, input=stdin, capture_output=True, check=False)
    return Ended(done.returncode, done.stdout, untimed(done.stderr))


def driver(argv: Sequence[str], answer: Path, output: str | None) -> list[str]:
    ask = {"argv": list(argv), "output": output, "answer": str(answer)}
    return [sys.executable, "-W", "error", "-c", DRIVER, json.dumps(ask)]


def recorded(argv: Sequence[str], folder: Path, stdin: bytes = b"", output: str | None = "up.txt") -> Ended:
    answer = folder.parent / f"{folder.name}.answer"
    command = driver(argv, answer, output)
    done = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    path, exit_code, notes = json.loads(answer.read_text())
    return Ended(exit_code, done.stdout, untimed(done.stderr), path, tuple(notes))


def sent_data(trace: Path) -> bytes:
    """The body bytes that curl sent, by its hex trace; every event must have its time."""
    with trace.open("rb") as stream:
        events = [item for item in read_items(Source(stream), "hex") if isinstance(item, Event)]
    assert events
    assert all(event.time_ns is not None for event in events)
    sent = [event for event in events if event.direction is Direction.SENT and event.kind is Kind.DATA]
    return b"".join(event.payload.data for event in sent)


def fake_curl(folder: Path, version: str, options: str) -> Path:
    """A stand-in for a curl of another version: it says its version and options, and prints its arguments."""
    path = folder / "curl"
    path.write_text(
        "#!/bin/sh\n"
        f"case \"$*\" in *--version*) echo 'curl {version} (x86_64)'; exit;; esac\n"
        f"case \"$*\" in *--help*) cat '{folder}/help.txt'; exit;; esac\n"
        'printf "%s\\n" "$@"\n'
    )
    (folder / "help.txt").write_text(options)
    path.chmod(0o755)
    return path


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
