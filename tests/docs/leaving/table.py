"""The tables of docs/leaving.md, from what was played."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from tracereplay.plan.way import Way

from .calls import OVERS, Calls
from .scenes import GUARDS, READERS, SILENT, TLS_ENDS, TRANSPORTS, Played, Seen, ways_over
from .server import NOTHING, Transport

DOCUMENT = Path(__file__).parents[3] / "docs" / "leaving.md"
NAMES = ("seen", "writes", "silence", "tls", "calls")
BEGIN, END = "<!-- begin of {}: docs/tables/leaving.py --write -->\n", "<!-- end of {} -->\n"
TITLES = ("reads promptly", "reads slowly", "does not read: it fits", "does not read: it does not fit")

Cells = Callable[[Played, Way, Transport], tuple[str, ...]]


def tables(played: Played, calls: Calls | None) -> dict[str, str]:
    """Return the tables by name; that of the system calls only where they were traced."""
    found = {
        "seen": _table(("way", "over", *TITLES), _merged(played, _cells_seen)),
        "writes": _table(("way", "over", "first write", "second write"), _merged(played, _cells_written)),
        "silence": _table(
            ("a server with …", *(f"`{way.value}`" for way in SILENT)),
            ([guard, *(_guarded(played.guarded[way, guard]) for way in SILENT)] for guard in GUARDS),
        ),
        "tls": _table(
            ("way", "close_notify", "`recv()`, as Python has it", "`suppress_ragged_eofs=False`"),
            ([f"`{way.value}`", "yes" if end == "notify" else "no", *_ends(played, way, end)] for way, end in TLS_ENDS),
        ),
    }
    if calls is not None:
        rows = (
            [f"`{way.value}`", over, _sequence(way, calls[way, over])]
            for way in Way
            for over in OVERS
            if (way, over) in calls
        )
        found["calls"] = _table(("way", "over", "system calls from the cut on"), rows)
    return found


def written(document: str) -> dict[str, str]:
    """Return the tables that stand in ``document``."""
    return {name: _parts(document, name)[1] for name in NAMES}


def replaced(document: str, found: Mapping[str, str]) -> str:
    """Return ``document`` with these tables."""
    for name, table in found.items():
        before, _, after = _parts(document, name)
        document = before + table + after
    return document


def _parts(document: str, name: str) -> tuple[str, str, str]:
    begin, end = BEGIN.format(name), END.format(name)
    before, is_begun, rest = document.partition(begin)
    table, is_ended, after = rest.partition(end)
    assert is_begun, f"no line {begin!r} in the document"
    assert is_ended, f"no line {end!r} in the document"
    return before + begin, table, end + after


def _merged(played: Played, cells: Cells) -> list[list[str]]:
    """Return a row for each way, and for all the transports over which it looks the same."""
    rows: list[list[str]] = []
    for way in Way:
        same: dict[tuple[str, ...], list[Transport]] = {}
        for transport in TRANSPORTS:
            if way in ways_over(transport) and (found := cells(played, way, transport)):
                same.setdefault(found, []).append(transport)
        rows += [[f"`{way.value}`", _over(those), *found] for found, those in same.items()]
    return rows


def _over(transports: list[Transport]) -> str:
    return ", ".join(transports).replace("TCP v4, TCP v6", "TCP")


def _cells_seen(played: Played, way: Way, transport: Transport) -> tuple[str, ...]:
    return tuple(_seen(played.seen[way, transport, reader]) for reader in READERS)


def _cells_written(played: Played, way: Way, transport: Transport) -> tuple[str, ...]:
    if transport == "TLS":
        return ()  # OpenSSL may refuse by itself, and name it as it likes
    return tuple(f"`{one}`" if one != "ok" else one for one in played.seen[way, transport, "promptly"][0].writes)


def _seen(seen: Seen) -> str:
    sight, amount = seen
    alarm = sight.alarm and f"{_code(sight.alarm)}; then "
    return f"{alarm}{amount}, {_code(sight.end)}"


def _guarded(seen: Seen) -> str:
    sight, _ = seen
    if sight.end == NOTHING:
        return NOTHING
    return f"`{sight.end}` after {'2' if sight.after < 2.9 else '3'} s or a little more"


def _ends(played: Played, way: Way, end: object) -> list[str]:
    found = {strict: seen for (one, its_end, strict), seen in played.over_tls.items() if (one, its_end) == (way, end)}
    return [_code(found[strict][0].end) for strict in (False, True)]


def _sequence(way: Way, calls: list[str]) -> str:
    asks, *acts = calls
    stay = ["is silent"] if way is Way.STALL else []
    return " → ".join([f"asks `{'`, `'.join(asks.removeprefix('asks ').split(', '))}`", *stay, *map(_act, acts)])


def _act(call: str) -> str:
    name, _, rest = call.partition(" of ")
    return f"`{name}`" + (f" of {rest}" if rest else "")


def _code(text: str) -> str:
    return text if text == NOTHING else f"`{text}`".replace("|", "\\|")


def _table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(titles)]
    lines += [["---"] * len(lines[0]), *([*row] for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
