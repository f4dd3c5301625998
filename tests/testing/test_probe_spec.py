"""Probes as they are written on a command line."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tracereplay.errors import PlanError
from tracereplay.testing.probe_spec import probe_of


def test_a_database_a_command_and_files_are_looked_at(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x.db")) as database, database:
        database.execute("CREATE TABLE uploads (bytes INTEGER)")
        database.execute("INSERT INTO uploads VALUES (7)")
    assert probe_of(f"sql:sqlite:///{tmp_path}/x.db SELECT max(bytes) FROM uploads")() == 7
    assert probe_of(f"sql:{tmp_path}/x.db SELECT count(*) FROM uploads WHERE bytes = 8")() == 0
    assert probe_of("cmd:echo 'a b'")() == "a b"
    assert probe_of(f"files:{tmp_path}/*.db")() == 1


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
