"""Each example is green; its naive variant is red, where its README says so."""

import os
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from .runs import EXAMPLES, Run, begin

pytestmark = pytest.mark.timeout(200)

Runs = dict[str, "Future[Run]"]


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    with ThreadPoolExecutor() as pool:
        yield {
            "flask": begin(pool, "flask_uploads"),
            "flask naive": begin(pool, "flask_uploads", "-k", "part and sqlite", APP="naive"),
            "fastapi": begin(pool, "fastapi_uvicorn"),
            "nginx": begin(pool, "nginx_in_front"),
            "no nginx": begin(pool, "nginx_in_front", "-k", "works", NGINX="no-such-program"),
        }


def readme(example: str) -> str:
    return (EXAMPLES / example / "README.md").read_text("utf-8")


def test_the_careful_uploads_are_green(runs: Runs) -> None:
    run = runs["flask"].result()
    assert run.exit_code == 0, run
    sqlite = [one for one in run.ids("PASSED") if "[sqlite" in one]
    assert len(sqlite) == 12, run
    if not run.skipped:
        assert [one.replace("[postgresql", "[sqlite") for one in run.ids("PASSED") if one not in sqlite] == sqlite
    else:
        assert all(re.match("PostgreSQL is not installed|psycopg is not installed", one) for one in run.skipped), run


def test_the_naive_uploads_are_red_where_their_readme_says_so(runs: Runs) -> None:
    run = runs["flask naive"].result()
    assert run.exit_code == 1, run
    assert run.ids("FAILED") == re.findall(r"^FAILED \S+?::(\S+)$", readme("flask_uploads"), re.MULTILINE), run
    assert run.ids("PASSED") == [f"test_a_part_is_not_taken_for_the_file[sqlite--1-{way}]" for way in ("fin", "half")]


def test_fastapi_is_green(runs: Runs) -> None:
    run = runs["fastapi"].result()
    assert run.exit_code == 0, run
    assert len(run.ids("PASSED")) == 21, run


def test_nginx_is_green_where_it_is_installed(runs: Runs) -> None:
    run = runs["nginx"].result()
    assert run.exit_code == 0, run
    if run.skipped and not os.environ.get("TRACEREPLAY_REQUIRE_ALL"):
        assert set(run.skipped) == {"nginx is not installed: apt install nginx-light"}, run
    else:
        assert len(run.ids("PASSED")) == 14, run


def test_nginx_that_is_not_installed_is_a_reason_to_skip(runs: Runs) -> None:
    run = runs["no nginx"].result()
    assert set(run.skipped) == {"nginx is not installed: apt install nginx-light"}, run
    assert (run.exit_code, run.ids("PASSED")) == (0, []), run


@pytest.mark.parametrize("page", sorted(EXAMPLES.glob("*/README.md")), ids=lambda page: page.parent.name)
def test_what_a_readme_links_to_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    for link in re.findall(r"\]\(((?!http)[^)#]+)\)", text):
        assert (page.parent / link).exists(), link


def test_traces_are_small() -> None:
    assert sum(file.stat().st_size for file in EXAMPLES.rglob("*.txt")) < 200_000


@pytest.mark.parametrize("example", sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()))
def test_the_code_in_a_readme_is_the_code_of_the_example(example: str) -> None:
    code = "".join(file.read_text("utf-8") for file in sorted((EXAMPLES / example).glob("*.py")))
    for block in re.findall(r"```python\n(.*?)```", readme(example), re.DOTALL):
        assert block in code, block
