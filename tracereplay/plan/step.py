"""What a client shall do, one thing after the other: a plan is an iterator of these."""

from dataclasses import dataclass
from enum import Enum

from tracereplay.plan.way import Way

SETTLE_NS = 300_000_000


class Awaited(Enum):
    """What the client waits for."""

    CONTINUE = "100 Continue"
    ANSWER = "the answer"
    LINES = "lines"  #: a number of lines, in protocols other than HTTP
    BYTES = "bytes"  #: a number of bytes, where not even lines are known
    ALL_READ = "all that is read"  #: as many bytes as a Read allows


@dataclass(frozen=True, slots=True)
class Opening:
    """A request begins: what a reader of the answer must know of it."""

    method: str
    upgrades: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes to send in one write, ``at_ns`` after the last wait ended (or the connection was there)."""

    data: bytes
    at_ns: int = 0
    opening: Opening | None = None


@dataclass(frozen=True, slots=True)
class Expect:
    """Wait for the peer; ``patience_ns`` ends the wait without a fault, as curl's own does for 100 Continue.

    ``count`` more answers, lines or bytes than were waited for before.
    """

    awaited: Awaited
    count: int = 1
    patience_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Do nothing for ``duration_ns``; all that follows is that much later."""

    duration_ns: int


@dataclass(frozen=True, slots=True)
class Read:
    """Read no more than ``most_bytes`` on the whole connection, until it is left by a way that reads on."""

    most_bytes: int


@dataclass(frozen=True, slots=True)
class Settle:
    """Wait until the peer's application has read all that was sent."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Go away; ``hold_ns`` bounds how long a client that stays does so, None leaves it to the peer.

    A way that makes the peer throw away what it has not read waits until it has, for ``settle_ns`` without progress.
    """

    way: Way
    hold_ns: int | None = None
    is_cut: bool = False
    settle_ns: int = SETTLE_NS


Step = Send | Expect | Pause | Read | Settle | Leave
