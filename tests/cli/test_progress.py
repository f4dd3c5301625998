"""The progress bar: on stderr, if that is a terminal, and nowhere else."""

import os
import re
import subprocess
from pathlib import Path

from tests.cli.command_line import COMMAND, environment
from tests.cli.samples import ANSWER, SENT, upload
from tests.net.sink import Sink, answer_with

COLOUR = re.compile(rb"\x1b\[[0-9;]*3[0-9][0-9;]*m")


def _played_on_a_terminal(folder: Path, *args: str, **extra: str) -> tuple[bytes, bytes]:
    """Play with stderr on a terminal; return what stdout and what the terminal got."""
    ours, theirs = os.openpty()
    with Sink(answer_with(ANSWER, after=SENT)) as sink:
        process = subprocess.Popen(
            [*COMMAND, "play", str(upload(folder)), "--target", sink.target, "--duration", "0.4s", *args],
            stdout=subprocess.PIPE,
            stderr=theirs,
            env=environment(TERM="xterm-256color", COLUMNS="100", **extra),
        )
        os.close(theirs)
        said = b""
        try:
            while chunk := os.read(ours, 65536):
                said += chunk
        except OSError:
            pass  # how a pseudo terminal ends on Linux
        os.close(ours)
        out, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    return out, said


def test_a_terminal_sees_how_far_it_is(tmp_path: Path) -> None:
    out, said = _played_on_a_terminal(tmp_path)
    assert b"sending" in said
    assert b"262 bytes" in said
    assert COLOUR.search(said)
    assert b"sent          262 of 262 bytes (100.0 %)\n" in out


def test_no_color_takes_the_colours_away(tmp_path: Path) -> None:
    _, said = _played_on_a_terminal(tmp_path, NO_COLOR="1")
    assert b"sending" in said
    assert not COLOUR.search(said)


def test_quiet_says_nothing(tmp_path: Path) -> None:
    _, said = _played_on_a_terminal(tmp_path, "--quiet")
    assert said == b""
