"""What many plays came to: how often each kind of end, and how the times are spread. Constant memory."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from tracereplay.engine.outcome import ConnectionOutcome, Ended, PeerEnd
from tracereplay.engine.spread import Spread
from tracereplay.plan.way import Way
from tracereplay.units import SECOND_NS


@dataclass(frozen=True, slots=True)
class Kind:
    """What plays have in common: how they were left (None: they were not), how the peer left, and the last status."""

    ended: Ended
    left: Way | None
    peer: PeerEnd
    status: int | None


class Distribution:
    """Adds up the main connections of many plays.

    ``unreached`` counts the reasons for which there was no connection. ``kinds`` counts the others. ``unfinished`` are
    those that were ended while they were under way; of the other numbers only ``handed`` and ``received`` count them.
    ``exact`` are those of which the peer's kernel acknowledged every byte that was handed over, ``unknown`` those of
    which that is not known. ``seconds`` and ``reactions`` are in nanoseconds.
    """

    def __init__(self) -> None:
        self.plays = 0
        self.unfinished = 0
        self.unreached: Counter[str] = Counter()
        self.kinds: Counter[Kind] = Counter()
        self.handed = 0
        self.received = 0
        self.exactness: Counter[Literal["exact", "short", "unknown"]] = Counter()
        self.seconds = Spread()
        self.reactions = Spread()

    def add(self, one: ConnectionOutcome) -> None:
        """Count what happened on one connection."""
        self.plays += 1
        status = one.answer.status if one.answer else None
        self.kinds[Kind(one.ended, one.way if one.left else None, one.peer, status)] += 1
        self.handed += one.handed
        self.received += one.received
        if one.acknowledged is None:
            self.exactness["unknown"] += 1
        else:
            self.exactness["exact" if one.acknowledged == one.handed else "short"] += 1
        self.seconds.add(round(one.seconds * SECOND_NS))
        if one.reaction_seconds is not None:
            self.reactions.add(round(one.reaction_seconds * SECOND_NS))

    def add_unreached(self, reason: str) -> None:
        """Count a play that never got a connection."""
        self.plays += 1
        self.unreached[reason] += 1

    def add_unfinished(self, one: ConnectionOutcome | None) -> None:
        """Count a play that was ended while it was under way, and what was sent until then, if it was connected."""
        self.unfinished += 1
        if one is not None:
            self.handed += one.handed
            self.received += one.received
