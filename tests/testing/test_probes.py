"""Probes: what each returns, what counts as not yet, and how it reads."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Protocol

import pytest

from tracereplay import PlanError, probe, wait_until
from tracereplay.testing.probes import Probe

from .processes import is_gone

Kind = Callable[[str | list[str]], Probe[object]]


class Timed(Protocol):
    """Makes a probe of a command that has so long."""

    def __call__(self, arguments: list[str], *, timeout: str) -> Probe[object]: ...


class Pages(BaseHTTPRequestHandler):
    """Answers with the status that is asked for, and some JSON."""

    def do_GET(self) -> None:
        body = b'{"uploads": [{"state": "started"}, {"state": "aborted"}]}'
        self.send_response(int(self.path.strip("/")))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE uploads (state TEXT, bytes INTEGER)")
        connection.execute("INSERT INTO uploads VALUES ('started', 1), ('aborted', 2)")
    return path


@pytest.mark.parametrize("status", [200, 404, 500])
def test_the_status_of_a_url_is_seen_whatever_it_is(status: int, site: str) -> None:
    assert probe.url(f"{site}/{status}")() == status


def test_the_body_of_a_url_is_seen_as_text_and_as_json(site: str) -> None:
    assert probe.text(f"{site}/200")().startswith('{"uploads"')
    assert probe.json(f"{site}/200")()["uploads"][0] == {"state": "started"}
    assert probe.json(f"{site}/200", "uploads", -1, "state")() == "aborted"


@pytest.mark.parametrize("look", [probe.text, probe.json])
def test_the_body_of_a_refusal_is_not_what_was_asked_for(look: object, site: str) -> None:
    assert callable(look)
    with pytest.raises(RuntimeError, match=r'the answer was 503: {"uploads"'):
        look(f"{site}/503")()


def test_the_environment_puts_no_proxy_between(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert probe.url(f"{site}/200")() == 200


@pytest.mark.parametrize("form", ["{}", "sqlite:///{}"])
def test_a_query_is_asked_of_a_file(form: str, database: Path) -> None:
    name = form.format(database)
    assert probe.sql(name, "SELECT count(*) FROM uploads")() == 2
    assert probe.sql(name, "SELECT state FROM uploads WHERE bytes = ?", (2,))() == "aborted"
    assert probe.sql(name, "SELECT state FROM uploads WHERE bytes = :b", {"b": 1})() == "started"
    assert probe.sql(name, "SELECT * FROM uploads ORDER BY bytes")() == ("started", 1)
    assert probe.sql(name, "SELECT * FROM uploads WHERE bytes > 2")() is None


def test_a_query_is_asked_of_a_connection_that_stays_open(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        count = probe.sql(connection, "SELECT count(*) FROM uploads")
        assert count() == 2
        with closing(sqlite3.connect(database)) as other, other:
            other.execute("DELETE FROM uploads")
        assert count() == 0


class Snapshots:
    """A connection of another driver, whose transaction goes on until it is ended."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)

    def cursor(self) -> sqlite3.Cursor:
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN")
        return self._connection.cursor()

    def rollback(self) -> None:
        self._connection.rollback()

    def close(self) -> None:
        self._connection.close()


def test_what_others_commit_is_seen_through_a_connection_that_keeps_snapshots(database: Path) -> None:
    with closing(sqlite3.connect(database)) as other, closing(Snapshots(database)) as connection:
        other.execute("PRAGMA journal_mode = WAL")
        count = probe.sql(connection, "SELECT count(*) FROM uploads")
        assert count() == 2
        with other:
            other.execute("DELETE FROM uploads")
        assert count() == 0


def test_a_table_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    state = probe.sql(path, "SELECT state FROM uploads")
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        state()
    assert not path.exists()
    with pytest.raises(AssertionError, match=r"probe.sql\('.*new.db', 'SELECT state FROM uploads'\) was not 'done'"):
        wait_until(state, equals="done", within="5ms", every="1ms")
    with closing(sqlite3.connect(path)) as connection:
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            state()
        connection.execute("CREATE TABLE uploads AS SELECT 'done' AS state")
        connection.commit()
        assert wait_until(state, equals="done") == "done"


@pytest.mark.parametrize("other", ["postgresql://localhost/app", "mysql://app", "sqlite://"])
def test_the_url_of_another_database_is_refused(other: str) -> None:
    with pytest.raises(PlanError, match=r"no SQLite database\n  hint: for others give a connection"):
        probe.sql(other, "SELECT 1")


def test_files_are_counted(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.part", "b.part", "in/c.part", "d.csv"):
        (tmp_path / name).touch()
    assert probe.files(tmp_path / "*.part")() == 2
    assert probe.files(f"{tmp_path}/**/*.part")() == 3
    assert wait_until(probe.files(tmp_path / "*.tmp"), equals=0) == 0


def test_folders_are_no_files_and_a_dot_at_the_beginning_is_to_be_written(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("a/one.part", "a/b/.two.part"):
        (tmp_path / name).touch()
    assert probe.files(f"{tmp_path}/**")() == 1
    assert probe.files(f"{tmp_path}/**/.*.part")() == 1


def test_what_a_command_prints_is_seen() -> None:
    assert probe.command([sys.executable, "-c", "print(' 3 ')"])() == "3"
    assert probe.command("echo 'a  b' c")() == "a  b c"


def test_a_command_that_fails_has_nothing_to_say() -> None:
    with pytest.raises(RuntimeError, match=r"^cat /not/there ended with 1: cat: /not/there: No such file"):
        probe.command("cat /not/there")()
    with pytest.raises(FileNotFoundError):
        probe.command("no-such-program")()


@pytest.mark.parametrize("command", ["echo 'x", "", " ", []], ids=["half a quotation", "nothing", "blank", "no words"])
@pytest.mark.parametrize("kind", [probe.command, probe.exit_code])
def test_what_is_no_command_is_told_before_any_look(kind: Kind, command: str | list[str]) -> None:
    with pytest.raises(PlanError, match=r"no command|cannot be taken apart: No closing quotation"):
        kind(command)


@pytest.mark.parametrize(("command", "code"), [("true", 0), ("false", 1)])
def test_the_exit_code_of_a_command_is_seen(command: str, code: int) -> None:
    assert probe.exit_code(command)() == code


def test_the_lines_of_a_file_are_searched(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("[1] WORKER TIMEOUT (pid:7)\n[2] ok\n")
    size = log.stat().st_size
    assert probe.log(log, "TIMEOUT")() == ["[1] WORKER TIMEOUT (pid:7)"]
    assert probe.log(log, r"TIMEOUT", since=size)() == []
    with log.open("a") as file:
        file.write("[3] WORKER TIMEOUT (pid:8)\n")
    assert probe.log(log, r"pid:\d", since=size)() == ["[3] WORKER TIMEOUT (pid:8)"]


@pytest.mark.parametrize(
    ("one", "reads"),
    [
        (probe.url("http://h/x"), "probe.url('http://h/x')"),
        (probe.json("http://h/x", "a", 0), "probe.json('http://h/x', 'a', 0)"),
        (probe.sql("a.db", "SELECT 1"), "probe.sql('a.db', 'SELECT 1')"),
        (probe.files("a/*"), "probe.files('a/*')"),
        (probe.command(["echo", "a b"]), """probe.command("echo 'a b'")"""),
        (probe.log("a.log", "x+"), "probe.log('a.log', 'x+')"),
    ],
)
def test_a_probe_reads_as_it_was_written(one: Probe[object], reads: str) -> None:
    assert repr(one) == reads


@pytest.mark.parametrize("then", ["wait", "true"], ids=["it waits", "it left it behind"])
@pytest.mark.parametrize("kind", [probe.command, probe.exit_code])
def test_a_command_ends_with_its_timeout_and_what_it_started_too(kind: Timed, then: str, tmp_path: Path) -> None:
    slow = kind(["sh", "-c", f"echo $$ > {tmp_path}/group; sleep 60 & {then}"], timeout="1s")
    began = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        slow()
    assert time.monotonic() - began < 5
    assert is_gone(int((tmp_path / "group").read_text()))


def test_a_command_is_not_waited_for_when_it_is_stopped() -> None:
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    slow = probe.command("sleep 60", timeout="30s", stop=stop)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="it was stopped"):
            slow()
    assert time.monotonic() - began < 5
