"""A PostgreSQL server for the tests alone, with a cluster of its own; skips where there is none."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from typing import Any

import pytest

from tracereplay import Server

# Debian does not put them on the PATH.
PLACES = os.pathsep.join([os.environ.get("PATH", ""), *sorted(glob("/usr/lib/postgresql/*/bin"), reverse=True)])


def connect(url: str) -> Any:
    """Return a connection to look with."""
    import psycopg  # noqa: PLC0415

    return psycopg.connect(url)


@contextmanager
def running(replay_server: Callable[..., Any]) -> Iterator[str]:
    """Yield the URL of a database on a server that runs until the block is left."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'psycopg[binary]'")
    initdb, postgres = (shutil.which(program, path=PLACES) for program in ("initdb", "postgres"))
    if initdb is None or postgres is None:
        pytest.skip("PostgreSQL is not installed: apt install postgresql")
    with tempfile.TemporaryDirectory(prefix="uploads-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        as_user = _as_somebody_else(folder)
        options = ["--username=tester", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
        subprocess.run([*as_user, initdb, *options, folder / "cluster"], check=True, capture_output=True, cwd="/")
        command = [*as_user, postgres, "-D", folder / "cluster", "-h", "{host}", "-p", "{port}", "-k", "", "-F"]
        with replay_server(command, cwd="/", ready=_answers, timeout="30s") as server:
            yield _url(server)


def _url(server: Server) -> str:
    return f"postgresql://tester@{server.target}/postgres"


def _answers(server: Server) -> bool:
    connect(_url(server)).close()
    return True


def _as_somebody_else(folder: Path) -> list[str]:
    """Return what to begin a command with: PostgreSQL refuses to run as root, as in a container."""
    if os.getuid() != 0:
        return []
    shutil.chown(folder, "postgres")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
