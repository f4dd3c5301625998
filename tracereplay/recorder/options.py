"""Adds the options that make a trace to a curl command line, and takes away those that would spoil it.

curl has one trace at a time and the last option wins, so ours stand last: at the end, or before the ``--``
after which everything is a URL. Reading the line is curl's own ``parse_args()`` and ``getparameter()``
(src/tool_getparam.c): options and URLs in any order, letters joined (``-sSd x``), a value joined to its
letter or in the next word, whatever that looks like.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tracereplay.recorder.dialect import Dialect, Version

_LEFT_OUT = frozenset({"trace", "trace-ascii", "verbose"})

# --trace-config all, or lib-ids, in ~/.curlrc too, then writes "[0-0] " into the bytes of every event.
_IDS_SPOIL_BYTES: Version = (8, 13, 0)
_IDS_SPARE_BYTES: Version = (8, 17, 0)


@dataclass(frozen=True, slots=True)
class Part:
    """A word of a command line, with its value where that is the next word.

    ``names`` are the long names of the options in it: none for a URL, one for ``--silent``, several for
    ``-sSd``; an empty one is unknown. ``lacks_value``: its value should follow, and the line ends.
    """

    words: tuple[str, ...]
    names: tuple[str, ...] = ()
    lacks_value: bool = False


@dataclass(frozen=True, slots=True)
class TracedLine:
    """``words``: what curl gets after its own name. ``left_out``: the user's options that are not in it."""

    words: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def read_line(words: Sequence[str], dialect: Dialect) -> Iterator[Part]:
    """Yield the parts of a curl command line, without curl's own name, as this curl reads it."""
    at = 0
    while at < len(words) and words[at] != "--":
        word = words[at]
        names: tuple[str, ...] = ()
        wants_value = False
        if word.startswith("--"):
            name, wants_value = dialect.read_long(word)
            names = (name or "",)
        elif word.startswith("-"):
            names, wants_value = dialect.read_short(word)
        size = 2 if wants_value else 1
        yield Part(tuple(words[at : at + size]), names, lacks_value=wants_value and at + 1 == len(words))
        at += size
    for word in words[at:]:
        yield Part((word,))


def traced(words: Sequence[str], trace: str, dialect: Dialect) -> TracedLine:
    """Return the command line ``words`` (without curl's own name) that also writes a trace to ``trace``.

    It is lossless hex with times, and with ids where this curl has them. A line that curl will refuse
    (its last option lacks a value, or it is empty) is returned as it is: options at its end would change
    what curl says of it.
    """
    parts = list(read_line(words, dialect))
    if not parts or parts[-1].lacks_value:
        return TracedLine(tuple(words))
    left_out: dict[str, None] = {}
    kept: list[str] = []
    end: int | None = None
    for part in parts:
        if end is None and part.words == ("--",):
            end = len(kept)
        rest, gone = _without_traces(part)
        kept += rest
        left_out |= dict.fromkeys(gone)
    end = len(kept) if end is None else end
    kept[end:end] = _trace_options(trace, dialect)
    if _is_q(kept[0]) and not _is_q(words[0]):
        kept.insert(0, "--trace-time")  # as the first word, and only there, -q keeps curl from ~/.curlrc
    return TracedLine(tuple(kept), tuple(left_out))


def _trace_options(trace: str, dialect: Dialect) -> Iterator[str]:
    yield from ("--trace", trace)
    yield from (f"--{name}" for name in ("trace-time", "trace-ids") if dialect.knows(name))
    if _IDS_SPOIL_BYTES <= dialect.version < _IDS_SPARE_BYTES:
        yield from ("--trace-config", "-lib-ids")


def _without_traces(part: Part) -> tuple[Iterable[str], Iterable[str]]:
    """Return the words of ``part`` without trace and verbose options, and what those are called."""
    gone = [name for name in part.names if name in _LEFT_OUT]
    if not gone:
        return part.words, ()
    word, *value = part.words
    if word.startswith("--"):
        return (), (f"--{name}" for name in gone)
    letters = [letter for letter, name in zip(word[1:], part.names, strict=False) if name not in _LEFT_OUT]
    rest = "".join(letters) + word[1 + len(part.names) :]
    return (f"-{rest}", *value) if rest else (), ("-v",)


def _is_q(word: str) -> bool:
    return word.startswith("-q") or word == "--disable"
