"""Answers that were recorded, answers that a live server gives, and the outcome that they come to."""

from dataclasses import replace
from pathlib import Path

from tests.cli.samples import RECEIVE_DATA, RECEIVE_HEADER, SEND_DATA, SEND_HEADER
from tests.show.outcomes import WHOLE
from tests.traces import make_trace
from tracereplay.engine.answers import AnswerReader
from tracereplay.engine.outcome import Outcome
from tracereplay.judge.match import Match
from tracereplay.library import Trace
from tracereplay.plan.plan import Plan
from tracereplay.plan.step import Opening

REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: then\r\nContent-Length: %d\r\n\r\n"
JSON_HEAD = HEAD.replace(b"text/plain", b"application/json")


def message(body: bytes, head: bytes = HEAD) -> bytes:
    return head % len(body) + body


def recorded(folder: Path, *answers: bytes, form: str = "hex", request: bytes = REQUEST) -> Trace:
    """Return a trace of as many uploads on one connection as there are answers."""
    events: list[tuple[str, bytes] | str] = []
    for answer in answers:
        events += [(SEND_HEADER, request), (SEND_DATA, b"ab")]
        head, _, body = answer.partition(b"\r\n\r\n")
        events += [(RECEIVE_HEADER, line + b"\r\n") for line in head.split(b"\r\n")] + [(RECEIVE_HEADER, b"\r\n")]
        events += [(RECEIVE_DATA, body[at : at + 10_000]) for at in range(0, len(body), 10_000)]
    return make_trace(folder, events, form=form)


def played(trace: Trace, live: bytes, *, closes: bool = False, plan: Plan | None = None) -> Outcome:
    """Return the outcome of a play in which the server answers ``live``."""
    plan = plan or trace.plan()
    reader = AnswerReader()
    for request in trace.conversations[0].requests:
        reader.open(Opening(request.method))
    for at in range(0, len(live), 7_000):
        reader.feed(live[at : at + 7_000])
    if closes:
        reader.close()
    one = replace(
        WHOLE,
        interim=tuple(reader.interim),
        answers=tuple(reader.answers),
        surplus=reader.surplus,
        peer="none",
        ended="complete",
    )
    return Outcome(trace.name, (one,), 0, plan)


def lines(match: Match) -> list[str]:
    return str(match).split("\n")
