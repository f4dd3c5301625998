"""How long the command takes to start, next to ``python -c pass`` in the same run.

    python benchmarks/startup.py

Wall time of whole processes; the ratio of a row is the median of the rounds. The last rows are a program that is
nothing but Typer, which reads an argument and two options such as those of ``show``, and Lark, which reads the
grammar of its traces: what no change of ours can take away.
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

from tracereplay.grammar import grammars_dir

_PYTHON = (sys.executable, "-c")
_MODULE = (sys.executable, "-m", "tracereplay")
_LEAST = """
import atexit, gc
from enum import StrEnum
from typing import Annotated
import typer
class Form(StrEnum):
    TEXT = "text"
    JSON = "json"
def show(trace: str, form: Form = Form.TEXT, limit: Annotated[int | None, typer.Option(min=0)] = None) -> None:
"""
_RUN = "\n    return\natexit.register(gc.freeze)\ntyper.run(show)"
_LARK = "    import lark"
_PARSER = "; lark.Lark(open(trace, encoding='utf-8'), parser='lalr', start='item', maybe_placeholders=True)"


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rounds", type=int, default=11, help="how often everything is measured; default 11")
    wanted = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="tracereplay-") as folder:
        trace = Path(folder) / "trace.txt"
        write_upload(trace, "binary", "hex", 1000, event_bytes=200)
        grammar = str(grammars_dir() / "trace_hex.lark")
        commands = {
            "`python -c pass`": (*_PYTHON, "pass"),
            "`tracereplay --version`": (*_MODULE, "--version"),
            "`tracereplay --help`": (*_MODULE, "--help"),
            "`tracereplay show`, a small trace": (*_MODULE, "show", str(trace)),
            "`python -c 'import typer'`": (*_PYTHON, "import typer"),
            "`python -c 'import lark'`": (*_PYTHON, "import lark"),
            "Typer, an argument, two options": (*_PYTHON, _LEAST + _RUN, grammar),
            "the same, and `import lark`": (*_PYTHON, _LEAST + _LARK + _RUN, grammar),
            "the same, and Lark reads the grammar": (*_PYTHON, _LEAST + _LARK + _PARSER + _RUN, grammar),
        }
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = folder  # all is compiled, once, and nothing is left lying
        for command in commands.values():
            _seconds(command, environment)
        rounds = [[_seconds(command, environment) for command in commands.values()] for _ in range(wanted.rounds)]
    rows = [
        (what, f"{median(one[n] for one in rounds) * 1e3:.0f}", f"{median(one[n] / one[0] for one in rounds):.1f}")
        for n, what in enumerate(commands)
    ]
    print(table(("command", "ms", "times `python -c pass`"), rows))


def _seconds(command: tuple[str, ...], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
