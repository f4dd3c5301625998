"""What a recording is called, and what it is never written over."""

import os
import socket
import threading
from pathlib import Path

import pytest

from tests.programs import needs_curl
from tests.recorder.curl_server import (
    CurlServer,
    names_in,
    sent_data,
)
from tracereplay.errors import PlanError
from tracereplay.recorder import Recording, record

pytestmark = pytest.mark.usefixtures("_without_curlrc")


@needs_curl
def test_without_a_name_it_is_called_after_its_first_request(server: CurlServer, folder: Path) -> None:
    argv = ["curl", "-s", "-o", os.devnull, "-d", "x", f"{server.url}/files?token=secret"]
    name = f"post-127.0.0.1-{server.server_port}-files"

    paths = [record(argv).path for _ in range(3)]

    assert paths == [Path(f"{name}.txt"), Path(f"{name}-2.txt"), Path(f"{name}-3.txt")]
    assert record(argv, overwrite=True).path == Path(f"{name}.txt")
    assert names_in(folder) == {"body.bin", "-v", *map(str, paths)}


@needs_curl
def test_without_http_it_is_called_after_the_connection(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.sendall(b"220 hello\r\n")
                peer.recv(1000)
                peer.sendall(b"530 no\r\n")

        thread = threading.Thread(target=refuse)
        thread.start()
        port = listener.getsockname()[1]
        done = record(["curl", "-s", f"ftp://127.0.0.1:{port}/file"])
        thread.join()

    assert done.exit_code == 67
    assert done.path == Path(f"curl-127.0.0.1-{port}.txt")


@needs_curl
def test_behind_a_tunnel_it_is_called_after_the_request_in_it(server: CurlServer, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def tunnel() -> None:
            peer, _ = listener.accept()
            with peer, peer.makefile("rwb") as stream:
                for answer in (b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"):
                    while stream.readline().strip():
                        pass
                    stream.write(answer)
                    stream.flush()

        thread = threading.Thread(target=tunnel)
        thread.start()
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
        done = record(["curl", "-s", "-p", "-x", proxy, "http://example.test/inside"])
        thread.join()

    assert done == Recording(Path("get-example.test-inside.txt"), 0)


@needs_curl
def test_a_recording_stays_unless_it_may_be_overwritten(server: CurlServer, folder: Path) -> None:
    argv = ["curl", "-s", "-o", "out.bin", f"{server.url}/a"]
    output = folder / "mine.txt"
    output.write_text("precious")

    with pytest.raises(PlanError, match=r"mine\.txt exists"):
        record(argv, output)
    assert output.read_text() == "precious"
    assert not (folder / "out.bin").exists()

    assert record(argv, output, overwrite=True) == Recording(output, 0)
    assert sent_data(output) == b""


@needs_curl
def test_an_old_recording_stays_when_nothing_was_recorded(folder: Path, refused: str) -> None:
    (folder / "mine.txt").write_text("precious")

    assert record(["curl", "-s", refused], Path("mine.txt"), overwrite=True) == Recording(None, 7)
    assert (folder / "mine.txt").read_text() == "precious"


@needs_curl
def test_a_file_that_curl_itself_makes_is_not_overwritten(server: CurlServer, folder: Path) -> None:
    done = record(["curl", "-s", "-o", "up.txt", f"{server.url}/a"], Path("up.txt"))

    assert done.path == Path("up-2.txt")
    assert done.notes == ("up.txt appeared while curl ran and was not touched: the trace is in up-2.txt",)
    assert (folder / "up.txt").read_bytes() == b"an answer to /a"
