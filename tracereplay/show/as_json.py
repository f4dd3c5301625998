"""Traces and outcomes as JSON: a contract that scripts rely on, one object and nothing around it.

Fields are added within version 1, and never renamed, removed or given another meaning.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from tracereplay.trace.conversation import Conversation, Tally
from tracereplay.trace.trace import Trace
from tracereplay.units import SECOND_NS

if TYPE_CHECKING:
    from tracereplay.engine.lateness import Lateness
    from tracereplay.engine.outcome import Answer, ConnectionOutcome, Outcome
    from tracereplay.engine.timeline import Moment, Timeline
    from tracereplay.judge.match import Match
    from tracereplay.plan.cut import Cut
    from tracereplay.plan.way import Way

VERSION = 1

_SECONDS_DIGITS = 6


def outcome_as_json(outcome: "Outcome", match: "Match | None" = None) -> str:
    """Return what happened as the JSON of ``tracereplay play --format json``, with ``match`` that of ``--check``."""
    return _text(
        {
            "version": VERSION,
            "trace": outcome.trace,
            "connections": [_connection_outcome(one) for one in outcome.connections],
            "check": None if match is None else _check(match),
        }
    )


def _check(match: "Match") -> dict[str, object]:
    return {
        "matches": bool(match),
        "answers": match.answers,
        "differences": [asdict(one) | {"lines": list(one.lines)} for one in match.differences],
        "ignored": list(match.ignored),
        "unknown": match.unknown,
        "notes": list(match.notes),
    }


def trace_as_json(trace: Trace) -> Iterator[str]:
    """Yield what is in a trace as the JSON of ``tracereplay show --format json``, in pieces.

    In pieces, for a trace may have millions of unknown ranges.
    """
    frame = {"version": VERSION, "trace": trace.name, "form": trace.form, "timed": trace.is_timed}
    yield _text(frame).removesuffix("}") + ',"connections":['
    for number, conversation in enumerate(trace.conversations):
        yield "," if number else ""
        yield from _conversation(conversation)
    warnings = [{"line": warning.line, "code": warning.code, "message": warning.message} for warning in trace.warnings]
    yield f'],"warnings":{_text(warnings)}}}'


def _conversation(one: Conversation) -> Iterator[str]:
    head = {"id": one.id, "host": one.host, "port": one.port, "tls": one.tls, "protocol": one.protocol}
    yield _text(head).removesuffix("}") + ',"sent":'
    yield from _tally(one.sent)
    yield ',"received":'
    yield from _tally(one.received)
    yield f',"seconds":{_text(_seconds(one.seconds))}}}'


def _tally(tally: Tally) -> Iterator[str]:
    yield f'{{"bytes":{tally.bytes},"unknown":['
    for number, (start, end) in enumerate(tally.unknown):
        yield f"{',' if number else ''}[{start},{end}]"
    yield f'],"inferred":{tally.inferred},"events":{tally.events}}}'


def _connection_outcome(one: "ConnectionOutcome") -> dict[str, object]:
    return {
        "id": one.id,
        "target": one.target,
        "translated_from": one.translated_from,
        "tls": None if one.tls is None else asdict(one.tls),
        "planned": one.planned,
        "cut": None if one.cut is None else _cut(one.cut, one.way),
        "handed": one.handed,
        "acknowledged": one.acknowledged,
        "read": one.read,
        "window": one.window,
        "received": one.received,
        "interim": list(one.interim),
        "surplus": one.surplus,
        "surplus_status": one.surplus_status,
        "answers": [_answer(answer) for answer in one.answers],
        "peer": one.peer,
        "ended": one.ended,
        "seconds": _seconds(one.seconds),
        "reaction_seconds": _seconds(one.reaction_seconds),
        "lateness": None if one.lateness is None else _lateness(one.lateness),
        "timeline": _timeline(one.timeline),
    }


def _cut(cut: "Cut", way: "Way") -> dict[str, object]:
    return {"spec": cut.spec, "at": cut.at, "reads": cut.reads, "how": way.value}


def _timeline(timeline: "Timeline") -> dict[str, object]:
    return {"moments": [_moment(one) for one in timeline], "left_out": timeline.left_out}


def _moment(moment: "Moment") -> dict[str, object]:
    return {
        "seconds": _seconds(moment.start_ns / SECOND_NS),
        "until": _seconds(moment.end_ns / SECOND_NS),
        "what": moment.what,
        "bytes": moment.bytes,
        "status": moment.status,
        "how": moment.how,
    }


def _lateness(lateness: "Lateness") -> dict[str, object]:
    seconds = {"median": lateness.median_ns, "p99": lateness.p99_ns, "max": lateness.max_ns}
    return {"sends": lateness.sends} | {name: _seconds(ns / SECOND_NS) for name, ns in seconds.items()}


def _answer(answer: "Answer") -> dict[str, object]:
    return {
        "status": answer.status,
        "reason": answer.reason,
        "headers": [list(header) for header in answer.headers],
        "body_bytes": answer.body_bytes,
        "complete": answer.complete,
    }


def _seconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, _SECONDS_DIGITS)


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
