"""Sweeps made by hand."""

from collections.abc import Sequence

from tracereplay.engine.timeline import Moment, Timeline
from tracereplay.judge.finding import Sweep
from tracereplay.judge.missing import Missing
from tracereplay.judge.oracle import Terms, judge
from tracereplay.judge.verdict import Facts, Verdict
from tracereplay.plan.way import Way

MS = 1_000_000


def verdict(at: int, status: int | None = 200, way: Way = Way.HALF, *, total: int = 262, name: str = "") -> Verdict:
    """Return what is said of a play that was cut at this byte."""
    missing = Missing("body", total - at) if at < total else Missing("nothing")
    facts = Facts(way, missing, status if way.stays else None, None, "fin", "peer")
    kind, rule, why = judge(facts, Terms())
    spec = str(at)
    command = f"tracereplay play upload.txt --target 127.0.0.1:8000 --truncate {spec} --close {way.value}"
    return Verdict(name or spec, spec, at, facts, kind, why, rule, command=command, timeline=timeline(at, status, way))


def split(at: int, *, differs: tuple[str, ...] = ()) -> Verdict:
    """Return what is said of a whole request that was sent in two pieces."""
    facts = Facts(Way.FIN, Missing("nothing"), 200, None, "fin", "complete", is_cut=False, differs=differs)
    kind, rule, why = judge(facts, Terms())
    command = f"tracereplay play upload.txt --segments lockstep:at:{at}"
    return Verdict(str(at), str(at), at, facts, kind, why, rule, "2", command, timeline(262, 200, Way.HALF))


def timeline(at: int, status: int | None, way: Way) -> Timeline:
    """Return what happened in a play, in times that differ."""
    shift = at * 7919 % 1000 * 1000
    moments = [
        Moment("handed", 20_000 + shift, 20_000 + shift, at),
        Moment("acknowledged", 60_000 + shift, 90_000 + shift, at),
        Moment("left", 90_000 + shift, 90_000 + shift, how=way.value),
    ]
    if way.stays and status is not None:
        moments += [
            Moment("received", 3 * MS + 3 * shift, 3 * MS + 3 * shift, 157),
            Moment("status", 3 * MS + 3 * shift, 3 * MS + 3 * shift, status=status),
            Moment("peer", 4 * MS + 2 * shift, 4 * MS + 2 * shift, how="fin"),
        ]
    return Timeline(tuple(moments))


def sweep(verdicts: Sequence[Verdict], *, is_whole: bool = True, notes: tuple[str, ...] = ()) -> Sweep:
    """Return the sweep of these plays."""
    return Sweep("upload.txt", "127.0.0.1:8000", tuple(verdicts), 1.25, is_whole, notes)


def every_byte(total: int, statuses: Sequence[int | None] = (200,)) -> Sweep:
    """Return a sweep of each byte, left by fin, rst and half; the answers follow each other in turn."""
    return sweep(
        [
            verdict(at, statuses[at % len(statuses)], way, total=total)
            for way in (Way.FIN, Way.RST, Way.HALF)
            for at in range(1, total + 1)
        ]
    )
