"""A picture of what went between a client and a server, as SVG: two lanes, time going down, a row for each thing.

The rows are as far apart as they need to be read; how much time passed is written beside them. Whoever makes the rows
bounds them. Text may be anything: it is escaped here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from tracereplay.show.printable import cropped, printable
from tracereplay.units import SECOND_NS

LONG_NS = 100_000_000  # in which nothing happens: a row of its own

RowKind = Literal["sent", "received", "pause", "cut", "note"]

_WIDTH, _HEAD = 480, 34
_CLIENT, _SERVER, _TIME = 108, 452, 88
_MIDDLE = (_CLIENT + _SERVER) // 2
_HEIGHTS: dict[RowKind, int] = {"sent": 32, "received": 32, "pause": 34, "cut": 28, "note": 26}
_CHARACTERS = 48


@dataclass(frozen=True, slots=True)
class Row:
    """Something that went from the client to the server, or back; or a ``pause``, a ``cut``, a ``note`` between them.

    ``time_ns`` counts from the beginning, None where it is not known or does not matter.
    """

    kind: RowKind
    text: str
    time_ns: int | None = None


def picture(title: str, rows: Sequence[Row], style: str = "") -> Iterator[str]:
    """Yield the lines of an ``<svg>``; ``style`` is CSS to put into it, where it stands alone.

    Only alone its texts are for screen readers, too; on a page they have ``in_words``.
    """
    role = "graphics-document" if style else "img"
    height = _HEAD + sum(_HEIGHTS[row.kind] for row in rows) + 12
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lanes" viewBox="0 0 {_WIDTH} {height}" role="{role}"'
        f' aria-label="{_safe(title)}">'
    )
    yield f"<title>{_safe(title)}</title>"
    if style:
        yield f"<style>{style}</style>"
        yield f'<rect width="{_WIDTH}" height="{height}" fill="var(--paper)"/>'
    yield f'<text class="who" x="{_CLIENT}" y="18">client</text><text class="who" x="{_SERVER}" y="18">server</text>'
    top = _HEAD
    for row in rows:
        yield from _row(row, top)
        top += _HEIGHTS[row.kind]
    yield _lanes(top, 12, is_idle=False)
    yield "</svg>"


def in_words(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of a list that says the same, whole, to unfold below the picture."""
    yield "<details class=words><summary>The same in words</summary><ol>"
    for row in rows:
        time = "" if row.time_ns is None else f"{seconds(row.time_ns)} s, "
        who = {"sent": "client: ", "received": "server: "}.get(row.kind, "")
        yield f"<li>{time}{who}{_safe(row.text)}</li>"
    yield "</ol></details>"


def seconds(time_ns: int) -> str:
    """Return a time as all rows show it."""
    return f"{time_ns / SECOND_NS:.6f}"


def _row(row: Row, top: int) -> Iterator[str]:
    height = _HEIGHTS[row.kind]
    yield _lanes(top, height, is_idle=row.kind == "pause")
    line = top + height - 8
    if row.time_ns is not None:
        yield f'<text class="time" x="{_TIME}" y="{line + 3}">{seconds(row.time_ns)}</text>'
    match row.kind:
        case "sent":
            yield _text(row.text, line - 6)
            yield _arrow("sent", "to the server", f"M{_CLIENT} {line}H{_SERVER - 2}m-7-4l7 4l-7 4")
        case "received":
            yield _text(row.text, line - 6)
            yield _arrow("received", "to the client", f"M{_SERVER} {line}H{_CLIENT + 2}m7-4l-7 4l7 4")
        case "cut":
            yield _text(row.text, line - 6)
            yield f'<path class="arrow cut" d="M{_CLIENT - 12} {line}H{_SERVER + 12}"/>'
        case "pause" | "note":
            yield _text(row.text, top + height // 2 + 4, "mid quiet")


def _lanes(top: int, height: int, *, is_idle: bool) -> str:
    name = "lane idle" if is_idle else "lane"
    return f'<path class="{name}" d="M{_CLIENT} {top}v{height}M{_SERVER} {top}v{height}"/>'


def _arrow(kind: RowKind, told: str, line: str) -> str:
    return f'<path class="arrow {kind}" role="img" aria-label="{told}" d="{line}"/>'


def _text(text: str, y: int, name: str = "mid") -> str:
    shown = cropped(printable(text), _CHARACTERS)
    whole = f"<title>{_safe(text)}</title>" if shown != text else ""
    return f'<text class="{name}" x="{_MIDDLE}" y="{y}">{escape(shown)}{whole}</text>'


def _safe(text: str) -> str:
    return escape(printable(text))
