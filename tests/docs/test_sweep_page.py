"""docs/sweep.md, and the sweep in the README: each command is run, and what it prints is what is shown.

Where the pages say port 8000 the naive API of examples/flask_uploads runs, where they say 8001 the careful one.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.docs.test_pytest_page import BLOCK, compare
from tests.memory import folder_in_memory
from tests.programs import lack, of_another_pytest
from tracereplay import serve

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "flask_uploads"
PAGE = (ROOT / "docs" / "sweep.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
API = "gunicorn --no-control-socket --timeout 2 --bind fd://{fd}"
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, str]]:
    """Give the ports of the two servers, by those of the page."""
    with ExitStack() as stack:
        folder = stack.enter_context(folder_in_memory())
        found = {}
        for port, app in (("8000", "naive"), ("8001", "careful")):
            database = {"DATABASE": str(folder / f"{app}.db")}
            server = stack.enter_context(serve(f"{API} {app}:app", cwd=EXAMPLE, env=database))
            found[f"127.0.0.1:{port}"] = server.target
        yield found


@pytest.fixture(scope="module")
def sweeps(ports: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what a sweep prints of each of the two servers, by its command; it is made once."""
    folder = tmp_path_factory.mktemp("sweeps")
    shutil.copy(EXAMPLE / "upload.txt", folder)
    found = {}
    for target in ports.values():
        command = f"tracereplay sweep upload.txt --target {target}"
        began = time.monotonic()
        found[command] = run(folder, command)
        assert time.monotonic() - began < 30
    return found


def live(text: str, ports: dict[str, str]) -> str:
    for shown, target in ports.items():
        text = text.replace(shown, target)
    return text


def run(folder: Path, command: str) -> str:
    beside = Path(sys.executable).parent
    kept = of_another_pytest()
    ran = subprocess.run(
        ["bash", "-c", command.replace("pytest -q", "pytest -q -p no:cacheprovider")],
        cwd=folder,
        env={**kept, "PATH": f"{beside}:{os.environ['PATH']}", "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode in (0, 1), ran.stdout
    assert "Traceback" not in ran.stdout
    return ran.stdout


def test_the_page_does_what_it_says(ports: dict[str, str], sweeps: dict[str, str], tmp_path: Path) -> None:
    shutil.copy(EXAMPLE / "upload.txt", tmp_path)
    (leaky,) = (text for _, text in BLOCK.findall(PAGE) if text.startswith("# leaky.py"))
    (tmp_path / "leaky.py").write_text(leaky, "utf-8")
    for language, text in BLOCK.findall(PAGE):
        if language == "console":
            for command, shown in COMMAND.findall(live(text, ports)):
                compare(shown.splitlines(), sweeps.get(command) or run(tmp_path, command))
        elif text.startswith("# test_cuts.py"):
            (tmp_path / "test_cuts.py").write_text(text, "utf-8")
        elif text.startswith("# leaky.py"):
            assert (tmp_path / "leaky.py").read_text("utf-8") == text
        elif language == "nginx":
            shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or lack("nginx is not installed")
            (tmp_path / "nginx.conf").write_text(text, "utf-8")
        elif language == "text":
            assert "werkzeug#3285" in PAGE  # which tests/servers/test_segments.py plays
        else:
            assert language == "python"
            (tmp_path / "one.py").write_text(live(text, ports), "utf-8")
            assert re.search("without [0-9,]+ bytes of its body", run(tmp_path, f"{sys.executable} -W error one.py"))


def test_the_naive_api_is_found_out_in_little_time_and_the_careful_one_is_not(sweeps: dict[str, str]) -> None:
    naive, careful = sweeps.values()
    assert "\n2xx-for-incomplete: half, answer 200" in naive
    assert ": nothing wrong\n" in careful


def test_the_readme_does_what_it_says(ports: dict[str, str], sweeps: dict[str, str]) -> None:
    shown = [text for language, text in BLOCK.findall(README) if language == "console" and "tracereplay sweep" in text]
    assert len(shown) == 1
    for command, printed in COMMAND.findall(live(shown[0], ports)):
        compare(printed.splitlines(), sweeps[command])


def test_every_verdict_is_on_the_page() -> None:
    from typing import get_args  # noqa: PLC0415

    from tracereplay.judge.verdict import Kind, Rule, Tolerance  # noqa: PLC0415

    told = set(re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE))
    assert told == {one for arg in get_args(Kind) for one in (get_args(arg) or (arg,))} | set(get_args(Rule))
    assert all(one in PAGE for one in get_args(Tolerance))


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(((?!http)[^)#]+)\)", PAGE))))
def test_what_it_links_to_is_there(link: str) -> None:
    assert (ROOT / "docs" / link).exists()
