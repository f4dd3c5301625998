"""gunicorn with the application, as a process group of its own, with a database and a log of its own."""

import http.client
import json
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.memory import folder_in_memory

ROOT = Path(__file__).parents[2]
APP = "tests.servers.app.uploads:app"

# The first as the user runs it. --preload: else the time of the imports counts as silence of the worker.
SYNC = ("--worker-class=sync", "--workers=1", "--timeout=2", "--preload")
PATIENT = ("--worker-class=sync", "--workers=1", "--timeout=60", "--preload")
THREADS = ("--worker-class=gthread", "--workers=1", "--threads=4", "--keep-alive=5", "--preload")

PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Upload:
    """A row of the application's database."""

    path: str
    worker: int
    announced: int | None
    state: str
    error: str | None
    message: str | None
    bytes_seen: int
    lines_seen: int


@dataclass(frozen=True)
class Server:
    """A server that is running, and what can be seen of it from outside."""

    port: int
    database: Path
    log_file: Path
    cacert: Path | None = None  # over TLS, with a certificate signed by this

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"{'https' if self.cacert else 'http'}://{self.target}{path}"

    def uploads(self) -> list[Upload]:
        columns = ", ".join(Upload.__annotations__)
        with closing(sqlite3.connect(self.database, timeout=PATIENCE_SECONDS)) as database:
            return [Upload(*row) for row in database.execute(f"SELECT {columns} FROM uploads ORDER BY id")]

    def last_upload(self) -> Upload | None:
        return next(reversed(self.uploads()), None)

    def worker(self) -> int:
        """The process id of the worker that answers now; waits until one does."""
        with closing(self._connection()) as connection:
            connection.request("GET", "/health", headers={"Connection": "close"})
            answer = json.loads(connection.getresponse().read())
        return int(answer["worker"])

    def _connection(self) -> http.client.HTTPConnection:
        if self.cacert is None:
            return http.client.HTTPConnection(self.target, timeout=PATIENCE_SECONDS)
        context = ssl.create_default_context(cafile=self.cacert)
        return http.client.HTTPSConnection(self.target, timeout=PATIENCE_SECONDS, context=context)

    def log(self) -> str:
        return self.log_file.read_text("utf-8", "replace")

    @contextmanager
    def locked_database(self) -> Iterator[None]:
        """Keep the application from writing, as another program's long transaction would; reading goes on."""
        with closing(sqlite3.connect(self.database, timeout=PATIENCE_SECONDS)) as database:
            database.execute("BEGIN IMMEDIATE")
            yield
            database.rollback()


@contextmanager
def serving(folder: Path, options: tuple[str, ...] = SYNC, *, cacert: Path | None = None) -> Iterator[Server]:
    """Yield a server that answers. It inherits its listening socket, so that nobody can take the port."""
    with folder_in_memory() as memory:
        yield from _serving(memory / "uploads.db", folder / "gunicorn.log", options, cacert)


def _serving(database: Path, log_file: Path, options: tuple[str, ...], cacert: Path | None) -> Iterator[Server]:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    with log_file.open("wb") as log, closing(listener):
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", *options),
                *("--bind", f"fd://{listener.fileno()}", "--no-control-socket"),
                *("--log-level", "debug", "--access-logfile", "-", "--pythonpath", str(ROOT), APP),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=_environment(database),
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )
    try:
        server = Server(port, database, log_file, cacert)
        _await_answer(server)
        yield server
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment(database: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return {**inherited, "UPLOADS_DATABASE": str(database), "PYTHONDONTWRITEBYTECODE": "1"}


def _await_answer(server: Server) -> None:
    """The socket listens from the start, so that the first request waits for the first worker."""
    try:
        server.worker()
    except (OSError, http.client.HTTPException) as error:
        raise RuntimeError(f"gunicorn did not answer:\n{server.log()}") from error
