"""Judges the cuts of a sweep once more, by what the application saw of each."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace

from tracereplay.errors import PlanError
from tracereplay.judge.cell import rejudged
from tracereplay.judge.oracle import Terms
from tracereplay.judge.verdict import Verdict
from tracereplay.judge.witnessed import Witness


def as_seen(
    verdicts: Mapping[int, Verdict], witness: Witness, terms: Terms, stop: threading.Event, *, is_over: bool = False
) -> Iterator[tuple[int, Verdict]]:
    """Yield the verdicts of all cuts, judged once more where the application saw something.

    Waits until it is done with those who have left, or has had its time. When ``stop`` ends that, or the sweep
    ``is_over`` before its end, only those that it is done with. So it is where lines are missing, and
    PlanError is raised then.
    """
    fault = None
    gone = [one.facts.sent for one in verdicts.values() if not one.facts.hears]
    try:
        if is_over:
            witness.look(only_expected=True)
        else:
            witness.wait([sent for sent in gone if sent is not None], terms.within, stop)
            if not stop.is_set():
                witness.refuse_gone_blind()
    except PlanError as error:
        fault = error
    has_had_time = not (is_over or stop.is_set() or fault)
    for place, verdict in sorted(verdicts.items()):
        facts = verdict.facts
        if not facts.is_cut or facts.is_witnessed:
            continue
        seen = None if facts.sent is None else witness.of(facts.sent)
        if seen is not None and (seen.is_over or (has_had_time and not verdict.way.stays)):
            yield place, rejudged(replace(verdict, facts=replace(facts, seen=seen, is_witnessed=True)), terms)
        elif has_had_time:
            yield place, replace(verdict, facts=replace(facts, is_witnessed=True))
    if fault is not None:
        raise fault
