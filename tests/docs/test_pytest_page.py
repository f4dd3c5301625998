"""docs/pytest.md: each file that it shows is written, each command run, and what it prints is what is shown.

A section is a folder of its own, with the API of examples/flask_uploads and, unless it shows how one is written, the
page's ``conftest.py``. A file of tests whose command is not shown must be green. The API that a page says is on port
8000 runs on one that is free.
"""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.memory import folder_in_memory
from tests.programs import of_another_pytest
from tracereplay import serve

pytestmark = pytest.mark.timeout(200)

PATIENCE_SECONDS = 90
ADDRESS = "127.0.0.1:8000"
ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "flask_uploads"
TEXT = (ROOT / "docs" / "pytest.md").read_text("utf-8")
BLOCK = re.compile(r"^```(.*)\n((?:.*\n)*?)```$", re.MULTILINE)
SECTIONS = {
    title: BLOCK.findall(text) for title, text in re.findall(r"^## (.*)\n((?:(?!## ).*\n?)*)", TEXT, re.MULTILINE)
}
PLAYED = {title: blocks for title, blocks in SECTIONS.items() if blocks}


def run(folder: Path, words: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command of the page, of this environment."""
    environment = of_another_pytest()
    options = ["-p", "no:cacheprovider", "-W", "error", "--strict-markers", "--rootdir", str(folder)]
    commands = {
        "pytest": [sys.executable, "-m", "pytest", *options],
        "tracereplay": [sys.executable, "-m", "tracereplay"],
        "python3": [sys.executable],
        "cat": ["cat"],
    }
    return subprocess.run(
        [*commands[words[0]], *words[1:]],
        cwd=folder,
        env={**environment, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


@contextmanager
def api(folder: Path, title: str) -> Iterator[str]:
    """Yield where the API is that a section plays to, if it says that one runs."""
    if not any(ADDRESS in text for _, text in SECTIONS[title]):
        yield ADDRESS
        return
    command = "gunicorn --no-control-socket -b fd://{fd} careful:app"
    with folder_in_memory() as memory, serve(command, cwd=folder, env={"DATABASE": str(memory / "api.db")}) as server:
        yield server.target


def compare(shown: list[str], printed: str) -> None:
    """Raise AssertionError unless what is shown was printed, in this order; ``...`` is anything, also no line."""
    lines = iter(printed.splitlines())
    for line in (one for one in shown if one != "..."):
        pattern = ".*".join(map(re.escape, line.rstrip().split("...")))
        assert any(re.fullmatch(pattern, one.rstrip()) for one in lines), f"{line}\n\nis not in\n\n{printed}"


def write(folder: Path, text: str) -> str:
    """Write a block to the file that its first line names; return the name."""
    name = text.partition("\n")[0].removeprefix("# ")
    assert re.fullmatch(r"[\w.]+", name), f"a block has no name: {text}"
    (folder / name).write_text(text, "utf-8")
    return name


@pytest.mark.parametrize("title", PLAYED)
def test_a_section_does_what_it_says(title: str, tmp_path: Path) -> None:
    for file in EXAMPLE.iterdir():
        if file.is_file() and file.name not in ("conftest.py", "pytest.ini", "test_uploads.py"):
            shutil.copy(file, tmp_path)
    if not any("tracereplay init-test" in text for _, text in SECTIONS[title]):
        write(tmp_path, next(text for _, text in SECTIONS["A first test"] if text.startswith("# conftest.py")))
    with api(tmp_path, title) as address:
        unseen = play(tmp_path, PLAYED[title], address)
        if unseen:
            ran = run(tmp_path, ["pytest", "-q", *unseen])
            assert ran.returncode == 0, ran.stdout + ran.stderr
            assert "skipped" not in ran.stdout


def play(folder: Path, blocks: list[tuple[str, str]], address: str) -> list[str]:
    """Write and run what the blocks show; return the files of tests that were not run."""
    unseen = []
    for language, text in blocks:
        if language != "console":
            unseen.append(write(folder, text))
            continue
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
            words = shlex.split(command.replace(ADDRESS, address))
            ran = run(folder, words)
            compare(shown.splitlines(), as_shown(ran.stdout, address))
            is_red = " failed" in shown or "test_wrong" in command
            assert (ran.returncode == 0) != is_red, ran.stdout + ran.stderr
            unseen = [name for name in unseen if name not in words]
    return [name for name in unseen if name.startswith("test_")]


def as_shown(printed: str, address: str) -> str:
    """Return what was printed, with the address that the page names."""
    host, port = ADDRESS.split(":")
    return printed.replace(address, ADDRESS).replace(f'"{host}", {address.partition(":")[2]}', f'"{host}", {port}')


def test_every_kind_of_block_is_executed() -> None:
    assert {language for language, _ in BLOCK.findall(TEXT)} == {"python", "console", "ini"}
    assert sum(map(len, SECTIONS.values())) == len(BLOCK.findall(TEXT)) > 10


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(((?!http)[^)#]+)\)", TEXT))))
def test_what_it_links_to_is_there(link: str) -> None:
    assert (ROOT / "docs" / link).exists()
