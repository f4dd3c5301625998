"""What a trace is read into: events (bytes that moved), information, marks, and lines that are none of these."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from tracereplay.trace.mark import Mark
from tracereplay.trace.payload import Payload


class Direction(Enum):
    """Which way the bytes went, seen from curl."""

    SENT = "sent"
    RECEIVED = "received"


class Kind(Enum):
    """What curl says the bytes are. ``TLS`` is a record of the handshake, never payload."""

    HEADER = "header"
    DATA = "data"
    TLS = "SSL data"


# The blank line after a 1xx, which curl to 8.6.0 leaves out; a blank line in two pieces, which it garbles to 8.4.0.
Restored = Literal["interim-end", "split-blank-line"]


@dataclass(frozen=True, slots=True)
class Ids:
    """The transfer and the connection an item belongs to, as ``--trace-ids`` shows them."""

    transfer: int
    connection: int | None


@dataclass(frozen=True, slots=True)
class Event:
    """Bytes that curl sent or received in one go.

    ``line`` is where its head stands in the trace, from 1. ``time_ns`` counts from the midnight before
    the trace began and never falls; None without ``--trace-time``. ``declared_bytes`` is the size in the
    head: the payload is shorter only when the trace is torn there. ``restored`` names what was put right where
    curl's trace is not the wire: then the payload is not what the trace shows. ``marks`` stand between the rows of
    its dump.
    """

    line: int
    time_ns: int | None
    ids: Ids | None
    direction: Direction
    kind: Kind
    payload: Payload
    declared_bytes: int
    restored: Restored | None = None
    marks: tuple[Mark, ...] = ()

    @property
    def is_torn(self) -> bool:
        """Whether the dump ends before the declared size."""
        return len(self.payload) < self.declared_bytes

    @property
    def is_payload(self) -> bool:
        """Whether these bytes are of the conversation itself, and not of the TLS handshake below it."""
        return self.kind is not Kind.TLS


@dataclass(frozen=True, slots=True)
class Info:
    """A line of information; ``text`` is raw, without prefix and line end.

    ``mark`` is what stands before it, ``== Info: `` to 8.16.0, and ``* `` from 8.17.0 on; ``end`` what ends it.
    """

    line: int
    time_ns: int | None
    ids: Ids | None
    text: bytes
    mark: bytes = field(default=b"== Info: ", compare=False)
    end: bytes = field(default=b"\n", compare=False)


@dataclass(frozen=True, slots=True)
class Stray:
    """Text that belongs to no item: other output of curl, a second line of information, damage.

    It may be a mark as well, for all that it says, where no mark can stand.
    """

    line: int
    text: bytes
    is_misplaced_mark: bool = False


Item = Event | Info | Mark | Stray
