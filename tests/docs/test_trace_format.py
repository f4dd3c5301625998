"""trace-format.md and trace-wording.md are a reference: what they show is in a real trace, and is read as they say."""

import re
from pathlib import Path

import pytest

from tracereplay.trace.event import Info
from tracereplay.trace.wording import news_of

ROOT = Path(__file__).parents[2]
TEXT = "\n".join((ROOT / "docs" / name).read_text("utf-8") for name in ("trace-format.md", "trace-wording.md"))
BLOCKS = re.findall(r"^```(.*)\n((?:.*\n)*?)```$", TEXT, re.MULTILINE)
SHOWN = [(name.removeprefix("trace "), shown) for name, shown in BLOCKS if name.startswith("trace ")]
SEVERAL_LINES = "…\n"
# Of each table whose last column is "in": the rows, as lists of cells.
TABLES = [
    [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in table.splitlines()]
    for table in re.findall(r"^\|.*\| in \|\n\|[-| ]+\|\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
]
ROWS = [row for table in TABLES for row in table]
SAYING = [row for row in ROWS if row[-2] in ("opened", "second", "reused", "kept", "closed", "no more")]


def text_in(name: str) -> str:
    return (ROOT / "fixtures" / "traces" / name / "trace.txt").read_bytes().decode("latin-1").replace("\r\n", "\n")


def literal(cell: str) -> str:
    """Return what is shown as code in a cell of a table: blanks around it, which Markdown needs, are not of it."""
    found = re.fullmatch(r"(`+)(.+?)\1", cell)
    assert found, cell
    return found[2].replace("\\|", "|")


def test_every_block_is_from_a_real_trace_or_runs() -> None:
    assert len(SHOWN) > 12
    assert {name for name, _ in BLOCKS if not name.startswith("trace ")} == {"python"}


@pytest.mark.parametrize(("name", "shown"), SHOWN, ids=[name for name, _ in SHOWN])
def test_what_is_shown_stands_there(name: str, shown: str) -> None:
    text, at = text_in(name), 0
    for part in shown.split(SEVERAL_LINES):
        found = text.find(part, at)
        assert found >= 0, part
        assert not found or text[found - 1] == "\n" or part == shown, part
        at = found + len(part)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_an_example_in_a_table_stands_in_the_trace_that_is_named(row: list[str]) -> None:
    assert literal(row[0]) in text_in(row[-1])


@pytest.mark.parametrize("row", SAYING, ids=lambda row: row[0])
def test_a_wording_is_read_as_the_table_says(row: list[str]) -> None:
    news = news_of(Info(1, None, None, literal(row[0]).encode("latin-1")))
    assert (news.what if news else "no more") == row[-2]


def test_every_news_has_an_example() -> None:
    assert {row[-2] for row in SAYING} >= {"opened", "second", "reused", "kept", "closed"}
