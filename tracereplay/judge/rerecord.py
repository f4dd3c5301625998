"""A trace with the answers of today: what curl sent stays as it is, and what it received is that of a live play.

with Tape() as tape:
    outcome = play(trace.plan(), "127.0.0.1:8000", tape=tape)
    rerecord(outcome, tape)

Each piece stands where it came: behind the bytes that our kernel had taken by then. Its time is that of the recorded
event in whose place it is, so that the pace of the client stays. The new trace is read again before it replaces the
old one: it must hold what was sent, and what came, byte for byte as far as its form can show them. What is secret in an
answer is left out, as in any recording, before it reaches the file.
"""

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from tracereplay.engine.outcome import ConnectionOutcome, Outcome
from tracereplay.errors import PlanError, TraceError
from tracereplay.judge.live_secrets import COMMENT, agree_but_for_secrets, without_secrets
from tracereplay.judge.unrolled import Unrolled
from tracereplay.net.tape import Tape
from tracereplay.plan.plan import ConnectionPlan, Plan
from tracereplay.recorder.destination import draft, keep
from tracereplay.trace.convert import Conversion
from tracereplay.trace.event import Direction, Event, Item, Kind
from tracereplay.trace.file import is_gzip, packed
from tracereplay.trace.mark import Mark
from tracereplay.trace.payload import Payload
from tracereplay.trace.secret import USUAL, Names
from tracereplay.trace.trace import Trace
from tracereplay.trace.writer import write_items

_SHOWN = bytes(byte if 0x20 <= byte < 0x7F else ord(".") for byte in range(256))  # by --trace-ascii


def rerecord(outcome: Outcome, tape: Tape, to: Path | None = None, *, secret: Names | None = USUAL) -> Path:
    """Write the trace of ``outcome`` with what ``tape`` has kept; return where, which is its own file unless ``to``.

    What is ``secret`` in the answers, or was in the recorded ones, is an x for each byte. With None all of it is kept.
    A Trace that was loaded from there is not to be used any more. The file is replaced in one step, or not at all.
    Raises PlanError when the play was not whole, or not of the recording as it is; TraceError when the new trace would
    not tell the same; SystemFault when it cannot be written.
    """
    plan = _played(outcome)
    trace = plan.trace
    if to is None and trace.path != Path(trace.name):
        raise PlanError("what came through a pipe cannot be recorded anew", hint="write it to a file first")
    wanted = (to or trace.path).resolve()
    with draft(wanted.parent, wanted.name) as part:
        with part.open("wb") as stream, packed(stream, as_gzip=is_gzip(trace.path)) as text:
            text.writelines(rerecorded(outcome, tape, secret=secret))
        _verify(Trace.load(part), trace, tape)
        if wanted.exists():
            shutil.copymode(wanted, part)
        return keep(part, wanted, overwrite=True)


def rerecorded(outcome: Outcome, tape: Tape, *, secret: Names | None = USUAL) -> Iterator[bytes]:
    """Yield the text of the new trace, piece by piece. Raises as ``rerecord`` does."""
    plan = _played(outcome)
    trace = plan.trace
    form = Conversion.of(trace, trace.form, keeps_unknown=True)
    reels = {one.id: _Reel(one, tape) for one in plan.connections}
    items = _items(trace, reels)
    text = write_items(items, trace.form, line_end=form.line_end, shows_delete=form.shows_delete)
    return text if secret is None else without_secrets(text, trace, trace.form, secret)


def _played(outcome: Outcome) -> Plan:
    """Return the plan that was played whole. Raises PlanError when it was not, or was not the recording."""
    plan = outcome.plan
    if plan is None:
        raise PlanError("this outcome was made by hand: there is no recording of it")
    played = {one.id: one for one in outcome.connections}
    for one in plan.connections:
        if not one.speaks_http or one.translated_from is not None:
            raise PlanError(f"connection {one.id} is not HTTP/1: its answers cannot be recorded anew")
        if one.tunnel is not None:
            raise PlanError(
                f"connection {one.id} goes through a proxy: what that answers is not played, nor recorded anew"
            )
        if one.is_edited:
            raise PlanError("this play did not send what was recorded", hint="record anew without edits")
        if one.cut is not None or one.id not in played or not _is_whole(played[one.id], one):
            raise PlanError(
                f"connection {one.id} was not played and answered as a whole, and only that can be recorded anew",
                hint="play it without a cut, to a server that answers all of it",
            )
    return plan


def _is_whole(played: ConnectionOutcome, one: ConnectionPlan) -> bool:
    answers = [answer for answer in played.answers if answer.complete]
    is_sent = played.cut is None and played.handed == played.planned and played.ended != "timeout"
    return is_sent and len(answers) >= len(one.conversation.requests)


class _Reel:
    """What one connection received, to be put between what it sends. ``lines`` are recorded events to put it at."""

    def __init__(self, one: ConnectionPlan, tape: Tape) -> None:
        self.sent = 0
        self.lines = set(_last_before_each_send(one.events()))
        self._unrolled = Unrolled(one.conversation.requests)
        self._pieces = tape.pieces(one.id)
        self._next = next(self._pieces, None)

    def due(self, beside: Event, *, is_end: bool = False) -> Iterator[Event]:
        """Yield what had come by now, as events with the time and the ids of ``beside``."""
        while self._next is not None and (is_end or self._next[0] <= self.sent):
            for kind, data in self._unrolled.feed(self._next[1]):
                yield _received(kind, data, beside)
            self._next = next(self._pieces, None)
        if is_end:
            for kind, data in self._unrolled.finish():
                yield _received(kind, data, beside)


def _last_before_each_send(events: Iterable[Event]) -> Iterator[int]:
    """Yield the lines of received events behind which something is sent, or nothing comes any more."""
    last: Event | None = None
    for event in events:
        if event.direction is Direction.RECEIVED:
            last = event
        elif last is not None:
            yield last.line
            last = None
    if last is not None:
        yield last.line


def _received(kind: Kind, data: bytes, beside: Event) -> Event:
    return replace(
        beside,
        direction=Direction.RECEIVED,
        kind=kind,
        payload=Payload(data),
        declared_bytes=len(data),
        restored=None,
        marks=(),
    )


def _items(trace: Trace, reels: dict[int, _Reel]) -> Iterator[Item]:
    """Yield the items of the new trace. Those that are printed have the time of day, those that are placed a place."""
    latest: dict[int, Event] = {}
    marks: list[Mark] = []  # that stand before the next item
    for placed, item in zip(trace.items(), trace.printed(), strict=True):
        connection = None if placed.connection is None else placed.connection.id
        reel = reels.get(connection) if connection is not None else None
        if isinstance(item, Mark):
            marks.append(item)
            continue
        if reel is None or connection is None or not isinstance(item, Event) or not item.is_payload:
            yield from marks
            yield item
        else:
            latest[connection] = item
            if item.direction is Direction.SENT:
                yield from reel.due(item)
                yield from marks
                yield item
                reel.sent += len(item.payload)
            else:
                yield from (one for one in marks if not one.text.startswith(COMMENT))  # it was of what was received
                yield from (replace(mark, at=0) for mark in item.marks)
                if item.line in reel.lines:
                    yield from reel.due(item)
        marks.clear()
    for connection, item in latest.items():
        yield from reels[connection].due(item, is_end=True)
    yield from marks


def _verify(new: Trace, old: Trace, tape: Tape) -> None:
    """Raise TraceError when the new trace does not hold what was sent, and what was received."""
    for one in old.conversations:
        pieces = (data for _, data in tape.pieces(one.id))
        came = pieces if new.form == "hex" else (piece.translate(_SHOWN) for piece in pieces)
        received, sent, recorded = (
            _shown(new, one.id, Direction.RECEIVED),
            _shown(new, one.id, Direction.SENT),
            _shown(old, one.id, Direction.SENT),
        )
        if _digest(sent) != _digest(recorded) or not agree_but_for_secrets(received, came):
            raise TraceError(
                f"connection {one.id} would not read as it was played, so that it stays as it is",
                trace=old.name,
                hint="record it with curl: tracereplay record",
            )


def _shown(trace: Trace, connection: int, direction: Direction) -> Iterator[bytes]:
    """Yield what went in one direction, as a trace of this form can show it."""
    pieces = (event.payload.data for event in trace.events(connection) if event.direction is direction)
    return pieces if trace.form == "hex" else (piece.translate(_SHOWN) for piece in pieces)


def _digest(pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
