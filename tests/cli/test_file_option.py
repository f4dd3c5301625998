"""``--file`` of play, extract and show: what was uploaded tells what an ascii trace does not."""

import json
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.command_line import invoke
from tests.cli.samples import BODY, SENT, upload

ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@contextmanager
def sink() -> Iterator[tuple[int, list[bytes]]]:
    """Run a server that takes what comes, and answers when the end of a body has come."""
    taken: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                data = b""
                while not data.endswith((b"--\r\n", b"\r\n0\r\n\r\n", b"\nthe end\n")):
                    part = connection.recv(1 << 16)
                    if not part:
                        break
                    data += part
                taken.append(data)
                connection.sendall(ANSWER)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1], taken
        thread.join()


UPLOADS = [
    pytest.param(["-F", "file=@report.csv", "-F", "x=y"], b"", id="a form"),
    pytest.param(["-T", "report.csv"], b"", id="put"),
    pytest.param(["--data-binary", "@report.csv"], b"", id="a body"),
    pytest.param(["-T", "-"], b"report.csv", id="chunks"),
    pytest.param(["-F", "file=@-;filename=report.csv"], b"report.csv", id="a form in chunks"),
]


@pytest.mark.parametrize(("options", "fed"), UPLOADS)
def test_what_curl_uploaded_is_known_by_its_file(options: list[str], fed: bytes, tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    file.write_bytes(b"".join(b"%d,\xc3\xa9.\0\r\n\n\r" % number for number in range(20_000)) + b"\nthe end\n")
    with sink() as (port, taken):
        command = ["curl", "-sS", "-H", "Expect:", "--trace-ascii", "t.txt", *options, f"http://127.0.0.1:{port}/up/"]
        with (tmp_path / fed.decode() if fed else Path(os.devnull)).open("rb") as stdin:
            subprocess.run(command, cwd=tmp_path, stdin=stdin, check=True, timeout=30, capture_output=True)
    trace, output = tmp_path / "t.txt", tmp_path / "sent"
    assert invoke("extract", trace, "--sent", output).code == 3
    told = invoke("extract", trace, "--sent", output, "--file", file)
    assert (told.code, output.read_bytes()) == (0, taken[0])
    assert f"note: {file} agrees with what was uploaded on connection 0, in all of its" in told.err
    shown = invoke("show", trace, "--file", file, "--format", "json")
    assert json.loads(shown.out)["connections"][0]["sent"]["unknown"] == []
    with sink() as (port, again):
        played = invoke("play", trace, "--target", f"127.0.0.1:{port}", "--file", file)
    assert (played.code, again) == (0, taken)


def test_a_file_that_is_not_what_was_sent_is_refused(tmp_path: Path) -> None:
    trace, file = upload(tmp_path, form="ascii"), tmp_path / "id.csv"
    file.write_bytes(BODY.replace(b"name", b"game", 1))
    told = invoke("extract", trace, "--sent", tmp_path / "sent", "--file", file)
    assert told.code == 3
    assert f"{file} is not what was sent: byte 3 of it is 'g', and the trace shows 'n' (byte 65 sent on" in told.err
    file.write_bytes(BODY)
    assert invoke("extract", trace, "--sent", tmp_path / "sent", "--file", file).code == 0
    assert (tmp_path / "sent").read_bytes() == SENT


def test_the_remedy_can_be_pasted(tmp_path: Path) -> None:
    told = invoke("play", upload(tmp_path, form="ascii"))
    assert told.code == 3
    assert "hint: give what was sent with --file FILE, record again with `tracereplay record`, or take" in told.err
