"""The API under uvicorn, on a socket that it inherits."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tracereplay import Server

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the API writes its journal."""
    return tmp_path_factory.mktemp("api") / "journal.jsonl"


@pytest.fixture(scope="session")
def api(replay_server: Callable[..., Any], journal: Path) -> Iterator[Server]:
    """Run the API, from the first test to the last."""
    command = "uvicorn --fd {fd} --timeout-graceful-shutdown 1 uploads:app"
    with replay_server(command, cwd=HERE, env={"JOURNAL": str(journal)}, timeout="30s") as server:
        yield server


@pytest.fixture
def noted(journal: Path) -> Callable[[], list[str]]:
    """Return what returns the lines that the API has written since the test began."""
    before = len(journal.read_text().splitlines()) if journal.exists() else 0
    return lambda: journal.read_text().splitlines()[before:] if journal.exists() else []
