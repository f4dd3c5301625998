"""The API under gunicorn, and nginx in front of it: once as it is by default, once without its buffer for requests."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tracereplay import Server

HERE = Path(__file__).parent
CONFIGURATION = (HERE / "nginx.conf").read_text()
PLACES = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])  # Debian puts it there

Nginx = Callable[[str], AbstractContextManager[Server]]


@pytest.fixture(scope="session")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the API writes its journal."""
    return tmp_path_factory.mktemp("api") / "journal.jsonl"


@pytest.fixture(scope="session")
def api(replay_server: Callable[..., Any], journal: Path) -> Iterator[Server]:
    """Run the API, which no test talks to: they talk to nginx."""
    command = "gunicorn --no-control-socket --preload --bind fd://{fd} uploads:app"
    with replay_server(command, cwd=HERE, env={"JOURNAL": str(journal)}) as server:
        yield server


@pytest.fixture(scope="session")
def nginx(replay_server: Callable[..., Any], api: Server, tmp_path_factory: pytest.TempPathFactory) -> Nginx:
    """Return what runs nginx in front of the API; ``proxy_request_buffering`` is ``on`` or ``off``."""
    program = shutil.which(os.environ.get("NGINX", "nginx"), path=PLACES)
    if program is None:
        pytest.skip("nginx is not installed: apt install nginx-light")

    def running(buffering: str) -> AbstractContextManager[Server]:
        folder = tmp_path_factory.mktemp("nginx")
        text = CONFIGURATION if os.getuid() else f"user root;\n{CONFIGURATION}"
        for name, value in {"folder": str(folder), "upstream": api.target, "buffering": buffering}.items():
            text = text.replace(f"@{name}@", value)
        (folder / "nginx.conf").write_text(text)
        # nginx reads no environment: the port, which only replay_server knows, is put into the file.
        line = f"sed -i 's/@port@/{{port}}/' nginx.conf && exec {program} -e stderr -c {folder}/nginx.conf"
        server: AbstractContextManager[Server] = replay_server(["sh", "-c", line], cwd=folder)
        return server

    return running


@pytest.fixture(scope="session")
def buffering(nginx: Nginx) -> Iterator[Server]:
    """Run nginx as it is by default: it takes the whole request before it asks the API."""
    with nginx("on") as server:
        yield server


@pytest.fixture(scope="session")
def streaming(nginx: Nginx) -> Iterator[Server]:
    """Run nginx so that it hands on what it has."""
    with nginx("off") as server:
        yield server


@pytest.fixture
def noted(journal: Path) -> Callable[[], list[str]]:
    """Return what returns the lines that the API has written since the test began."""
    before = len(journal.read_text().splitlines()) if journal.exists() else 0
    return lambda: journal.read_text().splitlines()[before:] if journal.exists() else []
