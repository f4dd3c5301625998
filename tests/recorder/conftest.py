"""A folder to record in, a server to record from, and no ~/.curlrc."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recorder.curl_server import EVERY_BYTE, CurlServer, serving


@pytest.fixture(scope="module")
def server() -> Iterator[CurlServer]:
    with serving() as server:
        yield server


@pytest.fixture
def _without_curlrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("CURL_HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "body.bin").write_bytes(EVERY_BYTE)
    (folder / "-v").write_bytes(b"a file with an odd name")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def refused() -> Iterator[str]:
    """The URL of a port that is taken and not listened on: nobody else can open it meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/"
