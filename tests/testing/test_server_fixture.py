"""The fixture ``replay_server``: servers for a session, and what is told when they or their tests fail."""

import shutil
from pathlib import Path

import pytest

from tests.testing.processes import is_gone
from tests.testing.suite import Suite

APP = Path(__file__).with_name("app.py")
CONFTEST = """
import os
import pytest

@pytest.fixture(scope="session")
def app(replay_server):
    with replay_server(["gunicorn", "--no-control-socket", "-b", "fd://{fd}", "app:wsgi"]) as server:
        with open(f"server-{server.pid}", "w") as file:
            file.write(str(server.port))
        yield server
"""
HEAD = "import pytest\nfrom tracereplay import probe, wait_until\n"


@pytest.fixture
def shop(suite: Suite, pytester: pytest.Pytester) -> Suite:
    """A suite with an application, and its server as a fixture."""
    shutil.copy(APP, pytester.path)
    pytester.makeconftest(CONFTEST)
    return suite


def servers(folder: Path) -> dict[int, int]:
    """Return the ports of the servers that were started, by their process."""
    return {int(file.name.removeprefix("server-")): int(file.read_text()) for file in folder.glob("server-*")}


def test_a_server_serves_a_session(shop: Suite, pytester: pytest.Pytester) -> None:
    tests = """
@pytest.mark.tracereplay("upload.txt")
def test_one(replay, app):
    assert replay(app).answer.status == 201
    assert app.healthy(__import__("tracereplay").load("upload.txt"))

def test_two(app, tmp_path_factory):
    assert tmp_path_factory.getbasetemp() in app.log_file.parents
    assert "POST /files" in app.output
    assert not probe.log(app, "POST")()
    probe.url(app.url + "/more")()
    assert wait_until(probe.log(app, "GET")) == ["GET /more"]
"""
    result = shop(HEAD + tests)
    result.assert_outcomes(passed=2)
    (pid,) = servers(pytester.path)
    assert is_gone(pid)


def test_what_makes_a_server_unhealthy_is_told_by_the_assertion(shop: Suite, pytester: pytest.Pytester) -> None:
    tests = """
def test_it(app):
    trace = __import__("tracereplay").load("upload.txt")
    assert app.healthy(trace)
    assert app.healthy(trace, whole=True)
"""
    result = shop(HEAD + tests)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E *assert <not healthy: not as recorded: 1 difference, 1 answer compared; answer 1, header Connection: *"]
    )


def test_each_worker_of_xdist_has_a_server_of_its_own(shop: Suite, pytester: pytest.Pytester) -> None:
    tests = """
@pytest.mark.parametrize("number", range(8))
def test_it(number, app):
    assert probe.url(app.url)() == 201
"""
    result = shop(HEAD + tests, "-n", "2")
    result.assert_outcomes(passed=8)
    started = servers(pytester.path)
    assert len(started) == len(set(started.values())) == 2
    assert all(is_gone(pid) for pid in started)


def test_a_server_that_does_not_start_is_the_fault_of_the_test_and_not_ours(shop: Suite) -> None:
    tests = """
def test_it(replay_server):
    with replay_server("gunicorn --no-control-socket -b fd://{fd} nothing_here:app"):
        pass

def test_nor_is_what_cannot_be_run(replay_server):
    with replay_server("no-such-server {port}"):
        pass
"""
    result = shop(HEAD + tests)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["gunicorn ended with exit code 3 before it was ready; it said:"])
    result.stdout.fnmatch_lines(["    ModuleNotFoundError: No module named 'nothing_here'"])
    result.stdout.fnmatch_lines(["no-such-server was not found*", "  hint: is it installed here?*"])
    assert "testing/server" not in result.stdout.str()


def test_what_a_server_printed_during_a_failed_test_is_told(shop: Suite) -> None:
    tests = """
def test_before(app):
    probe.url(app.url + "/before")()

def test_it(app):
    probe.url(app.url + "/meanwhile")()
    assert False
"""
    result = shop(HEAD + tests)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*- <gunicorn at 127.0.0.1:*, pid *> printed -*", "GET /meanwhile"])
    assert "/before" not in result.stdout.str()


def test_what_a_play_tells_of_its_server_is_not_told_twice(shop: Suite) -> None:
    tests = """
@pytest.mark.tracereplay("upload.txt")
def test_it(replay, app):
    assert replay(app).answer.status == 500
"""
    result = shop(HEAD + tests)
    result.assert_outcomes(failed=1)
    assert result.stdout.str().count("POST /files") == 1


def test_a_test_that_waits_in_vain_says_where_and_for_what(shop: Suite) -> None:
    tests = """
def test_it():
    wait_until(probe.files("*.part"), equals=1, within="10ms")
"""
    result = shop(HEAD + tests)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([">   *wait_until(probe.files(*", "E   *probe.files('[*].part') was not 1 in *"])
    assert "testing/waiting" not in result.stdout.str()


def test_an_interrupted_session_leaves_no_server(shop: Suite, pytester: pytest.Pytester) -> None:
    tests = """
import os, signal
def test_it(app):
    os.kill(os.getpid(), signal.SIGINT)
    wait_until(lambda: False)
"""
    result = shop(HEAD + tests, alone=True)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    (pid,) = servers(pytester.path)
    assert is_gone(pid)
