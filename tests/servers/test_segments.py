"""Parsers break at the boundaries of reads: pallets/werkzeug#3285, and how ``--segments`` finds such a boundary.

Werkzeug 3.1.9 adds a CR to a part when what it is given ends one byte behind the name of the boundary after it. Flask
gets the body in whole pieces of 64 KiB, whatever the segments, so that the *size* of a file decides. An asynchronous
application gets each read of its server as it was, as with Quart, which gives it to the same parser: then the segments
decide. What is added is asked of the parser itself, in memory, so that these tests outlive the fault; docs/leaving.md
tells of it.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from werkzeug.sansio.multipart import Data, Epilogue, MultipartDecoder, NeedData

from tests.cli.command_line import invoke
from tracereplay.library import Trace, play

from .recording import recorded
from .server import ROOT, Server

FILE = b"1\n2\n3\n4\n5\n"
CLOSING_BYTES = len(b"-\r\n")  # what is left of the body after the read that misleads
READ_BYTES = 64 * 1024  # of Werkzeug, under a server that gives it whole pieces

Message = Mapping[str, object]


async def app(
    scope: Mapping[str, object],
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Answer with the content of the uploaded file, parsed as Quart does it: each message, as it comes."""
    headers = scope.get("headers")
    if not isinstance(headers, list):
        return
    decoder = MultipartDecoder(dict(headers)[b"content-type"].partition(b"boundary=")[2])
    content, is_more = b"", True
    while is_more:
        message = await receive()
        is_more = bool(message.get("more_body"))
        body = message.get("body")
        content += content_of(decoder, body if isinstance(body, bytes) else b"")
    length = (b"content-length", b"%d" % len(content))
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": content})


def content_of(decoder: MultipartDecoder, body: bytes) -> bytes:
    """Return what the parser finds in a part when it is given the next bytes."""
    content = b""
    decoder.receive_data(body)
    while not isinstance(event := decoder.next_event(), NeedData | Epilogue):
        content += event.data if isinstance(event, Data) else b""
    return content


def added_by_the_parser() -> bytes:
    """Return what this version of Werkzeug adds to a part: a CR, or nothing once it is mended."""
    body = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue\r\n--b--\r\n'
    decoder = MultipartDecoder(b"b")
    return (content_of(decoder, body[:-CLOSING_BYTES]) + content_of(decoder, body[-CLOSING_BYTES:]))[len(b"value") :]


STRAY = added_by_the_parser()


@pytest.fixture(scope="module")
def asynchronous_target() -> Iterator[str]:
    """gunicorn, with its worker for asynchronous applications, and the application above."""
    pytest.importorskip("gunicorn.workers.gasgi", reason="this gunicorn has no worker for asynchronous applications")
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "--worker-class=asgi", "--no-control-socket"),
                *("--bind", f"fd://{listener.fileno()}", "--pythonpath", str(ROOT), f"{__name__}:app"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def upload(tmp_path_factory: pytest.TempPathFactory, asynchronous_target: str) -> Trace:
    folder = tmp_path_factory.mktemp("segments")
    (folder / "small.csv").write_bytes(FILE)
    return recorded(folder / "upload.txt", "-F", f"file=@{folder}/small.csv", f"http://{asynchronous_target}/")


def body_bytes(trace: Trace) -> int:
    (request,) = trace.plan().main_connection.conversation.requests
    return request.body_bytes


def stored(trace: Trace, segments: str, target: str) -> bytes:
    answer = play(trace.plan().in_segments(segments), target).answer
    assert answer is not None
    assert answer.status == 200
    return answer.body


def test_as_recorded_the_file_is_what_was_sent(upload: Trace, asynchronous_target: str) -> None:
    assert stored(upload, "recorded", asynchronous_target) == FILE


@pytest.mark.parametrize("size", range(1, 9))
def test_a_read_that_ends_in_the_boundary_adds_a_byte_to_the_file(
    upload: Trace, asynchronous_target: str, size: int
) -> None:
    misleads = (body_bytes(upload) - CLOSING_BYTES) % size == 0
    assert stored(upload, f"lockstep:{size}", asynchronous_target) == FILE + STRAY * misleads


def test_it_is_the_same_every_time(upload: Trace, asynchronous_target: str) -> None:
    assert {stored(upload, "lockstep:1", asynchronous_target) for _ in range(5)} == {FILE + STRAY}


def test_to_flask_under_gunicorn_segments_do_not_matter(
    patient_server: Server, small_form: Trace, small_file: Path
) -> None:
    for segments in ("recorded", "mtu", f"lockstep:{body_bytes(small_form) - CLOSING_BYTES}"):
        before = len(patient_server.uploads())
        play(small_form.plan().in_segments(segments), patient_server.target)
        row = patient_server.last_upload()
        assert row is not None
        assert len(patient_server.uploads()) == before + 1
        assert (row.state, row.bytes_seen) == ("complete", small_file.stat().st_size)


@pytest.mark.parametrize(("more", "added"), [(-1, 0), (0, len(STRAY)), (1, 0)], ids=["shorter", "just so", "longer"])
def test_but_the_size_of_the_file_does(
    tmp_path: Path, patient_server: Server, small_form: Trace, more: int, added: int
) -> None:
    around = body_bytes(small_form) - small_form.path.with_name("small.csv").stat().st_size
    size = READ_BYTES + CLOSING_BYTES - around + more
    file = tmp_path / "small.csv"
    file.write_bytes(b"," * size)
    recorded(tmp_path / "upload.txt", "-F", f"file=@{file}", patient_server.url("/files"))
    row = patient_server.last_upload()
    assert row is not None
    assert (row.state, row.bytes_seen) == ("complete", size + added)


def sweep(upload: Trace, target: str, *args: str) -> dict[str, object]:
    """Return what a sweep over splits has found."""
    told = invoke("sweep", upload.path, "--target", target, *args, "--format", "json")
    found: dict[str, object] = json.loads(told.out)
    assert told.code == bool(found["findings"])
    return found


@pytest.mark.parametrize("split", ["2", "1", "mtu", "random:7"])
def test_a_sweep_over_splits_finds_the_one_that_matters(upload: Trace, asynchronous_target: str, split: str) -> None:
    fatal = upload.plan().main_connection.planned_bytes - CLOSING_BYTES
    found = sweep(upload, asynchronous_target, "--split", split)
    expected = [("depends-on-segments", f"split {split}", fatal)] if STRAY and split in ("1", "2") else []
    findings = found["findings"]
    assert isinstance(findings, list)
    assert [(one["rule"], one["how"], one["at"]) for one in findings] == expected
    for one in findings:
        assert " in other pieces: body; where" in one["why"]
        assert f" --segments lockstep:at:{fatal} " in f"{one['command']} "
        assert stored(upload, f"lockstep:at:{fatal}", asynchronous_target) == FILE + STRAY
