"""The ledger of uploads: one row each in SQLite, updated while the file arrives."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

PATIENCE_SECONDS = 30  # for a database that somebody else has locked

SCHEMA = """
CREATE TABLE IF NOT EXISTS uploads (
    id            INTEGER PRIMARY KEY,
    path          TEXT NOT NULL,
    worker        INTEGER NOT NULL,           -- its process id
    announced     INTEGER,                    -- Content-Length; NULL for a chunked body
    state         TEXT NOT NULL DEFAULT 'started' CHECK (state IN ('started', 'complete', 'aborted', 'timed_out')),
    error         TEXT,                       -- the class of what ended it
    message       TEXT,
    bytes_seen    INTEGER NOT NULL DEFAULT 0, -- of the file
    lines_seen    INTEGER NOT NULL DEFAULT 0
)
"""


class Entry:
    """The row of one upload that is under way."""

    def __init__(self, database: sqlite3.Connection, path: str, announced: int | None) -> None:
        self._database = database
        self._id = database.execute(
            "INSERT INTO uploads (path, worker, announced) VALUES (?, ?, ?)", (path, os.getpid(), announced)
        ).lastrowid
        self.bytes_seen = 0
        self.lines_seen = 0

    def process(self, piece: bytes) -> None:
        """Do the work on a piece of the file: here, count its lines."""
        self.bytes_seen += len(piece)
        self.lines_seen += piece.count(b"\n")
        self._database.execute(
            "UPDATE uploads SET bytes_seen = ?, lines_seen = ? WHERE id = ?",
            (self.bytes_seen, self.lines_seen, self._id),
        )

    def end(self, state: str, error: BaseException | None = None) -> None:
        """Note how the upload ended."""
        self._database.execute(
            "UPDATE uploads SET state = ?, error = ?, message = ? WHERE id = ?",
            (state, error and type(error).__name__, error and str(error), self._id),
        )


class Ledger:
    """All uploads. Every request has a connection of its own, and every statement is a transaction."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._connected() as database:
            database.execute("PRAGMA journal_mode = WAL")  # others may read while we write
            database.execute(SCHEMA)

    @contextmanager
    def entry(self, path: str, announced: int | None) -> Iterator[Entry]:
        """Yield a new row, whose end is left to the caller."""
        with self._connected() as database:
            yield Entry(database, path, announced)

    @contextmanager
    def upload(self, path: str, announced: int | None) -> Iterator[Entry]:
        """Yield a new row, and note how the block ended, whatever ended it."""
        with self.entry(path, announced) as entry:
            try:
                yield entry
            except SystemExit as error:  # what gunicorn's arbiter does to a worker that is silent for too long
                entry.end("timed_out", error)
                raise
            except Exception as error:
                entry.end("aborted", error)
                raise
            entry.end("complete")

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=PATIENCE_SECONDS, isolation_level=None)) as database:
            yield database
