"""How a sweep is played, as a value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tracereplay.judge.baseline import Accepted
from tracereplay.judge.cell import Cell
from tracereplay.judge.look import Watch
from tracereplay.judge.oracle import Terms
from tracereplay.judge.witnessed import Witness
from tracereplay.net.network import Network
from tracereplay.plan.echo import Discretion
from tracereplay.plan.plan import Plan

PARALLEL = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How a sweep is played: ``whole`` is the plan without a cut, ``plan_of`` and ``command_of`` those of one cell.

    With a ``watch`` one play at a time, for what a probe sees must be of one play. What is ``known`` is secret, and not
    told where a server tells it. The ``notes`` are what is to be known before, in sentences.
    """

    whole: Plan
    plan_of: Callable[[Cell], Plan]
    command_of: Callable[[Cell], str | None]
    target: str | None = None
    network: Network = field(default_factory=Network)
    terms: Terms = field(default_factory=Terms)
    parallel: int = PARALLEL
    accepted: Accepted = field(default_factory=Accepted)
    witness: Witness | None = None
    watch: Watch | None = None
    known: Discretion = field(default_factory=Discretion)
    notes: Sequence[str] = ()

    @property
    def at_once(self) -> int:
        """How many plays go on at a time."""
        return self.parallel if self.watch is None else 1
