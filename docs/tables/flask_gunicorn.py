"""Print the table of docs/flask-gunicorn.md, by playing it: real curl, real gunicorn, real Flask.

    python docs/tables/flask_gunicorn.py            # prints it
    python docs/tables/flask_gunicorn.py --write    # and puts it into the document

It needs the test extra (``pip install -e '.[test]'``), curl, and ten seconds.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.servers.recording import BIG_LINES, recorded, write_csv
from tests.servers.scene import play_scenes
from tests.servers.server import PATIENT, serving
from tests.servers.table import DOCUMENT, PLACES, markdown, replaced, rows


def table() -> str:
    """Return the table, from an upload that is recorded and played now."""
    with tempfile.TemporaryDirectory(prefix="flask-gunicorn-") as name:
        folder = Path(name)
        file = write_csv(folder / "big.csv", BIG_LINES)
        with serving(folder, PATIENT) as server:
            trace = recorded(folder / "form.txt", "-F", f"file=@{file}", server.url("/files"))
        return markdown(rows(play_scenes(folder, trace, PLACES), trace))


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help=f"put it into {DOCUMENT.name}")
    options = parser.parse_args()
    played = table()
    if options.write:
        DOCUMENT.write_text(replaced(DOCUMENT.read_text("utf-8"), played), "utf-8")
    print(played, end="")


if __name__ == "__main__":
    main()
