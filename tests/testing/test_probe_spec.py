"""Probes as they are written on a command line."""

import sqlite3
from contextlib import closing

import pytest

from tests.memory import folder_in_memory
from tracereplay.errors import PlanError
from tracereplay.testing.probe_spec import probe_of


def test_a_database_a_command_and_files_are_looked_at() -> None:
    with folder_in_memory() as folder:  # whose name has no space
        with closing(sqlite3.connect(folder / "x.db")) as database, database:
            database.execute("CREATE TABLE uploads (bytes INTEGER)")
            database.execute("INSERT INTO uploads VALUES (7)")
        assert probe_of(f"sql:sqlite:///{folder}/x.db SELECT max(bytes) FROM uploads")() == 7
        assert probe_of(f"sql:{folder}/x.db SELECT count(*) FROM uploads WHERE bytes = 8")() == 0
        assert probe_of(f"files:{folder}/*.db")() == 1
    assert probe_of("cmd:echo 'a b'")() == "a b"


def test_it_is_called_as_it_was_written() -> None:
    assert repr(probe_of("cmd:date +%s")) == "cmd:date +%s"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("uploads", "'uploads' is no probe"),
        ("sql:", "'sql:' is no probe"),
        ("sql:sqlite:///x.db", "has no query"),
        ("sql:postgresql://x/y SELECT 1", "is no SQLite database"),
        ("cmd:echo 'x", "cannot be taken apart: No closing quotation"),
        ("http://127.0.0.1/health", "'http' is no kind of probe"),
    ],
)
def test_what_is_none_is_refused(spec: str, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        probe_of(spec)
