"""The plays of a sweep as data for a page, in few bytes: what is the same of many is there once.

A play is a text ``came missing read shape time …``, with numbers to the base of 36. ``came`` is the number of what came
of it, ``shape`` that of what happened in which order; ``missing`` is how many bytes were, and ``read`` how many the
application had read. Each time is in microseconds, counted from the one before; what is behind a ``+`` is how long it
took. Holes in the texts are for what differs: these bytes, those that were sent, and the place. Timelines are left out
when they would be too many.
"""

import shlex
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from tracereplay.engine.timeline import Moment
from tracereplay.show.glyphs import glyph, group_of
from tracereplay.show.moments import arrow, words
from tracereplay.show.printable import printable
from tracereplay.units import format_bytes

if TYPE_CHECKING:
    from tracereplay.judge.verdict import Facts, Verdict

MISSING, AT, SPEC, READ = "\ue000", "\ue001", "\ue002", "\ue003"  # holes; what is printable has none of them

_MOST_TIMES_CHARACTERS = 110_000
_MICROSECOND_NS = 1000
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_NONE = "-"
_PEER_ENDS = {
    None: "",
    "none": "; the server had not closed",
    "fin": "; the server closed",
    "rst": "; the server reset the connection",
}

_Place = tuple[int, str, str, str]
_Came = tuple[str, str, str, str, str, str]
_Shape = tuple[tuple[str, str], ...]
_Key = TypeVar("_Key")


def sweep_data(verdicts: "Sequence[Verdict]") -> dict[str, object]:
    """Return the plays of each way, one text in which ``;`` stands between the places, and what they name."""
    places = {place: number for number, place in enumerate(sorted({_place(one): None for one in verdicts}, key=_at))}
    came: dict[_Came, int] = {}
    shapes: dict[_Shape, int] = {}
    plays: dict[str, list[str]] = {}
    times = _times(verdicts, shapes)
    for one, time in zip(verdicts, times, strict=True):
        of_way = plays.setdefault(printable(one.how), [""] * len(places))
        number = _base36(_numbered(came, _came(one)))
        of_way[places[_place(one)]] = f"{number} {' '.join(map(_base36, _counts(one.facts)))} {time}"
    return {
        "places": list(places),
        "came": list(came),
        "shapes": list(shapes),
        "plays": {way: ";".join(texts) for way, texts in plays.items()},
    }


def answer(facts: "Facts") -> str:
    """Return what the server said, as far as we could hear it."""
    if not facts.is_reached:
        return "there was no connection"
    read = "" if facts.seen is None else f"; the application had read {facts.seen}"
    if not facts.hears:
        return f"not heard: the client had gone{read}"
    end = f"{_PEER_ENDS[facts.peer]}{read}"
    if facts.status is None:
        return f"{'no HTTP/1' if facts.unheard == 'garbled' else 'none'}{end}"
    unasked = "" if facts.surplus_status is None else f", and {facts.surplus_status} to nothing that was sent"
    differs = f", with another {', '.join(facts.differs)}" if facts.differs else ""
    return f"{facts.status}{unasked}{differs}{end}"


def _counts(facts: "Facts") -> tuple[int, int]:
    return facts.missing.bytes or 0, 0 if facts.seen is None else facts.seen.read


def _place(one: "Verdict") -> _Place:
    return one.at, printable(one.place), _spec(one), printable(one.split or "")


def _spec(one: "Verdict") -> str:
    return printable(shlex.quote(one.spec))


def _at(place: _Place) -> int:
    return place[0]


def _came(one: "Verdict") -> _Came:
    missing, read = _counts(one.facts)
    texts = [printable(text) for text in (answer(one.facts), one.why)]
    for count, hole in ((missing, MISSING), (read, READ)):
        texts = [text.replace(format_bytes(count), hole) if count else text for text in texts]
    told, why = texts
    option = " --truncate "
    command = printable(one.command or "").replace(f"{option}{_spec(one)}", f"{option}{SPEC}", 1)
    return one.kind, glyph(one.kind), group_of(one), told, why, command


def _times(verdicts: "Sequence[Verdict]", shapes: dict[_Shape, int]) -> list[str]:
    """Return the shape and the times of each play; of the first of equal neighbours before all others."""
    found = [_NONE] * len(verdicts)
    numbered = enumerate(verdicts)
    runs = [[number for number, _ in run] for _, run in groupby(numbered, key=lambda pair: pair[1].sameness)]
    order = [run[0] for run in runs] + [number for run in runs for number in run[1:]]
    room = _MOST_TIMES_CHARACTERS
    for number in order:
        one = verdicts[number]
        moments = [*one.timeline.first, None, *one.timeline.last] if one.timeline.left_out else list(one.timeline)
        if not moments:
            continue
        shape = tuple(_shape(moment, one.at, one.timeline.left_out) for moment in moments)
        text = " ".join(_deltas(moments))
        is_new = shape not in shapes
        room -= len(text) + (sum(len(words) + 12 for _, words in shape) if is_new else 0)
        if room < 0:
            break
        found[number] = f"{_base36(_numbered(shapes, shape))} {text}"
    return found


def _shape(moment: Moment | None, at: int, left_out: int) -> tuple[str, str]:
    if moment is None:
        return "", f"... and {left_out:,} more"
    told = "paused" if moment.what == "pause" else words(moment)
    return arrow(moment).strip(), told.replace(format_bytes(at), AT) if at else told


def _deltas(moments: Sequence[Moment | None]) -> Iterator[str]:
    before_us = 0
    for one in moments:
        if one is None:
            yield "0"
            continue
        start_us, end_us = (round(ns / _MICROSECOND_NS) for ns in (one.start_ns, one.end_ns))
        took = "" if end_us == start_us else f"+{_base36(end_us - start_us)}"
        yield f"{_base36(start_us - before_us)}{took}"
        before_us = start_us


def _numbered(known: dict[_Key, int], one: _Key) -> int:
    return known.setdefault(one, len(known))


def _base36(number: int) -> str:
    sign, number = ("-", -number) if number < 0 else ("", number)
    text = ""
    while number or not text:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return sign + text
