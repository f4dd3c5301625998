"""The command line as a user has it: a process of its own, or in this one where that does not matter."""

import os
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from tracereplay.cli.app import app

COMMAND = [sys.executable, "-W", "error", "-m", "tracereplay"]
NOBODY = "127.0.0.1:1"  # tcpmux: no test machine listens there
RUNNER = CliRunner()


class Told:
    """What a command said, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err


def invoke(*args: object) -> Told:
    """Run a command in this process."""
    result = RUNNER.invoke(app, [str(arg) for arg in args], prog_name="tracereplay")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Told(result.exit_code, result.stdout, result.stderr)


def environment(**extra: str) -> dict[str, str]:
    """Return an environment in which nothing but ``extra`` speaks about colours."""
    about_colours = ("NO_COLOR", "FORCE_COLOR", "TERM", "COLORTERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
    return {name: value for name, value in os.environ.items() if name not in about_colours} | extra


def run(*args: object, cwd: Path | None = None, stdin: bytes | None = None, **extra: str) -> Told:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [*COMMAND, *(str(arg) for arg in args)],
        cwd=cwd,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        env=environment(**extra),
        timeout=30,
        check=False,
    )
    return Told(done.returncode, done.stdout.decode(), done.stderr.decode())
