"""Print the tables of docs/leaving.md, by playing every way of leaving, over every transport, to plain servers.

    python docs/tables/leaving.py            # prints them
    python docs/tables/leaving.py --write    # and puts them into the document
    python docs/tables/leaving.py --check    # says what differs from the document

It needs the test extra (``pip install -e '.[test]'``), ten seconds, and strace for the table of the system calls;
without strace that table stays as it is.
"""

import argparse
import difflib
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.docs.leaving.calls import has_strace, traced
from tests.docs.leaving.scenes import Stage, played
from tests.docs.leaving.table import DOCUMENT, replaced, tables


def found() -> dict[str, str]:
    """Return the tables, as they are played now."""
    with tempfile.TemporaryDirectory(prefix="leaving-") as name:
        stage = Stage(Path(name))
        calls = traced(stage) if has_strace() else None
        return tables(played(stage), calls)


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help=f"put them into {DOCUMENT.name}")
    parser.add_argument("--check", action="store_true", help=f"fail where {DOCUMENT.name} says something else")
    options = parser.parse_args()
    now = found()
    print("\n".join(now.values()), end="")
    if "calls" not in now:
        print("there is no strace that may trace here: the system calls are left as they are", file=sys.stderr)
    before = DOCUMENT.read_text("utf-8")
    after = replaced(before, now)
    if options.write:
        DOCUMENT.write_text(after, "utf-8")
    if options.check and before != after:
        sys.exit("".join(difflib.unified_diff(before.splitlines(True), after.splitlines(True), "written", "played")))


if __name__ == "__main__":
    main()
