"""What did happen: numbers that each say what they count."""

from dataclasses import dataclass
from typing import Literal

from tracereplay.engine.lateness import Lateness
from tracereplay.plan.plan import Cut
from tracereplay.plan.way import Way

PeerEnd = Literal["none", "fin", "rst"]
Ended = Literal["complete", "cut", "peer", "timeout"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A response of the server, as far as it came.

    ``body_bytes`` counts the content, without chunk framing; ``body`` is the first 64 KiB of it.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body_bytes: int = 0
    body: bytes = b""
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Tls:
    """What TLS has to say of a connection, all of whose other numbers are plaintext.

    ``wire``: bytes of ciphertext that our kernel took, in records that carry what the connection sends; those of the
    handshake and of the end are not in it. ``notified``: whether the peer ended by a close_notify. ``fault``: the alert
    of the peer, or what it did wrong, that ended TLS; None without.
    """

    version: str
    wire: int
    notified: bool
    fault: str | None


@dataclass(frozen=True, slots=True)
class ConnectionOutcome:
    """What happened on one connection; all bytes are payload.

    ``planned``: what the whole plan sends. ``way`` and ``left``: how we leave, and whether it came to that.
    ``handed``: taken by our kernel. ``acknowledged``: confirmed by the peer's kernel, None where that cannot be known;
    it does not say that the application has read them. ``read``: read by the peer's application when we left, and
    ``window``: how many more bytes its kernel was ready to take at the end, None where that cannot be known.
    ``received``: bytes from the peer. ``interim``: the 1xx statuses before the answers. ``peer``: how the other side
    left. ``ended``: who ended it: we by the plan's end (``complete``) or by its cut (``cut``), the peer before us, or
    nobody within the timeout. ``reaction_seconds``: from our last act to the peer's first after it; None when there
    was none to be seen, as after a close. ``lateness``: of the sends that had a time of their own, None without any.
    ``translated_from``: ``h2`` or ``h3`` when what was sent is a translation of that to HTTP/1.1, and not the
    recording. ``tls``: how it was inside TLS, None for a connection without.
    """

    id: int
    target: str
    planned: int
    cut: Cut | None
    way: Way
    left: bool
    handed: int
    acknowledged: int | None
    received: int
    interim: tuple[int, ...]
    answers: tuple[Answer, ...]
    peer: PeerEnd
    ended: Ended
    seconds: float
    reaction_seconds: float | None
    read: int | None = None
    window: int | None = None
    lateness: Lateness | None = None
    translated_from: str | None = None
    tls: Tls | None = None

    @property
    def answer(self) -> Answer | None:
        """The last answer, None when there was none."""
        return self.answers[-1] if self.answers else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened on all the connections that were opened; ``main`` is the one that the edits were for."""

    trace: str
    connections: tuple[ConnectionOutcome, ...]
    main: int

    @property
    def connection(self) -> ConnectionOutcome:
        """The main connection."""
        return next(one for one in self.connections if one.id == self.main)

    @property
    def answer(self) -> Answer | None:
        """The last answer on the main connection, None when there was none."""
        return self.connection.answer
