"""A play of a sweep as a line of JSON: what ``sweep --format jsonl`` prints, and ``--resume`` reads.

Names are added within version 1, and never renamed, removed or given another meaning. Of two lines about the same play
the second counts.
"""

import json
from collections.abc import Iterable
from typing import cast, get_args

from tracereplay.engine.outcome import Ended, PeerEnd
from tracereplay.errors import PlanError
from tracereplay.judge import look
from tracereplay.judge.cell import Key
from tracereplay.judge.flaw import as_list, as_object, flaw, object_in
from tracereplay.judge.missing import Missing, What
from tracereplay.judge.seen import Seen, as_json, seen_of
from tracereplay.judge.verdict import Facts, Kind, Rule, Unheard, Verdict
from tracereplay.plan.way import Way, way_named

VERSION = 1

_DIGITS = 6


def line_of(trace: str, verdict: Verdict, sends: str) -> str:
    """Return the line about one play of the trace of this name; ``sends`` is the digest of what it sends as a whole."""
    facts = verdict.facts
    value = {
        "version": VERSION,
        "trace": trace,
        "sends": sends,
        "place": verdict.place,
        "spec": verdict.spec,
        "at": verdict.at,
        "how": verdict.how,
        "split": verdict.split,
        "missing": {"what": facts.missing.what, "bytes": facts.missing.bytes},
        "status": facts.status,
        "surplus_status": facts.surplus_status,
        "past_head": facts.is_past_head,
        "differs": list(facts.differs),
        "unheard": facts.unheard,
        "peer": facts.peer,
        "ended": facts.ended,
        "reaction_seconds": None if facts.seconds is None else round(facts.seconds, _DIGITS),
        "seen": None if facts.seen is None else as_json(facts.seen),
        "witnessed": facts.is_witnessed,
        "probes": [look.as_json(one) for one in facts.looks],
        "verdict": verdict.kind,
        "rule": verdict.rule,
        "why": verdict.why,
        "command": verdict.command,
    }
    return json.dumps(value, separators=(",", ":"))


def read_lines(lines: Iterable[str], name: str, trace: str, sends: str) -> dict[Key, Verdict]:
    """Return what stands in the ``lines`` of the file ``name``; one that is cut off at its end is left out.

    Raises PlanError for lines that are none, of another trace, or of one that sends something else.
    """
    found: dict[Key, Verdict] = {}
    for number, line in enumerate(lines, 1):
        if not line.endswith("\n"):
            break  # it was written when all was stopped
        if not line.strip():
            continue
        try:
            of_trace, of_bytes, verdict = _read(line)
        except (ValueError, TypeError, KeyError, PlanError) as fault:
            raise PlanError(
                f"{name}:{number}: this is not a line of a sweep: {flaw(fault)}",
                hint="--resume takes what an earlier run printed with --format jsonl",
            ) from None
        if of_trace != trace:
            raise PlanError(f"{name}:{number}: this is of a sweep of {of_trace}, and not of {trace}")
        if of_bytes not in (None, sends):
            raise PlanError(
                f"{name}:{number}: this is of a sweep that sent other bytes: {trace} or a file that goes into it has"
                " changed since",
                hint="make the sweep anew, without --resume",
            )
        if verdict.facts.is_reached:
            found[verdict.place, verdict.how, verdict.split] = verdict
    return found


def _read(line: str) -> tuple[str, str | None, Verdict]:
    value = object_in(line)
    if value["version"] != VERSION:
        raise ValueError(f"version {value['version']!r}")
    missing = as_object(value["missing"], "what is missing")
    seconds, at = value["reaction_seconds"], _count(value["at"])
    if at is None:
        raise TypeError("a place is at a byte")
    how, differs = _text(value["how"]), as_list(value.get("differs", []), "what differs")
    is_cut = not how.startswith("split ")
    facts = Facts(
        way_named(how) if is_cut else Way.FIN,
        Missing(cast("What", _one_of(What, missing["what"])), _count(missing["bytes"])),
        _count(value["status"]),
        _count(value["surplus_status"]),
        cast("PeerEnd | None", _one_of(PeerEnd, value["peer"], None)),
        cast("Ended | None", _one_of(Ended, value["ended"], None)),
        seconds if isinstance(seconds, float) else None,
        is_begun=at > 0,
        is_cut=is_cut,
        differs=tuple(map(_text, differs)),
        seen=_seen(value.get("seen")),
        is_witnessed=value.get("witnessed") is True,
        looks=_looks(value.get("probes", [])),
        is_past_head=value.get("past_head", True) is True,
        unheard=cast("Unheard | None", _one_of(Unheard, value.get("unheard"), None)),
    )
    verdict = Verdict(
        _text(value["place"]),
        _text(value["spec"]),
        at,
        facts,
        cast("Kind", _one_of(Kind, value["verdict"])),
        _text(value["why"]),
        cast("Rule | None", _one_of(Rule, value["rule"], None)),
        None if value["split"] is None else _text(value["split"]),
        None if value["command"] is None else _text(value["command"]),
    )
    return _text(value["trace"]), _text(value["sends"]) if "sends" in value else None, verdict


def _seen(value: object) -> Seen | None:
    return None if value is None else seen_of(as_object(value, "what was seen"))


def _looks(value: object) -> tuple[look.Look, ...]:
    return tuple(look.look_of(as_object(one, "what a probe saw")) for one in as_list(value, "what probes saw"))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | None):
        raise TypeError(f"{value!r} is no number")
    return value


def _one_of(literal: object, value: object, *others: None) -> object:
    names = [one for arg in get_args(literal) for one in (get_args(arg) or (arg,))]
    if value not in (*names, *others):
        raise ValueError(f"{value!r} is none of {', '.join(names)}")
    return value
