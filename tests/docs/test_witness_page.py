"""docs/witness.md: its file goes beside the naive API, its command is run, and its names are those of the lines."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.docs.test_pytest_page import BLOCK, compare, write
from tests.docs.test_sweep_page import API, COMMAND, EXAMPLE, ROOT, run
from tests.memory import folder_in_memory
from tracereplay import serve
from tracereplay.witness import VARIABLE

PAGE = (ROOT / "docs" / "witness.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCK.findall(PAGE) if name == language]


def test_the_page_does_what_it_says(tmp_path: Path) -> None:
    for name in ("naive.py", "ledger.py", "streaming.py", "upload.txt"):
        shutil.copy(EXAMPLE / name, tmp_path)
    for module in blocks("python"):
        write(tmp_path, module)
    (line,) = blocks("json")
    log = tmp_path / "witness.jsonl"
    with (
        folder_in_memory() as memory,
        serve(
            f"{API} seen:app", cwd=tmp_path, env={"DATABASE": str(memory / "uploads.db"), VARIABLE: str(log)}
        ) as server,
    ):
        (tmp_path / "uploads.db").symlink_to(memory / "uploads.db")  # where the page looks for it
        console = "".join(blocks("console")).replace("127.0.0.1:8000", server.target)
        for command, shown in COMMAND.findall(console):
            compare(shown.splitlines(), run(tmp_path, command))
    written = json.loads(log.read_text("utf-8").splitlines()[0])
    assert list(written) == list(json.loads(line))
    assert set(re.findall(r"`([\w-]+)`", "".join(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)))) >= set(written)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(((?!http)[^)#]+)\)", PAGE))))
def test_what_it_links_to_is_there(link: str) -> None:
    assert (ROOT / "docs" / link).exists()
