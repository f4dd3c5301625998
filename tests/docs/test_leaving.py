"""docs/leaving.md says what happens: its tables are played again, and its system calls traced."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.docs.leaving.calls import Calls, has_strace, traced
from tests.docs.leaving.scenes import Stage, played
from tests.docs.leaving.table import DOCUMENT, NAMES, replaced, tables, written
from tests.programs import lack
from tracereplay.errors import SystemFault
from tracereplay.net.vanishing import means_for

TEXT = DOCUMENT.read_text("utf-8")


def vanishes_by_md5sig() -> bool:
    try:
        return {means_for(family) for family in (2, 10)} == {"md5sig"}
    except SystemFault:
        return False


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The tables, as they are played now: the traced plays are made while the others wait."""
    stage = Stage(tmp_path_factory.mktemp("leaving"))
    with ThreadPoolExecutor(1) as pool:
        calls = pool.submit(traced, stage) if has_strace() else None
        now = played(stage)
        none: Calls | None = None
        return tables(now, none if calls is None else calls.result())


@pytest.mark.skipif(not vanishes_by_md5sig(), reason="this kernel has no TCP_MD5SIG, with which the page was made")
@pytest.mark.parametrize("name", NAMES)
def test_a_table_is_what_happens(found: dict[str, str], name: str) -> None:
    if name not in found:
        lack("there is no strace that may trace here")
    assert written(TEXT)[name].splitlines() == found[name].splitlines()


def test_writing_changes_nothing_but_the_tables() -> None:
    assert replaced(TEXT, written(TEXT)) == TEXT
    assert replaced(replaced(TEXT, {"tls": "| |\n"}), written(TEXT)) == TEXT


def test_the_picture_is_there() -> None:
    assert "leaving.svg" in TEXT
    assert (Path(DOCUMENT.parent) / "leaving.svg").exists()
