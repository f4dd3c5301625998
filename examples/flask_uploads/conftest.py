"""The API under gunicorn as it is in production: one worker, which is killed when it is silent for two seconds."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import postgresql
import pytest

from tracereplay import Server, probe, wait_until

HERE = Path(__file__).parent
APP = os.environ.get("APP", "careful")  # or naive
GUNICORN = "gunicorn --no-control-socket --preload --timeout 2 --bind fd://{fd}"


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give where the API keeps its rows: a file, or the URL of a server that runs for the tests alone."""
    if request.param == "sqlite":
        yield str(tmp_path_factory.mktemp("database") / "uploads.db")
        return
    replay_server = request.getfixturevalue("replay_server")
    with postgresql.running(replay_server) as url:
        yield url


@pytest.fixture(scope="session")
def api(replay_server: Callable[..., Any], database: str) -> Iterator[Server]:
    """Run the API, from the first test to the last."""
    with replay_server(f"{GUNICORN} {APP}:app", cwd=HERE, env={"DATABASE": database}) as server:
        yield server


@pytest.fixture
def upload_of_this_test(api: Server, database: str) -> Iterator[Callable[[], tuple[str, int]]]:  # noqa: ARG001
    """Return what waits for the end of the upload that the test makes, and returns its state and how much was seen."""
    connection = postgresql.connect(database) if database.startswith("postgresql:") else None
    where = connection or database
    last = probe.sql(where, "SELECT coalesce(max(id), 0) FROM uploads")()
    ended = f"SELECT state, file_bytes FROM uploads WHERE id > {last} AND state <> 'started'"
    yield lambda: wait_until(probe.sql(where, ended), within="2s")
    if connection is not None:
        connection.close()
