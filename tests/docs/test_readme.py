"""The README is true: its tour is run as it is written, against the server that it starts."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.programs import needs_curl
from tracereplay.demo.server import serving

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
BLOCK = re.compile(r"<!-- (tour[^>]*?) -->\n```(\w+)\n(.*?)```", re.DOTALL)


@pytest.fixture
def port() -> Iterator[str]:
    with serving() as server:
        yield str(server.server_port)


@needs_curl
def test_the_tour_runs_as_it_is_written(tmp_path: Path, port: str) -> None:
    blocks = BLOCK.findall(README)
    assert [kind for kind, _, _ in blocks].count("tour") >= 5
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "NO_COLOR": "1"}
    for kind, language, text in blocks:
        if kind == "tour: server":
            continue  # it runs already
        command = [sys.executable, "-W", "error", "-c"] if language == "python" else ["bash", "-euo", "pipefail", "-c"]
        ran = subprocess.run(
            [*command, text.replace("8000", port)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
        assert ran.returncode == 0, f"{text}\n{ran.stdout}\n{ran.stderr}"


def test_the_two_commands_are_the_ones_that_ci_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    for command in re.findall(r"^(\.venv/bin/pytest|python3 -m venv .*)$", README, re.MULTILINE):
        assert command in script


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(((?!http)[^)#]+)\)", README))))
def test_what_it_links_to_is_there(link: str) -> None:
    assert (ROOT / link).exists()
