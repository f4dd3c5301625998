"""Measure what servers do when a client leaves, for docs/tables/servers.json and the tables of docs/servers.md.

    python docs/tables/servers.py            # installs the servers, measures, and writes both
    python docs/tables/servers.py --render   # writes the tables again, from servers.json

It needs the test extra (``pip install -e '.[test]'``), curl, nginx, the package index, and ten minutes. The servers
of docs/tables/stacks/requirements.txt are installed into an environment of their own, in a temporary directory.
"""

import argparse
import datetime as dt
import platform
import subprocess
import sys
import tempfile
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.docs.stacks.data import Survey, read, write
from tests.docs.stacks.measure import FILE_BYTES, measured, recorded_body_bytes
from tests.docs.stacks.stack import APPS, STACKS, nginx_program
from tests.docs.stacks.table import DOCUMENT, replaced, tables

AT_A_TIME = 3


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--render", action="store_true", help="measure nothing, and write the tables again")
    if not parser.parse_args().render:
        write(surveyed())
    DOCUMENT.write_text(replaced(DOCUMENT.read_text("utf-8"), tables(read())), "utf-8")


def surveyed() -> Survey:
    """Return what is measured now."""
    with tempfile.TemporaryDirectory(prefix="servers-") as name:
        folder = Path(name)
        python = installed(folder / "venv")
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            under_way = [
                pool.submit(measured, stack, python, folder / str(number), print) for number, stack in enumerate(STACKS)
            ]
            stacks = [one.result() for one in under_way]
        body_bytes = recorded_body_bytes(folder / "0")
        today = dt.datetime.now(dt.UTC).date().isoformat()
        return Survey(today, versions(python), FILE_BYTES, body_bytes, stacks)


def installed(folder: Path) -> Path:
    """Install the servers into a new environment, and return its Python."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", APPS / "requirements.txt"], check=True)
    return python


def versions(python: Path) -> dict[str, str]:
    """Return what it was measured with."""
    listed = subprocess.run([python, "-m", "pip", "freeze"], check=True, capture_output=True, text=True).stdout
    found = dict(line.split("==") for line in listed.splitlines())
    wanted = [line.split("==")[0] for line in (APPS / "requirements.txt").read_text("utf-8").split() if "==" in line]
    return {
        "Linux": platform.release().partition("-")[0],
        "Python": platform.python_version(),
        "curl": said("curl", "--version").split()[1],
        **{name: found[name] for name in wanted},
        "nginx": said(nginx_program(), "-v").rpartition("/")[2].split()[0],
    }


def said(*command: str) -> str:
    """Return what a command prints, to either stream."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


if __name__ == "__main__":
    main()
