"""docs/exporting.md: each command is run, and what it prints is what is shown."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.docs.test_pytest_page import BLOCK, compare
from tests.programs import need

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "exporting.md").read_text("utf-8")
COMMAND = re.compile(r"^\$ (.*(?:\n> .*)*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


def run(folder: Path, command: str) -> str:
    beside = Path(sys.executable).parent
    return subprocess.run(
        ["bash", "-c", command.replace("\n> ", "\n")],
        cwd=folder,
        env={**os.environ, "PATH": f"{beside}:{os.environ['PATH']}", "NO_COLOR": "1", "HOME": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # where tshark says that it is root
        text=True,
        timeout=60,
        check=True,
    ).stdout


def test_the_page_does_what_it_says(tmp_path: Path) -> None:
    shutil.copy(ROOT / "examples" / "flask_uploads" / "upload.txt", tmp_path)
    shown = [one for language, text in BLOCK.findall(PAGE) if language == "console" for one in COMMAND.findall(text)]
    assert len(shown) == 4
    for command, printed in shown:
        if command.startswith("tshark"):
            need("tshark")
        compare(printed.splitlines(), run(tmp_path, command))
