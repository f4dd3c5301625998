"""A real browser, without a screen: what becomes of a page in it."""

import json
import re
import subprocess
import tempfile
from collections.abc import Sequence
from html import unescape
from pathlib import Path
from typing import cast

from tests.programs import need

_QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
    *("--enable-logging=stderr", "--host-resolver-rules=MAP * ~NOTFOUND"),
)
_TOLD = re.compile(r"<pre id=\"told\">(.*?)</pre>", re.DOTALL)
# The page is in frames of several widths; this script looks into them, and writes what it finds.
_FRAMES = """<!DOCTYPE html><meta charset="utf-8"><body>{frames}<pre id="told"></pre><script>
addEventListener("load", () => {{
  const told = {{}};
  for (const frame of document.querySelectorAll("iframe")) {{
    const doc = frame.contentDocument;
    const look = (() => {{ {look} }});
    told[frame.width] = look();
  }}
  document.getElementById("told").textContent = JSON.stringify(told);
}});
</script>"""


def browse(url: str, *options: str) -> tuple[str, str]:
    """Return the document as it is when all has run, and what the browser said meanwhile."""
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [need("chromium"), *_QUIET, f"--user-data-dir={profile}", *options, "--dump-dom", url],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    return done.stdout, done.stderr


def looked_at(page: Path, look: str, *, widths: Sequence[int] = (390, 1280), is_dark: bool = False) -> list[object]:
    """Return what the script ``look`` returns for the page at each width; ``doc`` is the document in it.

    Whatever the page says to the console fails.
    """
    frames = "".join(f'<iframe src="{page.name}" width="{width}" height="800"></iframe>' for width in widths)
    around = page.with_name("around.html")
    around.write_text(_FRAMES.format(frames=frames, look=look), "utf-8")
    scheme = f"--blink-settings=preferredColorScheme={0 if is_dark else 1}"
    text, said = browse(around.as_uri(), "--allow-file-access-from-files", scheme)
    assert "CONSOLE" not in said, said
    found = _TOLD.search(text)
    assert found is not None, text[:2000]
    told = cast("dict[str, object]", json.loads(unescape(found[1])))
    return [told[str(width)] for width in widths]


def screenshot(page: Path, picture: Path, width: int, height: int, *, is_dark: bool = False) -> None:
    """Write what the page looks like, as PNG."""
    scheme = f"--blink-settings=preferredColorScheme={0 if is_dark else 1}"
    browse(page.as_uri(), "--disable-lcd-text", f"--screenshot={picture}", f"--window-size={width},{height}", scheme)
