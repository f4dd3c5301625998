"""docs/pytest.md: each file that it shows is written, each command run, and what it prints is what is shown.

A section is a folder of its own, with the API of examples/flask_uploads and the page's ``conftest.py``. A file of tests
whose command is not shown must be green.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(200)

PATIENCE_SECONDS = 90
ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "flask_uploads"
TEXT = (ROOT / "docs" / "pytest.md").read_text("utf-8")
BLOCK = re.compile(r"^```(.*)\n((?:.*\n)*?)```$", re.MULTILINE)
SECTIONS = {
    title: BLOCK.findall(text) for title, text in re.findall(r"^## (.*)\n((?:(?!## ).*\n?)*)", TEXT, re.MULTILINE)
}
PLAYED = {title: blocks for title, blocks in SECTIONS.items() if blocks}


def run(folder: Path, words: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    options = ["-p", "no:cacheprovider", "-W", "error", "--strict-markers", "--rootdir", str(folder)]
    return subprocess.run(
        [sys.executable, "-m", words[0], *options, *words[1:]],
        cwd=folder,
        env={**environment, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


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
        if file.is_file() and file.name not in ("conftest.py", "pytest.ini"):
            shutil.copy(file, tmp_path)
    write(tmp_path, next(text for _, text in SECTIONS["A first test"] if text.startswith("# conftest.py")))
    unseen = []
    for language, text in PLAYED[title]:
        if language != "console":
            unseen.append(write(tmp_path, text))
            continue
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
            words = shlex.split(command)
            ran = run(tmp_path, words)
            compare(shown.splitlines(), ran.stdout)
            assert (ran.returncode == 0) == ("F  " not in shown and "test_wrong" not in command), ran.stdout
            unseen = [name for name in unseen if name not in words]
    tests = [name for name in unseen if name.startswith("test_")]
    if tests:
        ran = run(tmp_path, ["pytest", "-q", *tests])
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "skipped" not in ran.stdout


def test_every_kind_of_block_is_executed() -> None:
    assert {language for language, _ in BLOCK.findall(TEXT)} == {"python", "console", "ini"}
    assert sum(map(len, SECTIONS.values())) == len(BLOCK.findall(TEXT)) > 10


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(((?!http)[^)#]+)\)", TEXT))))
def test_what_it_links_to_is_there(link: str) -> None:
    assert (ROOT / "docs" / link).exists()
