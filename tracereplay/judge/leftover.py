"""Whether a second answer to a message cut short is about that message, and not about what is left of it."""

from collections.abc import Callable, Iterable

from tracereplay.judge.cell import Cell
from tracereplay.judge.missing import missing_at
from tracereplay.judge.verdict import Verdict
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.cuts import NamedPlace
from tracereplay.plan.way import Way


def is_answered_once(
    verdicts: Iterable[Verdict], connection: ConnectionPlan, play: Callable[[Cell], Verdict | None]
) -> bool:
    """Return whether the messages that were cut, and answered twice, are answered once where nothing is missing.

    Each is played by ``play`` up to its end, after which the client says that it has ended, as after a cut. A server
    that takes the rest of a body for a request does so with a whole one, too.
    """
    requests = connection.conversation.requests
    cut = [one for one in verdicts if one.rule == "leftover-as-request" and one.facts.missing.is_cut]
    ends = sorted({requests[missing_at(requests, one.at)[0]].end for one in cut})
    controls = [play(Cell(NamedPlace(str(end), str(end), end), Way.HALF)) for end in ends]
    return bool(controls) and all(
        one is not None and one.facts.status is not None and one.facts.surplus_status is None for one in controls
    )
