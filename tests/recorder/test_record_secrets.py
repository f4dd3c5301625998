"""A recording without its secrets: they are not in the trace, and never were in any file."""

import base64
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.net.sink import Seen, Sink
from tests.programs import needs_curl
from tests.recorder.curl_server import driver
from tracereplay.library import load
from tracereplay.recorder import record
from tracereplay.trace.body_secret import BodyNames
from tracereplay.trace.event import Event
from tracereplay.trace.secret import Names

pytestmark = [needs_curl, pytest.mark.usefixtures("_without_curlrc")]
SECRET = "QWZY9QWZY9"


class _Handler(BaseHTTPRequestHandler):
    """Sets a cookie, asks for a password on /401, redirects from /302, and waits on /slow."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        here = f"http://{self.headers['Host']}"
        asks = self.path.startswith("/401") and "Authorization" not in self.headers
        self.send_response_only(401 if asks else 302 if self.path.startswith("/302") else 200)
        if asks:
            self.send_header("WWW-Authenticate", 'Digest realm="r", nonce="n", qop="auth"')
        if self.path.startswith("/302"):
            self.send_header("Location", f"{here.replace('//', f'//joe:{SECRET}@')}/?token={SECRET}")
        self.send_header("Set-Cookie", f"sid={SECRET}; Path=/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        self.server.is_waiting.set()  # type: ignore[attr-defined]  # of the subclass below
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.is_waiting = threading.Event()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def forms_of(secret: str) -> list[bytes]:
    """The ways in which a part of the secret might be written."""
    plain = secret.encode()
    packed = [base64.b64encode(b"-" * shift + plain)[4:-4] for shift in range(3)]
    return [plain, plain[:4], plain.hex(" ").encode()[:11], *packed]


def all_files(*folders: Path) -> bytes:
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return b"\n".join(path.read_bytes() for path in files)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("-u joe:{secret} {url}/", {"Authorization", "user"}, id="a password"),
        pytest.param("--digest -u joe:{secret} {url}/401", {"Authorization", "user"}, id="a digest"),
        pytest.param("--oauth2-bearer {secret} {url}/", {"Authorization"}, id="a bearer token by its option"),
        pytest.param("-H Authorization:\\tBearer\\t{secret} {url}/", {"Authorization"}, id="a bearer token"),
        pytest.param("-H X-Api-Key:{secret} -H My-Token:{secret} {url}/", {"X-Api-Key", "My-Token"}, id="headers"),
        pytest.param("-b a={secret} -c jar {url}/ {url}/", {"Cookie.a", "Cookie.sid", "Set-Cookie.sid"}, id="cookies"),
        pytest.param("-L {url}/302", {"url.user", "url.password", "query.token", "Authorization"}, id="a redirect"),
        pytest.param("{there}/", {"Authorization", "user"}, id="a password in the URL"),
        pytest.param("{url}/?a=b&api_key={secret}", {"query.api_key"}, id="a key in the query"),
        pytest.param("-x {url} -U joe:{secret} http://h/", {"Proxy-Authorization", "user"}, id="a proxy"),
        pytest.param("-x {url} -p -U joe:{secret} http://h/", {"Proxy-Authorization", "user"}, id="a tunnel"),
        pytest.param("--aws-sigv4 aws:amz:eu:s3 -u {secret}:{secret} {url}/", {"Authorization", "user"}, id="AWS"),
        pytest.param("-d x -H X-Api-Key:{secret} {url}/", {"X-Api-Key"}, id="an upload"),
        pytest.param("{url}/ --next -u joe:{secret} {url}/", {"Authorization", "user"}, id="--next"),
        pytest.param("-Z -u joe:{secret} {url}/a {url}/b", {"Authorization", "user"}, id="--parallel"),
        pytest.param("-K config {url}/", {"Authorization", "user"}, id="a file of options"),
    ],
)
def test_what_curl_is_given_is_not_in_the_trace(server: Server, folder: Path, line: str, found: set[str]) -> None:
    url = f"http://127.0.0.1:{server.server_port}"
    (folder / "config").write_text(f"user = joe:{SECRET}\n")
    words = line.format(url=url, there=url.replace("//", f"//joe:{SECRET}@"), secret=SECRET).split()
    words = [word.replace("\\t", " ") for word in words]

    recording = record(["curl", "-sS", "-o", "out", *words], folder / "up.txt")

    text = (folder / "up.txt").read_bytes()
    trace = load(folder / "up.txt")
    events = [placed.item for placed in trace.items() if isinstance(placed.item, Event)]
    for form in forms_of(SECRET):
        assert form not in text
        assert form not in b"".join(event.payload.data for event in events)
    assert found <= set(recording.redacted) <= found | {"Set-Cookie.sid", "user"}
    assert trace.faults == ()
    assert all(event.declared_bytes == len(event.payload) for event in events)


def test_everything_is_kept_when_that_is_wanted(server: Server, folder: Path) -> None:
    line = [
        "curl",
        "-sS",
        "-H",
        f"X-Api-Key: {SECRET}",
        "-H",
        f"X-Mine: {SECRET}",
        f"http://127.0.0.1:{server.server_port}/",
    ]
    assert record(line, folder / "all.txt", secret=None).redacted == {}
    sent = b"".join(event.payload.data for event in load(folder / "all.txt").events(0))
    assert sent.count(SECRET.encode()) == 3

    names = Names(("x-mine",), ("X-Api-Key", "Set-Cookie"))
    assert record(line, folder / "mine.txt", secret=names).redacted == {"X-Mine": 1}


def test_no_file_holds_the_secret_while_curl_runs(server: Server, folder: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    url = f"http://joe:{SECRET}@127.0.0.1:{server.server_port}/?api_key={SECRET}"
    answer = tmp_path / "answer"
    command = driver(["curl", "-sS", "-H", "Expect:", "-d", "@-", "-K", "config"], answer, "up.txt")
    (folder / "config").write_text(f"url = {url}\n")
    os.mkfifo(tmp_path / "body")
    config = folder / "config"
    with subprocess.Popen(
        [
            "strace",
            "-f",
            "-qq",
            "-e",
            "trace=write,writev,pwrite64",
            "-y",
            "-s",
            "1000000",
            "-o",
            tmp_path / "calls",
            *command,
        ]
        if shutil.which("strace")
        else command,
        cwd=folder,
        stdin=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(temporary)},
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b"a body")
        process.stdin.close()
    assert process.returncode == 0
    assert json.loads(answer.read_text())[1] == 0
    config.unlink()
    written = all_files(folder, temporary)
    calls = (tmp_path / "calls").read_text() if shutil.which("strace") else ""
    to_files = "\n".join(one for one in calls.splitlines() if f"<{tmp_path}" in one)
    for form in forms_of(SECRET):
        assert form not in written
        assert form.decode() not in to_files


def open_files(process: int) -> bytes:
    """What is in the files that a process has open, and in those of its children: files without a name as well."""
    folder = Path(f"/proc/{process}")
    with contextlib.suppress(OSError):  # it has ended
        children = map(int, (folder / "task" / str(process) / "children").read_text().split())
        return b"\n".join([*map(content, (folder / "fd").iterdir()), *map(open_files, children)])
    return b""


def content(path: Path) -> bytes:
    with contextlib.suppress(OSError):  # it was closed
        return path.read_bytes() if path.is_file() else b""
    return b""


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has open is known on Linux")
def test_no_file_holds_the_secret_while_the_server_reads_no_more(folder: Path, tmp_path: Path) -> None:
    may_end = threading.Event()

    def stop_reading(sock: socket.socket, seen: Seen) -> None:
        seen.data += sock.recv(1000)
        may_end.wait(30)

    temporary = tmp_path / "tmp"
    temporary.mkdir()
    secrets = ["-u", f"joe:{SECRET}", "-b", f"sid={SECRET}", "-H", f"X-Api-Key: {SECRET}"]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with Sink(stop_reading) as sink:
        line = ["curl", "-sS", *secrets, "-T", "/dev/zero", f"http://{sink.target}/?api_key={SECRET}"]
        command = driver(line, tmp_path / "answer", "up.txt")
        with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL) as process:
            snapshot = b""
            try:
                deadline = time.monotonic() + 20
                while b"=> Send data" not in snapshot and time.monotonic() < deadline:
                    snapshot = all_files(folder, temporary) + open_files(process.pid)
                    assert all(form not in snapshot for form in forms_of(SECRET))
                assert b"=> Send data" in snapshot
                assert b"#: redacted Authorization" in snapshot
                assert process.poll() is None
            finally:
                may_end.set()
        assert bytes(sink.seen().data).count(SECRET.encode()) == 3  # and in base64
    assert all(form not in all_files(folder, temporary) for form in forms_of(SECRET))


def test_a_field_of_a_body_is_left_out_when_it_is_named(server: Server, folder: Path) -> None:
    url = f"http://127.0.0.1:{server.server_port}/"
    for number, words in enumerate((["-d", f"a=b&pin={SECRET}"], ["-F", f"pin={SECRET}"], ["--data-binary", "@big"])):
        (folder / "big").write_text(f'{{"a":"{"y" * 300_000}","pin":"{SECRET}"}}')
        trace = folder / f"{number}.txt"
        done = record(["curl", "-sS", "-H", "Expect:", *words, url], trace, secret_in_bodies=BodyNames(("pin",)))
        assert done.redacted["body.pin"] >= 1
        assert all(form not in trace.read_bytes() for form in forms_of(SECRET))
        sent = b"".join(event.payload.data for event in load(trace).events(0))
        assert SECRET.encode() not in sent
        assert b"x" * len(SECRET) in sent
