import gc
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command_line import COMMAND, environment, invoke, run
from tests.cli.samples import upload
from tracereplay import __version__

COMMANDS = ["record", "play", "show", "extract", "init-test", "export", "check", "convert", "demo"]


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_is_told(option: str) -> None:
    told = invoke(option)
    assert (told.code, told.out, told.err) == (0, f"tracereplay {__version__}\n", "")


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_every_help_ends_with_an_example(command: str | None, option: str) -> None:
    told = invoke(*([command] if command else []), option)
    assert told.code == 0
    assert told.err == ""
    example = told.out[told.out.index("Example:") :]
    assert f"  tracereplay {command or 'record'} " in example


def test_the_help_names_every_command() -> None:
    told = invoke("--help")
    for command in COMMANDS:
        assert f"\n  {command} " in told.out


def test_without_arguments_the_help_is_shown() -> None:
    told = invoke()
    assert told.code == 2
    assert "Usage: tracereplay" in told.out + told.err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["plya"], "Did you mean 'play'?"),
        (["play"], "Missing argument 'TRACE'"),
        (["play", "x", "--trunkate", "3"], "--truncate"),
        (["play", "x", "--close", "slam"], "'fin', 'rst', 'half', 'stall', 'vanish'"),
        (["play", "x", "--unknown", "guess"], "keep"),
        (["play", "x", "--connection", "-1"], "'--connection'"),
        (["show", "x", "--format", "yaml"], "'text', 'json'"),
        (["extract", "x", "--connection", "first"], "'--connection'"),
    ],
)
def test_what_the_command_line_does_not_know_is_a_usage_error(args: list[str], words: str) -> None:
    told = invoke(*args)
    assert told.code == 2
    assert words in told.err
    assert told.out == ""


@pytest.mark.parametrize(
    ("code", "has_typer"),
    [
        pytest.param("import tracereplay.cli.app", True, id="the import"),
        pytest.param("import tracereplay.cli; tracereplay.cli.main()", False, id="--version"),
    ],
)
def test_starting_imports_nothing_heavy(code: str, has_typer: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code, "--version"], capture_output=True, text=True, check=True
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert ("typer" in imported) is has_typer
    assert not imported & {"lark", "h11", "rich", "pytest", "ssl", "http", "email"}


def test_showing_a_trace_imports_nothing_of_playing(tmp_path: Path) -> None:
    trace = tmp_path / "trace.txt"
    trace.write_bytes(b"== Info: Could not connect\n")
    code = "import sys, tracereplay.cli as c\ntry: c.main()\nfinally: print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code, "show", str(trace)], capture_output=True, text=True, check=True)
    imported = done.stdout.splitlines()[-1].split()
    assert "lark" in imported
    assert not {"h11", "rich", "tracereplay.plan.plan", "tracereplay.engine", "tracereplay.net"} & set(imported)


def test_the_help_imports_nothing_heavy() -> None:
    code = "import sys, tracereplay.cli as c\ntry: c.main()\nfinally: print(*sorted(sys.modules))"
    for command in ([], *([one] for one in COMMANDS)):
        done = subprocess.run(
            [sys.executable, "-c", code, *command, "--help"], capture_output=True, text=True, check=True
        )
        assert not set(done.stdout.splitlines()[-1].split()) & {"lark", "h11", "rich", "pytest"}


@pytest.mark.skipif(not hasattr(gc, "freeze"), reason="only CPython has it")
def test_what_is_left_at_the_end_is_not_searched_for_garbage(tmp_path: Path) -> None:
    code = (
        "import atexit, gc, tracereplay.cli as c\n"
        "atexit.register(lambda: print(gc.get_freeze_count() > 10_000))  # called last: what was registered first\n"
        "c.main()"
    )
    command = [sys.executable, "-c", code, "show", str(upload(tmp_path))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "True"


def test_the_module_runs_as_the_command_does() -> None:
    assert run("--version").out == f"tracereplay {__version__}\n"


def test_an_error_has_its_hint_and_nothing_around_it() -> None:
    told = run("play", "x", "--speed", "2", "--duration", "3s")
    assert told.code == 2
    assert told.out == ""
    assert told.err == (
        "tracereplay: --speed and --duration exclude each other: each says how fast\n"
        "  hint: choose one, such as --speed\n"
    )


def _complete(words: str, cwd: Path) -> list[str]:
    extra = {"_TRACEREPLAY_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    told = run(cwd=cwd, stdin=None, **extra)
    return told.out.split()


def test_a_shell_completes_names_of_traces_and_values_of_options(tmp_path: Path) -> None:
    upload(tmp_path)
    (tmp_path / "unrelated.txt").write_text("no trace")
    (tmp_path / "uploads").mkdir()
    upload(tmp_path / "uploads")
    assert _complete("tracereplay play u", tmp_path) == ["upload.txt", "uploads/"]
    assert _complete("tracereplay show uploads/", tmp_path) == ["uploads/upload.txt"]
    assert _complete("tracereplay play upload.txt --close ", tmp_path) == ["fin", "rst", "half", "stall", "vanish"]
    assert _complete("tracereplay show upload.txt --format ", tmp_path) == ["text", "json", "html", "svg"]
    assert _complete("tracereplay show missing/", tmp_path) == []


def test_completion_can_be_installed() -> None:
    assert "--install-completion" in invoke("--help").out


@pytest.mark.parametrize("format_", ["text", "json"])
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path, format_: str) -> None:
    trace = upload(tmp_path)
    with trace.open("ab") as stream:
        stream.write(b"== Info: more than a pipe holds\n" * 5000)
    process = subprocess.Popen(
        [*COMMAND, "show", str(trace), "--format", format_],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(30) == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_an_output_that_is_full_is_told(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "show", str(upload(tmp_path))], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 4
    assert done.stderr == b"tracereplay: the output cannot be written: No space left on device\n"
