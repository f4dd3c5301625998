"""An outcome as text for people: a line for each thing that happened, the same words in the same places."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus

from tracereplay.engine.lateness import Lateness
from tracereplay.engine.outcome import Answer, ConnectionOutcome, Ended, Outcome, PeerEnd, Tls
from tracereplay.judge.match import Match
from tracereplay.plan.cut import Cut
from tracereplay.plan.place import Named, read_place
from tracereplay.plan.way import Way
from tracereplay.show.printable import printable
from tracereplay.units import SECOND_NS, format_bytes, format_duration

_LABEL_WIDTH = 14

_LEAVINGS = {
    Way.FIN: "fin: closed",
    Way.RST: "rst: reset",
    Way.HALF: "half: closed for sending, still read",
    Way.STALL: "stall: silent, still open",
    Way.VANISH: "vanish: gone without a word, neither FIN nor RST",
}
_PEER_ENDS: dict[PeerEnd, str] = {
    "none": "none: the server had not closed when this ended",
    "fin": "fin: the server closed",
    "rst": "rst: the server reset the connection",
}
_ENDS: dict[Ended, str] = {
    "complete": "us, at the end of the plan",
    "cut": "us, at the cut",
    "peer": "the server",
    "timeout": "the timeout, or --max-time",
}


def report(outcome: Outcome, unopened: Sequence[int] = (), match: Match | None = None) -> Iterator[str]:
    """Yield the lines that tell what happened, and how it compares with the recording, if that was asked for.

    ``unopened`` are connections that the cut came before.
    """
    several = len(outcome.connections) + len(unopened) > 1
    for number, one in enumerate(outcome.connections):
        if number:
            yield ""
        name = f"connection {one.id} " if several else ""
        yield f"{printable(outcome.trace)} {name}=> {printable(one.target)}"
        for label, text in _rows(one):
            yield f"{label:<{_LABEL_WIDTH}}{text}"
    if unopened:
        yield ""
        for number in unopened:
            yield f"connection {number} was not opened: it comes after the cut on connection {outcome.main}"
    if match is not None:
        yield ""
        yield from match.lines()


def _rows(one: ConnectionOutcome) -> Iterator[tuple[str, str]]:
    if one.tls is not None:
        yield "tls", _tls(one.tls)
    if one.translated_from is not None:
        yield "translated", f"from HTTP/{one.translated_from[1]} to HTTP/1.1: these are not the bytes that curl sent"
    yield "sent", f"{one.handed:,} of {format_bytes(one.planned)}{_share(one.handed, one.planned)}"
    if one.cut is not None:
        yield "cut", _cut(one.cut, one.planned)
    yield "left by", _LEAVINGS[one.way] if one.left else "nothing: it was over before we could leave"
    yield "acknowledged", _acknowledged(one)
    if one.read is not None:
        yield "read", f"{format_bytes(one.read)}, by the program at the other end, when we left"
    for status in one.interim:
        yield "interim", f"{status} {_phrase(status)}".rstrip()
    if not one.answers:
        yield "answer", _without_answer(one)
    for answer in one.answers:
        yield "answer", _answer(answer)
    if one.surplus:
        what = "" if one.surplus_status is None else f": another answer, {one.surplus_status}"
        yield "surplus", f"{format_bytes(one.surplus)} that answer no request{what}"
    yield "peer", _PEER_ENDS[one.peer]
    yield "ended by", _ENDS[one.ended]
    yield "reaction", _reaction(one.reaction_seconds)
    yield "took", _time(one.seconds)
    if one.lateness is not None:
        yield "lateness", _lateness(one.lateness)


def _cut(cut: Cut, planned: int) -> str:
    if cut.spec == "now":
        return f"byte {cut.at:,}, when it was told to leave"
    place = read_place(cut.spec)
    of = "a mark in the trace" if isinstance(place.position, Named) else f"of {place.scope.words}"
    told = f"{printable(cut.spec)} ({printable(of)}) is byte"
    if cut.reads is not None:
        return f"{told} {cut.reads:,} of what is received"
    return f"{told} {cut.at:,}{_share(cut.at, planned)}"


def _tls(tls: Tls) -> str:
    end = f"; ended by {printable(tls.fault)}" if tls.fault else "; the server said its end" if tls.notified else ""
    return f"{tls.version}, {format_bytes(tls.wire)} of ciphertext sent{end}"


def _acknowledged(one: ConnectionOutcome) -> str:
    if one.acknowledged is None:
        return "not known here"
    if one.acknowledged >= one.handed:
        return f"{format_bytes(one.acknowledged)}, by the other end's kernel"
    why = ": the other end has no room for more" if one.window == 0 else ": the other end took no more of it"
    why = "" if one.peer == "rst" else why
    return f"{one.acknowledged:,} of {format_bytes(one.handed)} handed over{why}"


def _lateness(lateness: Lateness) -> str:
    median, p99, most = (format_duration(ns) for ns in (lateness.median_ns, lateness.p99_ns, lateness.max_ns))
    sends = f"{lateness.sends:,} send{'' if lateness.sends == 1 else 's'}"
    return f"{median} at the median, {p99} at 99 %, {most} at most, over {sends} with a time"


def _answer(answer: Answer) -> str:
    status = f"{answer.status} {printable(answer.reason)}".rstrip()
    how = "complete" if answer.complete else "incomplete"
    return f"{status}, body of {format_bytes(answer.body_bytes)}, {how}"


def _without_answer(one: ConnectionOutcome) -> str:
    return f"none in the {format_bytes(one.received)} that came" if one.received else "none"


def _reaction(seconds: float | None) -> str:
    return "none seen" if seconds is None else f"{_time(seconds)} after our last act"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _share(part: int, whole: int) -> str:
    """Return the share in brackets; never 100 % for less than all, nor 0 % for more than nothing."""
    if not whole:
        return ""
    percent = f"{part * 100 / whole:.1f}"
    if percent == "100.0" and part < whole:
        percent = "over 99.9"
    elif percent == "0.0" and part:
        percent = "under 0.1"
    return f" ({percent} %)"


def _time(seconds: float) -> str:
    return format_duration(round(seconds * SECOND_NS))
