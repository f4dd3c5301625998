"""What a page is made of: its skeleton, which loads nothing, and the styles and the script beside this file."""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from pathlib import Path

from tracereplay.show.printable import printable


@cache
def asset(name: str) -> str:
    """Return the text of a file beside this one: ``report.css``, ``lanes.css``, ``report.js``."""
    return (Path(__file__).parent / name).read_text("utf-8").strip()


def safe(text: str) -> str:
    """Return text for HTML: what a trace or a server says can neither be markup nor control how it is read."""
    return escape(printable(text))


def page(title: str, body: Iterable[str], style: str, script: str = "") -> Iterator[str]:
    """Yield the lines of a whole page that loads nothing, and that runs no other script than its own."""
    script_source = f"'{_digest(script)}'" if script else "'none'"
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src {script_source};"
        " base-uri 'none'; form-action 'none'"
    )
    yield "<!DOCTYPE html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
    yield f"<title>{safe(title)}</title>"
    yield f"<style>{style}</style></head><body>"
    yield from body
    if script:
        yield f"<script>{script}</script>"
    yield "</body></html>"


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
