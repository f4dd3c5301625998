"""docs/servers.md says what was measured; two of its stacks, which are installed with the tests, are measured again."""

import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from tests.docs.stacks.data import FILE, Survey, read, write
from tests.docs.stacks.measure import BODY, HEAD, HEAD_WAYS, SLOW, SWEPT_WAYS, WAYS, WHOLE, measured
from tests.docs.stacks.stack import APPS, STACKS, Stack
from tests.docs.stacks.table import DOCUMENT, replaced, tables
from tests.programs import needs_curl

TEXT = DOCUMENT.read_text("utf-8")
ANEW = ("gunicorn sync: Flask, naive", "uvicorn: Starlette `stream()`")


@pytest.fixture(scope="module")
def survey() -> Survey:
    return read()


def test_the_tables_are_what_was_measured(survey: Survey) -> None:
    assert replaced(TEXT, tables(survey)) == TEXT


def test_the_data_are_of_all_stacks_and_of_every_way(survey: Survey) -> None:
    assert [(one.server, one.app) for one in survey.stacks] == [(one.server, one.app) for one in STACKS]
    left = [*((BODY, way) for way in WAYS), *((HEAD, way) for way in HEAD_WAYS), (WHOLE, SLOW)]
    for one in survey.stacks:
        assert [(it.place, it.way) for it in one.left] == left
        assert [it.way for it in one.swept] == list(SWEPT_WAYS)


def test_the_versions_are_the_ones_that_are_installed_for_it(survey: Survey) -> None:
    wanted = re.findall(r"^(.+)==(.+)$", (APPS / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    assert wanted
    assert [(name, survey.versions[name]) for name, _ in wanted] == wanted


def test_what_is_written_is_read_back(survey: Survey, tmp_path: Path) -> None:
    write(survey, tmp_path / "servers.json")
    assert read(tmp_path / "servers.json") == survey
    assert (tmp_path / "servers.json").read_text("utf-8") == FILE.read_text("utf-8")


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(((?!http)[^)#]+)\)", TEXT))))
def test_what_it_links_to_is_there(link: str) -> None:
    assert (DOCUMENT.parent / link).exists()


@pytest.mark.long
@needs_curl
@pytest.mark.parametrize("stack", [one for one in STACKS if one.name in ANEW], ids=lambda one: one.name)
def test_it_is_so_when_it_is_measured_again(stack: Stack, survey: Survey, tmp_path: Path) -> None:
    for name in ("gunicorn", "uvicorn", "Flask", "Werkzeug", "starlette"):
        if (installed := _installed(name)) != survey.versions[name]:
            pytest.skip(f"{name} {installed} is installed, and the page is about {survey.versions[name]}")
    before = next(one for one in survey.stacks if (one.server, one.app) == (stack.server, stack.app))
    assert measured(stack, Path(sys.executable), tmp_path / "stack").lasting == before.lasting


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
