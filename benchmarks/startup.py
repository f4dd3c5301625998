"""How long the command takes to start, next to ``python -c pass`` in the same run.

    python benchmarks/startup.py

Wall time of whole processes; the ratio of a row is the median of the rounds.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from recordings import table, write_upload

_MODULE = (sys.executable, "-m", "tracereplay")


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rounds", type=int, default=11, help="how often everything is measured; default 11")
    wanted = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="tracereplay-") as folder:
        trace = Path(folder) / "trace.txt"
        write_upload(trace, "binary", "hex", 1000, event_bytes=200)
        commands = {
            "`python -c pass`": (sys.executable, "-c", "pass"),
            "`tracereplay --version`": (*_MODULE, "--version"),
            "`tracereplay show`, a small trace": (*_MODULE, "show", str(trace)),
            "`python -c 'import typer'`": (sys.executable, "-c", "import typer"),
            "`python -c 'import typer, pydantic'`": (
                sys.executable,
                "-c",
                "import typer, pydantic; pydantic.TypeAdapter",
            ),
            "`python -c 'import lark'`": (sys.executable, "-c", "import lark"),
        }
        rounds = [[_seconds(command) for command in commands.values()] for _ in range(wanted.rounds)]
    rows = [
        (what, f"{median(one[n] for one in rounds) * 1e3:.0f}", f"{median(one[n] / one[0] for one in rounds):.1f}")
        for n, what in enumerate(commands)
    ]
    print(table(("command", "ms", "times `python -c pass`"), rows))


def _seconds(command: tuple[str, ...]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
