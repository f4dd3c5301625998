"""Make the pictures of docs/sweep.md and docs/witness.md: look in chromium at what is told of the naive API.

    python docs/pictures/make.py

It needs the test extra (``pip install -e '.[test]'``), chromium, pngquant, and half a minute.
Times differ each time.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.show.browser import screenshot
from tracereplay import serve

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples" / "flask_uploads"
API = "gunicorn --no-control-socket --timeout 2 --bind fd://{fd}"
SEEN = "from naive import app\nfrom tracereplay.witness import WSGI\n\napp.wsgi_app = WSGI(app.wsgi_app)\n"
CLIMB = ("--grow", "file=300KiB", "--step", "16k", "--to", "256k")
MOST_BYTES = 150_000


def tell(folder: Path, *args: str) -> str:
    """Return what a command of ours prints; a finding is no failure here."""
    command = [sys.executable, "-m", "tracereplay", *args]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode > 1:
        sys.exit(done.stderr)
    return done.stdout


def climb(folder: Path, page: str) -> None:
    """Write the page of a staircase of the API, which has a witness."""
    (folder / "seen.py").write_text(SEEN, "utf-8")
    log = folder / "witness.jsonl"
    command = f"{API} --pythonpath {EXAMPLE} seen:app"
    environment = {"DATABASE": str(folder / "uploads.db"), "TRACEREPLAY_WITNESS": str(log)}
    with serve(command, cwd=folder, env=environment) as server:
        args = ("upload.txt", *CLIMB, "--target", server.target, "--witness", str(log), "--report-html", page)
        tell(folder, "staircase", *args)


def main() -> None:
    """Write the pictures beside this file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "upload.txt").symlink_to(EXAMPLE / "upload.txt")
        with serve(f"{API} naive:app", cwd=EXAMPLE, env={"DATABASE": str(folder / "uploads.db")}) as server:
            tell(folder, "sweep", "upload.txt", "--target", server.target, "--report-html", "report.html")
        page = folder / "report.html"
        screenshot(page, HERE / "report.png", 1200, 1560)
        screenshot(page, HERE / "report-narrow.png", 390, 1900, is_dark=True)
        climb(folder, "staircase.html")
        page = folder / "staircase.html"
        screenshot(page, HERE / "staircase.png", 760, 800)
        screenshot(page, HERE / "staircase-narrow.png", 390, 820, is_dark=True)
        for picture in HERE.glob("*.png"):
            subprocess.run(["pngquant", "--force", "--ext", ".png", "--strip", str(picture)], check=True)
        (HERE / "upload.svg").write_text(tell(folder, "show", "upload.txt", "--format", "svg"), "utf-8")
    for picture in sorted(HERE.glob("*.*g")):
        size = picture.stat().st_size
        print(f"{picture.name}: {size:,} bytes")
        if size > MOST_BYTES:
            sys.exit(f"{picture.name} is larger than {MOST_BYTES:,} bytes")


if __name__ == "__main__":
    main()
