"""Servers that do not start, do not answer, do not go; and we who go without a word."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tracereplay import PlanError, ServerError, serve, wait_until
from tracereplay.testing.output import KEPT_BYTES, Output

from .processes import descriptors, is_gone, leaves_nothing_open, living

ROOT = Path(__file__).parents[2]

# A server of one line: it closes what comes in, so that it is ready at once.
SIMPLE = "import os, signal, socket, sys; it = socket.socket(fileno=int(sys.argv[1]))"
CLOSE_ALL = "\nwhile True: it.accept()[0].close()"


def simple_server(first: str = "pass") -> list[str]:
    """Return the command of a server that does this first."""
    return [sys.executable, "-c", f"{SIMPLE}\n{first}{CLOSE_ALL}", "{fd}"]


# Servers that do not start.


@pytest.mark.parametrize(
    ("script", "told"),
    [
        pytest.param(
            "echo one; echo two >&2; exit 3 # {port}",
            "sh ended with exit code 3 before it was ready; it said:\n    one\n    two",
            id="with a word",
        ),
        pytest.param("kill -9 $$ # {port}", "sh was killed by signal 9 (Killed) before it was ready", id="killed"),
        pytest.param("exit 1 # {fd}", "it said:\n    (it printed nothing)", id="without a word"),
        pytest.param(": {port}", "hint: it must stay in the foreground, not run as a daemon", id="a daemon"),
    ],
)
def test_a_server_that_ends_at_once_is_told_with_what_it_said(script: str, told: str) -> None:
    start = time.monotonic()
    with pytest.raises(ServerError) as raised, serve(["sh", "-c", script]):
        pytest.fail("it was ready")
    assert told in str(raised.value)
    assert time.monotonic() - start < 9


def test_only_the_last_lines_are_told() -> None:
    with pytest.raises(ServerError) as raised, serve(["sh", "-c", "seq 100; exit 1 # {port}"]):
        pytest.fail("it was ready")
    assert str(raised.value).splitlines()[1:] == [f"    {number}" for number in range(81, 101)]


def test_what_it_said_does_nothing_to_the_terminal() -> None:
    with pytest.raises(ServerError) as raised, serve(["sh", "-c", r"printf '\033[31mred\n'; exit 1 # {port}"]):
        pytest.fail("it was ready")
    assert str(raised.value).splitlines()[1] == r"    \x1b[31mred"


def test_a_worker_that_does_not_boot_is_told_with_its_traceback() -> None:
    with (
        pytest.raises(ServerError, match="No module named 'nothing_here'"),
        serve("gunicorn -b fd://{fd} nothing_here:app"),
    ):
        pytest.fail("it was ready")


@pytest.mark.parametrize("placeholder", ["{fd}", "{port}"])
def test_a_server_that_never_answers_is_told(placeholder: str) -> None:
    before = descriptors()
    with (
        pytest.raises(ServerError, match="sh was not ready within 200ms") as raised,
        serve(["sh", "-c", f"exec sleep 60 # {placeholder}"], timeout="200ms"),
    ):
        pytest.fail("it was ready")
    assert 'ready="/health" asks for a page' in str(raised.value)
    assert leaves_nothing_open(before)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        pytest.param([], "there is no command", id="nothing"),
        pytest.param("", "there is no command", id="an empty line"),
        pytest.param("gunicorn 'app", "cannot be taken apart: No closing quotation", id="an open quote"),
        pytest.param("gunicorn app:app", "gunicorn app:app does not say where to listen\n  hint: say", id="no address"),
        pytest.param("no-such-server {port}", "no-such-server was not found, neither beside", id="no program"),
        pytest.param("./no-such-server {port}", "cannot be run: No such file or directory", id="no file"),
        pytest.param(["sh", "{port}", 8000], 'a word is 8000, and not a text\n  hint: write "8000"', id="a number"),
        pytest.param(["sh", b"{port}"], "a word is b'{port}', and not a text", id="bytes in a list"),
        pytest.param(b"sh {port}", "neither a line nor a list of words", id="bytes"),
        pytest.param(7, "neither a line nor a list of words", id="nothing of the kind"),
        pytest.param("sh {port} a\0b", "no program can be told a NUL", id="a NUL"),
    ],
)
def test_a_command_that_cannot_be_run_is_refused(command: object, told: str) -> None:
    before = descriptors()
    with pytest.raises(PlanError) as raised, serve(command):  # type: ignore[arg-type]
        pytest.fail("it was ready")
    assert told in str(raised.value)
    assert leaves_nothing_open(before)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"env": {"PORT": 8000}}, 'PORT in env is 8000, and not a text\n  hint: write "8000"'),
        ({"env": {"PORT": None}}, "PORT in env is None, and not a text"),
        ({"env": {7: "x"}}, "a name in env is 7, and not a text"),
        ({"env": {"A=B": "x"}}, "'A=B' in env is no name of a variable"),
        ({"env": {"": "x"}}, "'' in env is no name of a variable"),
        ({"env": {"PORT": "a\0"}}, "no program can be told a NUL"),
        ({"host": 5}, "host is 5, and not a text"),
        ({"ready": 5}, 'ready=5 is neither the path of a page nor a function\n  hint: ready="/health"'),
        ({"ready": True}, "ready=True is neither the path of a page nor a function"),
        ({"timeout": None}, "None is not a duration"),
        ({"grace": "x"}, "'x' is not a duration"),
    ],
)
def test_options_of_another_kind_are_refused(options: dict[str, object], told: str) -> None:
    before = descriptors()
    with pytest.raises(PlanError) as raised, serve(simple_server(), **options):  # type: ignore[arg-type]
        pytest.fail("it was ready")
    assert told in str(raised.value)
    assert leaves_nothing_open(before)


def test_an_address_that_is_not_ours_is_refused() -> None:
    with (
        pytest.raises(PlanError, match=r"nobody can listen on '192\.0\.2\.1' here"),
        serve("sh {fd}", host="192.0.2.1"),
    ):
        pytest.fail("it was ready")


# What a command is told.


def test_placeholders_are_filled_in_and_other_braces_stay() -> None:
    script = "import os, sys; print(sys.argv[2:], os.environ['PORT'], os.environ['OTHER'])"
    command = [*simple_server(script), "{port}", "{host}:{port}", '{"a": {}}']
    with serve(command, env={"PORT": "{port}", "OTHER": "{x}"}) as server:
        port = server.port
        wait_until(lambda: server.output, equals=f"""['{port}', '127.0.0.1:{port}', '{{"a": {{}}}}'] {port} {{x}}\n""")


def test_programs_beside_our_python_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with serve(["python", *simple_server("print(sys.executable)")[1:]]) as server:
        assert str(Path(sys.executable).parent) in wait_until(lambda: server.output)


def test_a_command_is_run_where_the_test_says(tmp_path: Path) -> None:
    with serve(simple_server("print(os.getcwd())"), cwd=tmp_path) as server:
        wait_until(lambda: server.output, equals=f"{tmp_path}\n")


# Servers that do not go.


SLOW_END = """
import signal, socket, sys, time
def end(*_):
    time.sleep(0.2)
    print("ended well")
    sys.exit()
signal.signal(signal.SIGTERM, end)
it = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True: it.accept()[0].close()
"""


@pytest.mark.parametrize("is_left_alone", [False, True], ids=["a wrapper that waits", "a wrapper that has died"])
def test_what_a_wrapper_has_started_gets_the_grace_as_well(tmp_path: Path, is_left_alone: bool) -> None:
    (tmp_path / "slow_end.py").write_text(SLOW_END)
    script = f"{sys.executable} slow_end.py {{port}}; true"
    with serve(["sh", "-c", script], cwd=tmp_path, log=tmp_path / "log") as server:
        assert server.output == ""
        if is_left_alone:
            os.kill(server.pid, signal.SIGKILL)
            wait_until(lambda: not server.alive)
    assert server.output.splitlines() == ["ended well"]


def test_a_server_that_stops_in_the_middle_of_its_first_line_is_not_ready() -> None:
    says = "\nwhile True: one = it.accept()[0]; one.sendall(b'HTTP/1.1 2'); keep = one"
    start = time.monotonic()
    with pytest.raises(ServerError, match="was not ready within 300ms"):  # noqa: SIM117
        with serve([sys.executable, "-c", SIMPLE + says, "{fd}"], ready="/health", timeout="300ms"):
            pass
    assert time.monotonic() - start < 9


def test_a_server_that_ignores_sigterm_is_killed_after_a_grace() -> None:
    ignoring = simple_server("signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    with serve(ignoring, grace="200ms") as server:
        start = time.monotonic()
    assert 0.2 <= time.monotonic() - start < 9
    assert is_gone(server.pid)


def test_a_server_that_goes_by_itself_may_say_goodbye() -> None:
    polite = simple_server("signal.signal(signal.SIGTERM, lambda *_: sys.exit('goodbye'))")
    with serve(polite) as server:
        pass
    assert server.output == "goodbye\n"


def test_what_a_server_has_forked_goes_with_it() -> None:
    forking = simple_server("if os.fork() == 0: signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    with serve(forking, grace="200ms") as server:
        assert len(living(server.pid)) == 2
    assert is_gone(server.pid)


def test_what_a_server_that_has_ended_leaves_behind_goes_too() -> None:
    leaving = simple_server("if os.fork(): signal.pause()")
    with serve(leaving) as server:
        subprocess.run(["kill", "-9", str(server.pid)], check=True)
        wait_until(lambda: not server.alive)
        assert len(living(server.pid)) == 1
    assert is_gone(server.pid)


def test_a_test_that_fails_ends_its_server() -> None:
    with pytest.raises(ZeroDivisionError), serve(simple_server()) as server:
        raise ZeroDivisionError
    assert is_gone(server.pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_a_server_ends_with_the_test_whatever_ends_that(number: signal.Signals) -> None:
    script = (
        "import sys, time\n"
        "from tracereplay.testing.server import serve\n"
        "with serve(sys.argv[1:], grace='300ms') as server:\n"
        "    print(server.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    forking = simple_server("if os.fork() == 0: signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    test = subprocess.Popen(
        [sys.executable, "-c", script, *forking], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
    )
    with test:
        assert test.stdout is not None
        pid = int(test.stdout.readline())
        assert len(living(pid)) == 2
        test.send_signal(number)
        test.wait(10)
    assert is_gone(pid)


# What it has printed.


def test_of_much_output_the_end_is_in_memory(tmp_path: Path) -> None:
    log = tmp_path / "much.log"
    output = Output(log)
    log.write_bytes(b"a" * KEPT_BYTES + b"the end\xe2\x82")
    for _ in ("while it is there", "when it is gone"):
        assert len(output.text()) <= KEPT_BYTES
        assert output.text().endswith("the end�")
        assert output.text(KEPT_BYTES) == "the end�"
        assert output.text(output.size) == ""
        output.keep()
        log.unlink(missing_ok=True)


def test_what_was_never_printed_is_nothing(tmp_path: Path) -> None:
    output = Output(tmp_path / "none.log")
    assert (output.size, output.text(), output.tail()) == (0, "", "    (it printed nothing)")
