"""Many plays of a trace, a few or thousands at a time, and what they came to."""

import itertools
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tracereplay.cli.door import put
from tracereplay.cli.interrupt import interrupts_noted
from tracereplay.cli.options import Format
from tracereplay.engine.distribution import Distribution
from tracereplay.errors import PlanError
from tracereplay.net.many import Played, play_many
from tracereplay.net.network import Network
from tracereplay.net.route import routes_of
from tracereplay.net.target import read_target
from tracereplay.show.distribution import Crowd, crowd_as_json, report_crowd

if TYPE_CHECKING:
    from tracereplay.library import Plan


def play_crowd(
    plans: Sequence["Plan"],
    count: int,
    target: str | None,
    *,
    parallel: int,
    timeout: str,
    network: "Network | None" = None,
    format_: Format,
    is_shown: bool,
) -> None:
    """Play ``plans``, taking turns, ``count`` times in all, and print what that came to.

    After Ctrl-C what has ended by then is printed, and how many were under way, and KeyboardInterrupt raised.
    """
    began = time.monotonic()
    counted = Distribution()
    turns = itertools.islice(itertools.cycle(plans), count)
    reached: str | None = None
    with interrupts_noted() as interrupted:
        for played in play_many(
            turns, target, parallel=parallel, timeout=timeout, network=network or Network(), stop=interrupted
        ):
            reached = _count(counted, played) or reached
            if is_shown and sys.stderr.isatty():
                print(f"\r{counted.plays:,} of {count:,} plays", end="", file=sys.stderr, flush=True)
    if is_shown and sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    where = reached or _planned_target(plans[0], target, network or Network())
    crowd = Crowd(plans[0].trace.name, where, count, parallel, time.monotonic() - began, counted)
    put([crowd_as_json(crowd)] if format_ is Format.JSON else report_crowd(crowd))
    if interrupted.is_set():
        raise KeyboardInterrupt


def _planned_target(plan: "Plan", target: str | None, network: Network) -> str | None:
    """Return where the main connection would have been played, None where that cannot be told any more."""
    try:
        named = None if target is None else read_target(target)
        return str(routes_of((plan.main_connection,), named, network)[plan.main].target)
    except PlanError:
        return None


def _count(counted: Distribution, played: Played) -> str | None:
    """Count one play; return the target that it reached, if it did."""
    one = None if played.outcome is None else played.outcome.connection
    if played.error is not None:
        counted.add_unreached(played.error.message)
    elif played.is_unfinished:
        counted.add_unfinished(one)
    elif one is not None:
        counted.add(one)
    return None if one is None else one.target
