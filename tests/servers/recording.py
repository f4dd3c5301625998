"""Recordings by the real curl, made in the run of the tests."""

import subprocess
from pathlib import Path

from tests.programs import need
from tracereplay import load, record
from tracereplay.library import Trace

# As a user would call it, but whatever ~/.curlrc and the environment of this machine say.
CURL = ("curl", "--disable", "--silent", "--show-error", "--fail", "--noproxy", "*", "--output", "/dev/null")

BIG_LINES = 60_000  # 1.2 MiB: curl asks with "Expect: 100-continue" before a body of 1 MiB
SMALL_LINES = 10_000


def write_csv(path: Path, lines: int) -> Path:
    """Write a CSV of so many lines, the same ones every time."""
    path.write_text("".join(f"{line},{line * line % 9973},item {line}\n" for line in range(lines)))
    return path


def recorded(path: Path, *arguments: str) -> Trace:
    """Return what curl did with these arguments, recorded into ``path``."""
    need("curl")
    recording = record([*CURL, *arguments], path)
    assert recording.exit_code == 0
    return load(path)


def traced_by_hand(path: Path, *arguments: str, stdin: Path) -> Trace:
    """The same without the recorder, and with a file on curl's standard input."""
    need("curl")
    with stdin.open("rb") as file:
        subprocess.run([*CURL, "--trace", str(path), "--trace-time", *arguments], stdin=file, check=True)
    return load(path)
