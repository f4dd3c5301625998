"""Small traces, made by hand, and what a server answers to them."""

from pathlib import Path

from tests.traces import CONNECTED, trace_text

BODY = b"id,name\n" * 25
REQUEST = b"POST /files HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 200\r\n\r\n"
SENT = REQUEST + BODY
ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nok\n"

SEND_HEADER, SEND_DATA = "=> Send header", "=> Send data"
RECEIVE_HEADER, RECEIVE_DATA = "<= Recv header", "<= Recv data"
UPLOAD = [
    (SEND_HEADER, REQUEST),
    (SEND_DATA, BODY),
    (RECEIVE_HEADER, b"HTTP/1.1 201 Created\r\n"),
    (RECEIVE_HEADER, b"\r\n"),
    (RECEIVE_DATA, b"ok\n"),
]


def upload(folder: Path, *, form: str = "hex", port: int = 80, host: str = "127.0.0.1") -> Path:
    """Write the trace of an upload, without times; return its path."""
    path = folder / "upload.txt"
    connected = CONNECTED.replace("127.0.0.1", host).format(port=port).encode()
    path.write_bytes(connected + trace_text(UPLOAD, form=form))
    return path


def timed_upload(folder: Path, seconds: float = 0.01) -> Path:
    """Write the trace of an upload whose body came so many seconds after the head."""
    path = folder / "timed.txt"
    early, late = "12:00:00.000000 ", f"12:00:{seconds:09.6f} "
    times = [early, late, late, late, late]
    path.write_bytes(trace_text([(time + kind, data) for time, (kind, data) in zip(times, UPLOAD, strict=True)]))
    return path


def two_uploads(folder: Path) -> Path:
    """Write a trace of two connections, one after the other, with ids; the second sends most."""
    path = folder / "two.txt"
    events: list[tuple[str, bytes] | str] = []
    for number, times in ((0, 1), (1, 2)):
        body = BODY * times
        head = REQUEST.replace(b"200", str(len(body)).encode())
        answer = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
        events.append(f"[{number}-{number}] == Info: Connected to 127.0.0.1 (127.0.0.1) port 80\n")
        for kind, data in ((SEND_HEADER, head), (SEND_DATA, body), (RECEIVE_HEADER, answer)):
            events.append((f"[{number}-{number}] {kind}", data))
    path.write_bytes(trace_text(events))
    return path
