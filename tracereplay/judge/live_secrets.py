"""Live answers without their secrets: what is secret in a recording is so when its answers are recorded anew."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from tracereplay.engine.outcome import Answer, Outcome
from tracereplay.judge.recorded import RecordedAnswer, Recording
from tracereplay.plan.echo import Discretion, contents
from tracereplay.plan.plan import Plan
from tracereplay.plan.splice import Splice
from tracereplay.trace.body_secret import BodyNames, field_of
from tracereplay.trace.discreet import secrets_of_option
from tracereplay.trace.event import Event
from tracereplay.trace.mark import Mark
from tracereplay.trace.reader import Form
from tracereplay.trace.redact import Redaction
from tracereplay.trace.secret import FILLER, Names
from tracereplay.trace.trace import Trace

COMMENT = b"# redacted "
_NAMES = re.compile(r"# redacted (.+)|#: redacted (\S+)")


class Text:
    """Pieces of a text, as a stream."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = b""

    def read(self, count: int, /) -> bytes:
        """Return the next bytes, at most so many; none at the end."""
        while not self._rest and (piece := next(self._pieces, None)) is not None:
            self._rest = piece
        data, self._rest = self._rest[:count], self._rest[count:]
        return data


def without_secrets(pieces: Iterable[bytes], trace: Trace, form: Form, secret: Names) -> Iterator[bytes]:
    """Yield the text of a trace without what is ``secret`` in its answers, and without what was so in ``trace``."""
    redacted = list(_redacted(trace))
    keys = [name.removeprefix("query.") for name in redacted]
    fields = [field for name in redacted if (field := field_of(name)) is not None]
    names = Names((*secret.more, *(key for key in keys if "." not in key and key != "user")), secret.allowed)
    in_bodies = BodyNames(tuple(fields)) if fields else None
    yield from Redaction(names, in_bodies, in_what_is_sent=False).text(Text(pieces), form)


def _redacted(trace: Trace) -> Iterator[str]:
    """Yield the names of what was redacted in a trace, as marks and comments tell them, each once."""
    found: dict[str, None] = {}
    for item in trace.printed():
        marks = item.marks if isinstance(item, Event) else (item,) if isinstance(item, Mark) else ()
        for mark in marks:
            names = _NAMES.match(mark.text.decode("latin-1").rstrip())
            if names:
                found |= dict.fromkeys(names[2].split() if names[2] else names[1].split(", "))
    yield from found


def agree_but_for_secrets(kept: Iterable[bytes], came: Iterable[bytes]) -> bool:
    """Return whether what is ``kept`` is what ``came``, or filler in the place of it."""
    streams = Text(kept), Text(came)
    while True:
        one, other = (stream.read(1 << 16) for stream in streams)
        while one and other and len(one) != len(other):
            shorter, stream = (one, streams[0]) if len(one) < len(other) else (other, streams[1])
            more = stream.read(abs(len(one) - len(other)))
            if not more:
                return False
            one, other = (one + more, other) if shorter is one else (one, other + more)
        if one != other and (
            len(one) != len(other) or any(a not in (b, FILLER[0]) for a, b in zip(one, other, strict=True))
        ):
            return False
        if not one:
            return True


def without_echoes(outcome: Outcome) -> Outcome:
    """Return the outcome with x's in its answers for the live secrets that a server has put there."""
    return without(Discretion(contents(live_in(outcome.plan))), outcome)


def without(known: Discretion, outcome: Outcome) -> Outcome:
    """Return the outcome with x's in its answers for the secrets that are ``known``."""
    if not known:
        return outcome
    connections = (
        replace(one, answers=tuple(_without(known, answer) for answer in one.answers)) for one in outcome.connections
    )
    return replace(outcome, connections=tuple(connections))


def recorded_without(live: Sequence[Splice], recording: Recording) -> Recording:
    """Return the recording with x's for the same secrets, so that it compares with such an outcome."""
    if not live:
        return recording
    known = Discretion(contents(live))
    answers = (RecordedAnswer(_without(known, one.answer), _without(known, one.shadow)) for one in recording.answers)
    return replace(recording, answers=tuple(answers))


def live_in(plan: Plan | None) -> list[Splice]:
    """Return the live secrets that a plan sends, to the proxy as well."""
    connections = () if plan is None else plan.connections
    return [splice for one in connections for splice in (*one.live, *(one.tunnel.live if one.tunnel else ()))]


def secrets_in(plan: Plan | None, given: Mapping[str, object]) -> Iterator[bytes]:
    """Yield the live secrets that a plan sends, and those in the options of ``play`` that were ``given``."""
    yield from contents(live_in(plan))
    for name, value in given.items():
        for one in value if isinstance(value, tuple) else (value,):
            yield from secrets_of_option(name, str(one))


def _without(known: Discretion, answer: Answer) -> Answer:
    """Return an answer with x's for what is known; its digest is that of all that came."""
    return replace(
        answer,
        reason=known.masked(answer.reason),
        headers=tuple((known.masked(name), known.masked(value)) for name, value in answer.headers),
        body=known.masked_bytes(answer.body),
    )
