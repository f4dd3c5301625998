"""Probes: looks at what a server leaves behind, each a callable that returns a value, and tells what it looks at.

    wait_until(probe.sql("app.db", "SELECT state FROM uploads ORDER BY id DESC"), equals="aborted", within="3s")
    wait_until(probe.files("uploads/*.part"), equals=0)
    assert probe.url(server.url + "/health")() == 200

A probe is data until it is called, and may be called as often as one likes. What it cannot see (no such table yet,
nobody listens) it raises, and ``wait_until`` takes that for "not yet".
"""

import os
import re
import shlex
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from tracereplay.errors import PlanError
from tracereplay.testing.command import words_of
from tracereplay.testing.output import lines_of
from tracereplay.testing.page import answer_to
from tracereplay.testing.running import run
from tracereplay.trace.discreet import discreet
from tracereplay.units import SECOND_NS, duration_ns

if TYPE_CHECKING:
    from tracereplay.testing.server import Server

Seen = TypeVar("Seen")

TIMEOUT = "5s"  # of a single look

probe = sys.modules[__name__]  #: what ``from tracereplay import probe`` gives

_SQLITE = "sqlite:///"
_Params = Sequence[object] | Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Probe(Generic[Seen]):
    """A look that can be taken again and again; ``name`` is how it was written."""

    name: str
    look: Callable[[], Seen]

    def __call__(self) -> Seen:
        """Return what is to be seen now."""
        return self.look()

    def __repr__(self) -> str:
        return self.name


class Connection(Protocol):
    """What is needed of a connection of the DB-API (PEP 249): psycopg, PyMySQL, sqlite3 and others have it."""

    def cursor(self) -> Any:
        """Return a cursor."""

    def rollback(self) -> None:
        """End the transaction."""


# A server, over HTTP.


def url(address: str, *, timeout: str = TIMEOUT) -> Probe[int]:
    """Return a probe of the status that a GET of ``address`` answers, 4xx and 5xx too; redirects are followed."""
    return Probe(f"probe.url({address!r})", lambda: _get(address, timeout)[0])


def text(address: str, *, timeout: str = TIMEOUT) -> Probe[str]:
    """Return a probe of the body that a GET of ``address`` answers; a look raises for 4xx and 5xx."""
    return Probe(f"probe.text({address!r})", lambda: _body(address, timeout).decode("utf-8", "replace"))


def json(address: str, *path: str | int, timeout: str = TIMEOUT) -> Probe[Any]:
    """Return a probe of the JSON that a GET of ``address`` answers, or what stands in it at ``path``.

    ``probe.json(url, "uploads", -1, "state")`` goes from the object to its list, the last of it, and its state.
    """

    def look() -> Any:
        import json as parser  # noqa: PLC0415 - the name is that of the probe here

        value = parser.loads(_body(address, timeout))
        for key in path:
            value = value[key]
        return value

    return Probe(f"probe.json({', '.join(map(repr, (address, *path)))})", look)


# What it keeps.


def sql(database: str | Path | Connection, query: str, params: _Params = ()) -> Probe[Any]:
    """Return a probe of the first row of ``query``: its value when it has one column, else the tuple; None for no row.

    ``database`` is the path of an SQLite file, ``sqlite:///PATH``, or a connection of any DB-API driver: that one
    should be for looking alone, for after a look its transaction is rolled back, so that the next one sees what was
    committed meanwhile. (sqlite3's own need that not.) Raises PlanError for another URL.
    """
    if not isinstance(database, str | Path):
        return Probe(f"probe.sql({query!r})", lambda: _row(database, query, params))
    name = str(database).removeprefix(_SQLITE)
    if "://" in name:
        raise PlanError(
            f"{discreet(str(database))!r} is no SQLite database",
            hint="for others give a connection: psycopg.connect(...)",
        )
    return Probe(f"probe.sql({name!r}, {query!r})", lambda: _sqlite_row(Path(name), query, params))


def files(pattern: str | os.PathLike[str]) -> Probe[int]:
    """Return a probe of how many files there are that match ``pattern``; ``**`` goes through folders.

    As in a shell, a name that begins with a dot matches only where the pattern has that dot, too.
    """
    return Probe(f"probe.files({os.fspath(pattern)!r})", lambda: _count(os.fspath(pattern)))


def log(source: "Server | str | os.PathLike[str]", pattern: str, *, since: int | None = None) -> Probe[list[str]]:
    """Return a probe of the lines in a server's output, or in a file, in which the regular expression is found.

    Of a server those since its last ``mark()``, which a play in a test sets; ``since`` is another mark, or, of a file,
    how many bytes of it to leave out.
    """
    expression = re.compile(pattern)
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        return Probe(
            f"probe.log({str(path)!r}, {pattern!r})", lambda: _matching(lines_of(path, since or 0), expression)
        )
    server = source
    start = server.marked if since is None else since
    return Probe(f"probe.log({server!r}, {pattern!r})", lambda: _matching(server.lines_since(start), expression))


# Whatever else: a program that knows.


def command(
    arguments: str | Sequence[str], *, timeout: str = TIMEOUT, stop: threading.Event | None = None
) -> Probe[str]:
    """Return a probe of what a command prints to its standard output, stripped; a look raises when it fails.

    It is ended, with all that it has started, after the timeout, and when ``stop`` is set. Raises PlanError
    for what is no command.
    """
    argv = _argv(arguments)

    def look() -> str:
        ran = run(argv, _seconds(timeout), stop)
        if ran.returncode:
            raise RuntimeError(f"{shlex.join(argv)} ended with {ran.returncode}: {ran.stderr.strip()}")
        return ran.stdout.strip()

    return Probe(f"probe.command({shlex.join(argv)!r})", look)


def exit_code(arguments: str | Sequence[str], *, timeout: str = TIMEOUT) -> Probe[int]:
    """Return a probe of the exit code of a command, for those that say nothing: ``equals=0``."""
    argv = _argv(arguments)
    return Probe(f"probe.exit_code({shlex.join(argv)!r})", lambda: run(argv, _seconds(timeout)).returncode)


def _get(address: str, timeout: str) -> tuple[int, bytes]:
    with answer_to(address, _seconds(timeout)) as answer:
        return answer.status, answer.read()


def _body(address: str, timeout: str) -> bytes:
    status, body = _get(address, timeout)
    if status >= 400:
        raise RuntimeError(f"the answer was {status}: {body[:200].decode('utf-8', 'replace')}")
    return body


def _sqlite_row(path: Path, query: str, params: _Params) -> Any:
    import sqlite3  # noqa: PLC0415 - a door that most tests do not go through

    # rw: a database that is not there yet must not be made by looking.
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
        return _row(connection, query, params)


def _row(connection: Connection, query: str, params: _Params) -> Any:
    import sqlite3  # noqa: PLC0415

    try:
        with closing(connection.cursor()) as cursor:
            cursor.execute(query, *([params] if params else []))  # without, a driver takes a % as it is
            row = cursor.fetchone()
    finally:
        if not isinstance(connection, sqlite3.Connection):
            connection.rollback()
    return row[0] if row is not None and len(row) == 1 else row


def _count(pattern: str) -> int:
    names = glob(pattern, recursive=True)  # noqa: PTH207 - of Path it needs to be told where to begin
    return sum(map(os.path.isfile, names))


def _matching(lines: Iterable[str], expression: re.Pattern[str]) -> list[str]:
    return [line for line in lines if expression.search(line)]


def _argv(arguments: str | Sequence[str]) -> list[str]:
    argv = words_of(arguments) if isinstance(arguments, str) else [str(one) for one in arguments]
    if not argv:
        raise PlanError("there is no command to run", hint='probe.command("redis-cli llen jobs")')
    return argv


def _seconds(timeout: str) -> float:
    return duration_ns(timeout) / SECOND_NS
