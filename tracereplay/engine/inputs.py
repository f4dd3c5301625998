"""What happens to a Player. Its twin, ``actions``, is what it wants done."""

from dataclasses import dataclass

from tracereplay.plan.step import SETTLE_NS
from tracereplay.plan.way import Way


@dataclass(frozen=True, slots=True)
class Wrote:
    """The kernel took the first ``count`` bytes of a Write; 0 when it has no room."""

    count: int


@dataclass(frozen=True, slots=True)
class Moved:
    """The peer took more of what was sent before: something happens, if only slowly."""


@dataclass(frozen=True, slots=True)
class Received:
    """The peer sent ``data``."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PeerClosed:
    """The peer closed its sending side (FIN)."""


@dataclass(frozen=True, slots=True)
class PeerReset:
    """The peer reset the connection (RST)."""


@dataclass(frozen=True, slots=True)
class Drained:
    """The wait of a Drain is over; ``left`` bytes are still missing, None where that cannot be known."""

    left: int | None = 0


@dataclass(frozen=True, slots=True)
class Departed:
    """The act of a Depart is done."""


@dataclass(frozen=True, slots=True)
class LeaveNow:
    """Somebody wants the client to leave now, in this way; ``at_once`` without waiting for any acknowledgement."""

    way: Way
    hold_ns: int | None = None
    at_once: bool = False
    settle_ns: int = SETTLE_NS


@dataclass(frozen=True, slots=True)
class PauseNow:
    """Somebody wants nothing more to be sent until ResumeNow."""


@dataclass(frozen=True, slots=True)
class ResumeNow:
    """Somebody wants it to go on; what is still to come is as much later as the pause was long."""


Input = Wrote | Moved | Received | PeerClosed | PeerReset | Drained | Departed | LeaveNow | PauseNow | ResumeNow
