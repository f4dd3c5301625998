"""Where in the text of a trace a mark may stand: before an item, before a row of a dump, and at the end."""

from collections.abc import Iterator, Mapping

from tracereplay.trace.event import Event, Item, Stray
from tracereplay.trace.trace import Trace
from tracereplay.trace.writer import write_event, write_items


def places_between(trace: Trace, text: bytes) -> list[int]:
    """Return the lines, from 1, before which a mark may stand; ``text`` is all that is in the file of ``trace``."""
    items = list(trace.printed())
    strays = {item.line for item in items if isinstance(item, Stray)}
    found = set(_between(trace, items, text.split(b"\n")))
    if text.endswith(b"\n") and not isinstance(items[-1], Stray):
        found.add(text.count(b"\n") + 1)
    return sorted(found - strays)


def _between(trace: Trace, items: list[Item], lines: list[bytes]) -> Iterator[int]:
    for item in items:
        first, *_ = b"".join(write_items([item], trace.form)).split(b"\n")
        if lines[item.line - 1].rstrip(b"\r") == first:  # and does not stand behind other text in its line
            yield item.line
        if isinstance(item, Event):
            rows = write_event(item, trace.form).count(b"\n") - 1
            yield from range(item.line + 1, item.line + rows + 1)


def with_lines(text: bytes, lines: Mapping[int, bytes]) -> bytes:
    """Return ``text`` with other lines put before some of its own, which are counted from 1."""
    own = [line + b"\n" for line in text.split(b"\n")]
    own[-1] = own[-1][:-1]
    return b"".join(lines.get(number, b"") + line for number, line in enumerate(own, 1))
