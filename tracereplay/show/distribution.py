"""What many plays came to, as text and as JSON."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from tracereplay.engine.distribution import Distribution, Kind
from tracereplay.engine.outcome import Ended, PeerEnd
from tracereplay.engine.spread import Spread
from tracereplay.show.printable import printable
from tracereplay.units import SECOND_NS, format_bytes, format_duration

_VERSION = 1
_LABEL_WIDTH = 14
_DIGITS = 6

_ENDS: dict[Ended, str] = {
    "complete": "played to the end",
    "cut": "left at the cut",
    "peer": "ended by the server",
    "timeout": "timed out",
}
_PEERS: dict[PeerEnd, str] = {
    "none": "the server had not closed",
    "fin": "the server closed",
    "rst": "the server reset",
}


@dataclass(frozen=True, slots=True)
class Crowd:
    """What was asked for: so many plays of a trace against a target, ``parallel`` at a time; and how long it took.

    ``target`` is None where nothing was reached, and none is named.
    """

    trace: str
    target: str | None
    plays: int
    parallel: int
    seconds: float
    distribution: Distribution


def report_crowd(crowd: Crowd) -> Iterator[str]:
    """Yield the lines that tell what many plays came to, the most frequent first."""
    counted = crowd.distribution
    took = format_duration(round(crowd.seconds * SECOND_NS))
    yield f"{printable(crowd.trace)} => {printable(crowd.target or 'nowhere')}"
    yield _row("plays", f"{counted.plays:,} of {crowd.plays:,}, {crowd.parallel:,} at a time, in {took}")
    if counted.unfinished:
        yield f"{counted.unfinished:>{_LABEL_WIDTH - 2},}  under way when it was stopped"
    for kind, count in counted.kinds.most_common():
        yield f"{count:>{_LABEL_WIDTH - 2},}  {_sentence(kind)}"
    for reason, count in counted.unreached.most_common():
        yield f"{count:>{_LABEL_WIDTH - 2},}  not reached: {printable(reason)}"
    yield _row("sent", format_bytes(counted.handed))
    yield _row("acknowledged", _exactness(counted))
    yield _row("took", _spread(counted.seconds))
    yield _row("reaction", _spread(counted.reactions))


def crowd_as_json(crowd: Crowd) -> str:
    """Return what many plays came to as the JSON of ``tracereplay play --repeat N --format json``."""
    counted = crowd.distribution
    value = {
        "version": _VERSION,
        "trace": crowd.trace,
        "target": crowd.target,
        "plays": counted.plays,
        "asked": crowd.plays,
        "unfinished": counted.unfinished,
        "parallel": crowd.parallel,
        "seconds": round(crowd.seconds, _DIGITS),
        "outcomes": [
            {
                "ended": kind.ended,
                "left": None if kind.left is None else kind.left.value,
                "peer": kind.peer,
                "status": kind.status,
                "count": count,
            }
            for kind, count in counted.kinds.most_common()
        ],
        "unreached": [{"reason": reason, "count": count} for reason, count in counted.unreached.most_common()],
        "handed": counted.handed,
        "received": counted.received,
        "exact": counted.exactness["exact"],
        "short": counted.exactness["short"],
        "exactness_unknown": counted.exactness["unknown"],
        "play_seconds": _spread_as_json(counted.seconds),
        "reaction_seconds": _spread_as_json(counted.reactions),
    }
    return json.dumps(value, separators=(",", ":"))


def _sentence(kind: Kind) -> str:
    left = "" if kind.left is None else f" by {kind.left.value}"
    answer = "no answer" if kind.status is None else f"answer {kind.status}"
    return f"{_ENDS[kind.ended]}{left}, {_PEERS[kind.peer]}, {answer}"


def _exactness(counted: Distribution) -> str:
    words = {"exact": "every byte", "short": "not every byte", "unknown": "not known"}
    parts = [f"{words[name]} in {count:,}" for name, count in counted.exactness.most_common()]
    return ", ".join(parts) or "nothing was sent"


def _spread(spread: Spread) -> str:
    if not spread.count:
        return "none seen"
    median, late = (format_duration(spread.quantile(share)) for share in (0.5, 0.99))
    return f"{median} at the median, {late} for 99 %, {format_duration(spread.most)} at most"


def _spread_as_json(spread: Spread) -> dict[str, float] | None:
    if not spread.count:
        return None
    values = {"median": spread.quantile(0.5), "p99": spread.quantile(0.99), "max": spread.most}
    return {name: round(value / SECOND_NS, _DIGITS) for name, value in values.items()}


def _row(label: str, text: str) -> str:
    return f"{label:<{_LABEL_WIDTH}}{text}"
