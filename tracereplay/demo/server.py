"""An upload API that works on a body while it arrives, and remembers what it saw of each upload.

It stands for the application under test: it counts the rows of a CSV as they come, answers 201 to a whole
body, 400 to one that ends early, 408 to a client that is silent, and nothing to one that resets.
"""

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tracereplay.errors import SystemFault

SILENCE_SECONDS = 1.5

_READ_BYTES = 1 << 16


class BodyEnd(Enum):
    """How a body came to its end, as the server sees it."""

    COMPLETE = "all came"
    EARLY = "end of stream, early"
    RESET = "connection reset"
    SILENT = f"nothing for {SILENCE_SECONDS} s"


_ANSWERS = {
    BodyEnd.COMPLETE: HTTPStatus.CREATED,
    BodyEnd.EARLY: HTTPStatus.BAD_REQUEST,
    BodyEnd.SILENT: HTTPStatus.REQUEST_TIMEOUT,
}


@dataclass(frozen=True, slots=True)
class Upload:
    """What the server saw of one upload: bytes of the body as it was sent, and lines in it."""

    body_bytes: int
    declared_bytes: int
    rows: int
    end: BodyEnd


class UploadServer(ThreadingHTTPServer):
    """Listens on the loopback interface, on a free port unless one is named.

    Raises SystemFault when that port is taken.
    """

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as fault:
            raise SystemFault(f"port {port} cannot be listened on: {fault.strerror}") from fault
        self._changed = threading.Condition()
        self._uploads: list[Upload] = []

    @property
    def url(self) -> str:
        """Where to upload."""
        return f"http://127.0.0.1:{self.server_port}/files"

    def add(self, upload: Upload) -> None:
        """Remember an upload that has ended."""
        with self._changed:
            self._uploads.append(upload)
            self._changed.notify_all()

    def upload(self, number: int, timeout_seconds: float | None = 10.0) -> Upload:
        """Return the upload that is the ``number``-th to end, from 0; wait for it. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._uploads) > number, timeout_seconds):
                raise TimeoutError(f"the server has seen {len(self._uploads)} uploads, not {number + 1}")
            return self._uploads[number]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that goes away is what this is about."""


@contextmanager
def serving(port: int = 0) -> Iterator[UploadServer]:
    """Yield a server that runs until the block is left."""
    with UploadServer(port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="demo-server", daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = SILENCE_SECONDS

    def do_POST(self) -> None:
        if self.headers.get("Content-Length") is None:
            self._answer(HTTPStatus.LENGTH_REQUIRED, "this little server wants a Content-Length\n")
            return
        upload = self._read_body()
        answer = _ANSWERS.get(upload.end)
        if answer is not None:
            self._answer(answer, f"{upload.rows} rows, {upload.body_bytes} of {upload.declared_bytes} bytes\n")
        assert isinstance(self.server, UploadServer)
        self.server.add(upload)

    do_PUT = do_POST  # noqa: N815 - the name is that of http.server

    def _read_body(self) -> Upload:
        declared = int(self.headers.get("Content-Length") or 0)
        seen = rows = 0
        end = BodyEnd.COMPLETE
        try:
            while seen < declared:
                data = self.rfile.read1(min(_READ_BYTES, declared - seen))
                if not data:
                    end = BodyEnd.EARLY
                    break
                seen += len(data)
                rows += data.count(b"\n")
        except TimeoutError:
            end = BodyEnd.SILENT
        except ConnectionResetError:
            end = BodyEnd.RESET
        return Upload(seen, declared, rows, end)

    def _answer(self, status: HTTPStatus, text: str) -> None:
        body = text.encode("ascii")
        self.close_connection = status is not HTTPStatus.CREATED
        with contextlib.suppress(OSError):  # a client that has left reads nothing
            self.send_response(status)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(body)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is that of http.server
        """Say nothing."""
