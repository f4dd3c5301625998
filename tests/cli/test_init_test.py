"""``tracereplay init-test``: what it writes runs at once, green on a careful server and red on a naive one."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command_line import invoke
from tests.cli.forms import asked_before, form, only_asked, slow
from tests.cli.samples import SEND_DATA, upload
from tests.programs import need_ruff, of_another_pytest
from tests.traces import trace_text
from tracereplay.demo.server import serving

MINE = '"""What all tests share."""\n'
GUNICORN = "gunicorn -b fd://{fd} app:app"
Make = Callable[[Path], object]

NAIVE = """\
from flask import Flask, request

app = Flask(__name__)


@app.post("/files")
def receive():
    request.files.get("file")
    return "", 201
"""
CAREFUL = """\
from flask import Flask, request
from werkzeug.formparser import parse_form_data

app = Flask(__name__)


@app.post("/files")
def receive():
    try:
        parse_form_data(request.environ, silent=False)
    except ValueError:
        return "", 400
    return "", 201
"""


def run_pytest(folder: Path, *options: str) -> tuple[int, str]:
    environment = of_another_pytest()
    command = [sys.executable, "-m", "pytest", "-W", "error", "--strict-markers", "-p", "no:cacheprovider", *options]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=50, check=False)
    return done.returncode, done.stdout


def test_it_is_green_on_a_careful_application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    form(tmp_path)
    (tmp_path / "app.py").write_text(CAREFUL)
    told = invoke("init-test", "upload.txt", "--server", GUNICORN)
    assert (told.code, told.err) == (0, "")
    assert told.out == "wrote test_upload.py and conftest.py\nrun it:  pytest test_upload.py\n"
    code, printed = run_pytest(tmp_path, "test_upload.py")
    assert code == 0, printed
    assert "11 passed" in printed


def test_it_is_red_on_a_naive_one_wherever_pytest_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tests" / "traces").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    form(tmp_path / "tests" / "traces")
    (tmp_path / "app.py").write_text(NAIVE)
    told = invoke("init-test", "tests/traces/upload.txt", "-o", "tests/test_it.py", "--server", GUNICORN)
    assert told.code == 0, told.err
    code, printed = run_pytest(tmp_path / "tests" / "traces", "../test_it.py", "--rootdir", "..", "-k", "whole or half")
    assert code == 1, printed
    assert "assert (" in printed
    assert "status >= 300" in printed
    assert "test_a_truncated_upload_is_not_taken_for_a_whole_one[body:50%-half]" in printed
    assert "test_the_whole_upload_is_answered_as_recorded" not in printed.partition("short test summary")[2]


@pytest.mark.parametrize("named", [True, False])
def test_a_server_that_runs_is_played_to(tmp_path: Path, named: bool) -> None:
    with serving() as server:
        address = f"127.0.0.1:{server.server_port}"
        upload(tmp_path, port=server.server_port)
        told = invoke("init-test", tmp_path / "upload.txt", *(["--server", f"http://{address}"] if named else []))
        assert told.code == 0
        says = f"note: the tests play to where it was recorded, {address}: start that server first, or give --server\n"
        assert told.err == ("" if named else says)
        code, printed = run_pytest(tmp_path, "test_upload.py", "-k", "not stall")
    assert code == 0, printed


def test_the_conftest_starts_the_server_where_the_command_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tests").mkdir()
    monkeypatch.chdir(tmp_path)
    invoke("init-test", form(tmp_path / "tests"), "--server", GUNICORN)
    assert (tmp_path / "tests" / "conftest.py").read_text() == (
        '''\
"""The server under test: started once, on a port of its own, and ended with the tests."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]  # where the command runs
COMMAND = "gunicorn -b fd://{fd} app:app"


@pytest.fixture(scope="session")
def server(replay_server):
    with replay_server(COMMAND, cwd=ROOT) as server:
        yield server
'''
    )


def with_a_conftest(folder: Path) -> None:
    form(folder)
    (folder / "conftest.py").write_text(MINE)


KINDS: dict[str, Make] = {"a form": form, "a slow one": slow, "a second request": asked_before, "no body": only_asked}


@pytest.mark.parametrize("width", ["88", "120"])
@pytest.mark.parametrize("make", [*KINDS.values(), with_a_conftest])
def test_a_formatter_leaves_it_alone(tmp_path: Path, make: Make, width: str) -> None:
    ruff = need_ruff()
    make(tmp_path)
    assert invoke("init-test", tmp_path / "upload.txt", "--server", GUNICORN).code == 0
    for command in (["format", "--diff", "--line-length", width], ["check"]):
        done = subprocess.run([ruff, *command, "--isolated", tmp_path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_every_kind_can_be_collected(tmp_path: Path, make: Make) -> None:
    make(tmp_path)
    assert invoke("init-test", tmp_path / "upload.txt", "--server", GUNICORN).code == 0
    code, printed = run_pytest(tmp_path, "--co", "-q")
    assert code == 0, printed
    assert "11 tests collected" in printed or "8 tests collected" in printed


def test_a_conftest_that_is_there_stays_and_the_fixture_is_with_the_tests(tmp_path: Path) -> None:
    with_a_conftest(tmp_path)
    told = invoke("init-test", tmp_path / "upload.txt", "--server", "http://127.0.0.1:8000")
    assert told.out.startswith(f"wrote {tmp_path / 'test_upload.py'}\n")
    assert (tmp_path / "conftest.py").read_text() == MINE
    assert "def server(replay_target):" in (tmp_path / "test_upload.py").read_text()


def test_a_fixture_called_server_that_is_there_is_used(tmp_path: Path) -> None:
    first, second = form(tmp_path), form(tmp_path, name="other upload.v2.txt.gz")
    assert invoke("init-test", first, "--server", GUNICORN).code == 0
    told = invoke("init-test", second, "--server", GUNICORN)
    assert "conftest.py has a fixture called server, which is used" in told.err
    assert "def server(" not in (tmp_path / "test_other_upload_v2.py").read_text()


def test_no_file_is_replaced(tmp_path: Path) -> None:
    trace = form(tmp_path)
    (tmp_path / "test_upload.py").write_text("mine")
    told = invoke("init-test", trace, "--server", GUNICORN)
    assert told.code == 2
    assert "test_upload.py exists, and is not replaced\n  hint: choose another name: -o test_FILE.py" in told.err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["test_upload.py", "upload.txt"]
    assert (tmp_path / "test_upload.py").read_text() == "mine"


def unknown(folder: Path) -> None:
    upload(folder, form="ascii")


def torn(folder: Path) -> None:
    trace = upload(folder)
    text = trace.read_bytes()
    trace.write_bytes(text[: text.index(b"0040: ", text.index(b"Send data"))])


def away(folder: Path) -> None:
    upload(folder, host="192.0.2.1")


def no_http(folder: Path) -> None:
    (folder / "upload.txt").write_bytes(trace_text([(SEND_DATA, b"HELO\r\n")]))


REFUSED: dict[str, tuple[Make, list[str], int, str]] = {
    "unknown bytes": (unknown, ["--server", GUNICORN], 3, "hint: fill them first: tracereplay convert"),
    "a torn trace": (torn, ["--server", GUNICORN], 3, "the trace is torn here"),
    "another machine": (away, [], 2, "hint: say what to test: --server 'gunicorn"),
    "no HTTP": (no_http, ["--server", GUNICORN], 2, "speaks no HTTP"),
    "no port": (form, ["--server", "gunicorn app:app"], 2, "does not say where to listen"),
    "no address": (form, ["--server", "nowhere"], 2, "'nowhere' is not a target"),
    "a dash": (form, ["-o", "-"], 2, "a test plays a trace that is a file"),
    "no folder": (form, ["--server", GUNICORN, "-o", "missing/folder/test_x.py"], 2, "cannot be written"),
}


@pytest.mark.parametrize(("make", "options", "code", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_tested_is_said_and_nothing_is_written(
    tmp_path: Path, make: Make, options: list[str], code: int, words: str
) -> None:
    make(tmp_path)
    told = invoke("init-test", tmp_path / "upload.txt", *options)
    assert (told.code, told.out) == (code, "")
    assert words in told.err
    assert [one.name for one in tmp_path.iterdir()] == ["upload.txt"]


def test_of_a_redacted_trace_it_takes_the_live_secrets_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    trace = form(tmp_path, secrets=b"Authorization: Bearer old\r\nCookie: a=old; b=old\r\n")
    assert invoke("redact", "-i", trace).code == 0
    (tmp_path / "app.py").write_text(CAREFUL.replace("    try:", "    print(request.headers)\n    try:"))
    told = invoke("init-test", "upload.txt", "--server", GUNICORN)
    assert (told.code, told.err) == (
        0,
        "note: secrets were redacted in upload.txt: the tests take them from the environment, TOKEN, COOKIE\n",
    )
    code, printed = run_pytest(tmp_path, "test_upload.py", "-k", "whole_upload")
    assert code != 0
    assert "there is no TOKEN in the environment" in printed
    assert "export TOKEN=" in printed
    monkeypatch.setenv("TOKEN", "QWZY1")
    monkeypatch.setenv("COOKIE", "a=QWZY2; b=QWZY3")
    code, printed = run_pytest(tmp_path, "test_upload.py")
    assert code == 0, printed
    assert "QWZY" not in printed
