"""The benchmarks run: on traces so small that their numbers mean nothing, for nothing is timed in tests."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import need

FOLDER = Path(__file__).parents[2] / "benchmarks"
SCRIPTS = {
    "reading.py": (("--size", "200k", "--rounds", "1"), ("hex, 64 KiB", "ascii, binary, 16 KiB", "ascii")),
    "memory.py": (("--size", "200k"), ("`play` hex.txt.gz", "`show --format json` ascii.txt", "`show -n 5` one line")),
    "pace.py": (
        ("--events", "20"),
        ("`play`, as it says", "`play`, at the sink", "a loop with `time.sleep()`, at the sink"),
    ),
    "throughput.py": (("--size", "3M", "--rounds", "1"), ("`curl -T`", "`tracereplay play --body`")),
    "recording.py": (("--size", "3M", "--rounds", "1"), ("`curl`", "`curl --trace`", "`record`")),
    "exactness.py": (
        ("--cuts", "84", "--body", "300k", "--at-once", "28"),
        (
            "TCP v4 | rst | slow | 3 | 3",
            "TCP v6 | vanish | prompt | 3 | 3",
            "Unix | half | slow | 3 | 3",
            "TLS | rst | slow | 3 | 3",
        ),
    ),
    "cuts.py": (
        ("--step", "70", "--rounds", "1"),
        ("a loop over blocking sockets", "`play_many`, parallel 1", "`play_many`, parallel 50"),
    ),
    "sweep.py": (("--step", "70", "--rounds", "1"), ("`sweep`, parallel 1", "`sweep`, parallel 50")),
    "held.py": (
        ("--connections", "5", "--hold", "0.1", "--rounds", "1"),
        ("`play_many` | 5 | 5", "a thread for each | 5 | 5"),
    ),
    "collection.py": (("--rounds", "1"), ("an empty suite", "a mark: 1,000 tests")),
    "startup.py": (("--rounds", "1"), ("`tracereplay --version`", "`tracereplay show`, a small trace")),
}
SLOW = (
    "memory.py",
    "collection.py",
    "startup.py",
    "held.py",
    "recording.py",
)  # most of it is Python starting
PROGRAMS = {"reading.py": ("xxd",), "throughput.py": ("curl",), "recording.py": ("curl",)}


@pytest.mark.parametrize("name", [pytest.param(one, marks=pytest.mark.long if one in SLOW else ()) for one in SCRIPTS])
def test_a_benchmark_prints_its_table(name: str) -> None:
    for program in PROGRAMS.get(name, ()):
        need(program)
    options, rows = SCRIPTS[name]
    command = [sys.executable, str(FOLDER / name), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    for row in rows:
        assert f"| {row} | " in done.stdout
