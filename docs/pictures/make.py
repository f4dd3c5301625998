"""Make the pictures of docs/sweep.md: sweep the naive API of the example, and look at the report in chromium.

    python docs/pictures/make.py

It needs the test extra (``pip install -e '.[test]'``), chromium, pngquant, and ten seconds.
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
API = "gunicorn --no-control-socket --timeout 2 --bind fd://{fd} naive:app"
MOST_BYTES = 150_000


def tell(folder: Path, *args: str) -> str:
    """Return what a command of ours prints; a finding is no failure here."""
    command = [sys.executable, "-m", "tracereplay", *args]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode > 1:
        sys.exit(done.stderr)
    return done.stdout


def main() -> None:
    """Write the pictures beside this file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "upload.txt").symlink_to(EXAMPLE / "upload.txt")
        with serve(API, cwd=EXAMPLE, env={"DATABASE": str(folder / "uploads.db")}) as server:
            tell(folder, "sweep", "upload.txt", "--target", server.target, "--report-html", "report.html")
        page = folder / "report.html"
        screenshot(page, HERE / "report.png", 1200, 1560)
        screenshot(page, HERE / "report-narrow.png", 390, 1900, is_dark=True)
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
