"""docs/flask-gunicorn.md says what happens."""

from tracereplay.library import Trace

from .scene import Scene
from .table import DOCUMENT, END, markdown, repeatable, replaced, rows, written


def test_the_table_in_the_docs_is_what_happens(scenes: dict[tuple[str, str], Scene], form: Trace) -> None:
    documented = [repeatable(line) for line in written(DOCUMENT.read_text("utf-8"))]
    assert documented == [repeatable(line) for line in rows(scenes, form)]


def test_writing_the_table_changes_nothing_else(scenes: dict[tuple[str, str], Scene], form: Trace) -> None:
    document = DOCUMENT.read_text("utf-8")
    again = replaced(document, markdown(rows(scenes, form)))
    assert len(written(again)) == len(written(document))
    assert again.split(END)[1] == document.split(END)[1]
    assert replaced(again, markdown(iter(written(document)))) == document
