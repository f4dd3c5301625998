"""docs/recording.md is true: its commands are run as they stand there, and print what it shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.test_pytest_page import compare
from tests.programs import needs_curl
from tracereplay.demo.server import serving

PAGE = Path(__file__).parents[2] / "docs" / "recording.md"
TEXT = PAGE.read_text("utf-8")
COMMANDS = [
    command
    for block in re.findall(r"^```console\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    for command in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
]


@needs_curl
def test_the_commands_print_what_is_shown(tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "NO_COLOR": "1", "COLUMNS": "200", "HOME": str(tmp_path)}
    with serving() as server:
        address = f"127.0.0.1:{server.server_port}"
        for command, shown in COMMANDS:
            line = ["bash", "-c", command.replace("127.0.0.1:8000", address)]
            done = subprocess.run(
                line,
                cwd=tmp_path,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=60,
                check=False,
            )
            assert (done.returncode == 0) == ("hint:" not in shown), f"{command}\n{done.stdout}"
            compare(shown.splitlines(), done.stdout.replace(address, "127.0.0.1:8000"))


def test_every_block_is_executed() -> None:
    assert TEXT.count("```") == 2 * TEXT.count("```console\n")
    assert len(COMMANDS) > 12


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(((?!http)[^)#]+)\)", TEXT))))
def test_what_it_links_to_is_there(link: str) -> None:
    assert (PAGE.parent / link).exists()
