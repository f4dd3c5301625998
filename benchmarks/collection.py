"""What the plugin costs every run of pytest, and what a mark costs: ``pytest --collect-only``, with and without it.

    python benchmarks/collection.py

Wall time of whole processes. Each round runs all rows, one right after the other, so that what the machine does
meanwhile falls on all alike; a row is the median of its differences from the first. Whatever other plugins are
installed is in all of them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from recordings import table, write_upload

_PYTEST = (sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider")
_WITHOUT, _WITH = ("-p", "no:tracereplay"), ()
_EMPTY = ""
_PLAIN = "def test_it(): ...\n"
_MARKED = """
import pytest
@pytest.mark.tracereplay("upload.txt", truncate={truncate!r}, close=["fin", "rst"])
def test_it(replay): ...
"""
_NO_TESTS = 5


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rounds", type=int, default=21, help="how often everything is measured; default 21")
    wanted = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="tracereplay-") as name:
        folder = Path(name)
        rows = {
            "an empty suite, without the plugin": (_suite(folder / "1", _EMPTY), _WITHOUT),
            "an empty suite": (_suite(folder / "2", _EMPTY), _WITH),
            "a test without a mark": (_suite(folder / "3", _PLAIN), _WITH),
            "a mark: 2 tests": (_suite(folder / "4", _MARKED.format(truncate="50%")), _WITH),
            "a mark: 1,000 tests": (_suite(folder / "5", _MARKED.format(truncate="every:131")), _WITH),
        }
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
        environment["PYTHONPYCACHEPREFIX"] = str(folder / "cache")
        for suite, plugin in rows.values():
            _seconds(suite, plugin, environment)  # all is compiled, once
        rounds = [[_seconds(*row, environment) for row in rows.values()] for _ in range(wanted.rounds)]
    lines = [
        (
            what,
            f"{median(one[n] for one in rounds) * 1e3:.0f}",
            f"{median(one[n] - one[0] for one in rounds) * 1e3:.0f}",
        )
        for n, what in enumerate(rows)
    ]
    print(table(("`pytest --collect-only`", "ms", "ms more"), lines))


def _suite(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "pytest.ini").write_text("[pytest]\n")
    write_upload(folder / "upload.txt", "binary", "hex", 250_000)
    if text:
        (folder / "test_it.py").write_text(text)
    return folder


def _seconds(suite: Path, plugin: tuple[str, ...], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    done = subprocess.run((*_PYTEST, *plugin), cwd=suite, env=environment, capture_output=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode not in (0, _NO_TESTS):
        sys.exit(done.stdout.decode())
    return seconds


if __name__ == "__main__":
    main()
