"""A row for each upload, in SQLite or in PostgreSQL; its state is ``started`` until somebody says how it ended."""

import os
import sqlite3
from typing import Any

DATABASE = os.environ.get("DATABASE", "uploads.db")
SCHEMA = """
CREATE TABLE IF NOT EXISTS uploads (
    id         INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state      TEXT NOT NULL DEFAULT 'started',  -- complete, aborted, timed_out
    file_bytes INTEGER NOT NULL DEFAULT 0        -- processed so far
)
"""


def connect() -> Any:
    """Return a connection on which every statement is a transaction."""
    if DATABASE.startswith("postgresql://"):
        import psycopg  # noqa: PLC0415 - for those who have it

        return psycopg.connect(DATABASE, autocommit=True)
    return sqlite3.connect(DATABASE, isolation_level=None)


def prepare() -> None:
    """Make the table, if there is none."""
    database = connect()
    schema = SCHEMA if DATABASE.startswith("postgresql://") else SCHEMA.replace("GENERATED ALWAYS AS IDENTITY ", "")
    database.execute(schema)
    database.close()


class Upload:
    """The row of an upload that is under way."""

    def __init__(self) -> None:
        self._database = connect()
        (self._id,) = self._database.execute("INSERT INTO uploads DEFAULT VALUES RETURNING id").fetchone()
        self.file_bytes = 0

    def process(self, piece: bytes) -> None:
        """Do the work on a piece of the file: here, count its bytes."""
        self.file_bytes += len(piece)
        self._database.execute(f"UPDATE uploads SET file_bytes = {self.file_bytes} WHERE id = {self._id}")

    def end(self, state: str) -> None:
        """Note how it ended."""
        self._database.execute(f"UPDATE uploads SET state = '{state}' WHERE id = {self._id}")
        self._database.close()
