"""Each example is green; its naive variant is red, where its README says so."""

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.programs import lack, of_another_pytest

from .runs import EXAMPLES, run

pytestmark = pytest.mark.timeout(200)


def readme(example: str) -> str:
    return (EXAMPLES / example / "README.md").read_text("utf-8")


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_careful_uploads_are_green(database: str) -> None:
    ran = run("flask_uploads", "-k", database)
    assert ran.exit_code == 0, ran
    if database == "postgresql" and ran.skipped:
        assert all(re.match("PostgreSQL is not installed|psycopg is not installed", one) for one in ran.skipped), ran
        lack(ran.skipped[0])
    assert len(ran.ids("PASSED")) == 12, ran


def test_the_naive_uploads_are_red_where_their_readme_says_so() -> None:
    ran = run("flask_uploads", "-k", "part and sqlite", APP="naive")
    assert ran.exit_code == 1, ran
    assert ran.ids("FAILED") == re.findall(r"^FAILED \S+?::(\S+)$", readme("flask_uploads"), re.MULTILINE), ran
    assert ran.ids("PASSED") == []


def test_a_copy_of_it_elsewhere_works_as_well(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PYTEST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTEST_ADDOPTS", of_another_pytest()["PYTEST_ADDOPTS"])
    shutil.copytree(EXAMPLES / "flask_uploads", pytester.path, dirs_exist_ok=True)
    result = pytester.runpytest_subprocess("-W", "error", "-k", "sqlite and (works or 25)")
    result.assert_outcomes(passed=4, deselected=20)
    result.stdout.fnmatch_lines(["upload.txt  ....  4 plays"])


def test_fastapi_is_green() -> None:
    ran = run("fastapi_uvicorn")
    assert ran.exit_code == 0, ran
    assert len(ran.ids("PASSED")) == 21, ran


def test_nginx_is_green_where_it_is_installed() -> None:
    ran = run("nginx_in_front")
    assert ran.exit_code == 0, ran
    if ran.skipped:
        assert set(ran.skipped) == {"nginx is not installed: apt install nginx-light"}, ran
        lack("nginx is not installed")
    assert len(ran.ids("PASSED")) == 14, ran


def test_nginx_that_is_not_installed_is_a_reason_to_skip() -> None:
    ran = run("nginx_in_front", "-k", "works", NGINX="no-such-program")
    assert set(ran.skipped) == {"nginx is not installed: apt install nginx-light"}, ran
    assert (ran.exit_code, ran.ids("PASSED")) == (0, []), ran


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
