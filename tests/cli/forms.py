"""Traces of a form with a file, as curl -F sends one; each is called ``upload.txt``."""

from pathlib import Path

from tests.cli.samples import RECEIVE_HEADER, SEND_DATA, SEND_HEADER
from tests.traces import CONNECTED, trace_text

HOST = b"Host: 127.0.0.1\r\n"
CREATED = (RECEIVE_HEADER, b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
FORM = (
    b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    + b"".join(b"%d\n" % number for number in range(20_000))
    + b"\r\n--xyz--\r\n"
)
HEAD = b"POST /files HTTP/1.1\r\n" + HOST + b"Content-Type: multipart/form-data; boundary=xyz\r\n"
GET = b"GET /files HTTP/1.1\r\n" + HOST + b"\r\n"
UPLOAD = [(SEND_HEADER, HEAD + b"Content-Length: %d\r\n\r\n" % len(FORM)), (SEND_DATA, FORM), CREATED]


def form(
    folder: Path, *, name: str = "upload.txt", before: tuple[tuple[str, bytes], ...] = (), secrets: bytes = b""
) -> Path:
    """Write the trace of a form with a file, and with these headers more."""
    head = HEAD + secrets + b"Content-Length: %d\r\n\r\n" % len(FORM)
    events = [*before, (SEND_HEADER, head), (SEND_DATA, FORM), CREATED]
    trace = folder / name
    trace.write_bytes(CONNECTED.format(port=1).encode() + trace_text(events))
    return trace


def slow(folder: Path) -> None:
    events = [(f"12:00:{second:02}.000000 {kind}", data) for second, (kind, data) in enumerate(UPLOAD)]
    (folder / "upload.txt").write_bytes(trace_text(events))


def asked_before(folder: Path) -> None:
    form(folder, before=((SEND_HEADER, GET), (RECEIVE_HEADER, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")))


def only_asked(folder: Path) -> None:
    (folder / "upload.txt").write_bytes(trace_text([(SEND_HEADER, GET), CREATED]))
