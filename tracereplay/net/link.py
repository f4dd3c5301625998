"""One connection to a peer, as a session sees it: what every transport must do."""

from dataclasses import dataclass
from typing import Protocol


class PeerResetError(Exception):
    """The peer reset the connection, or it broke: nothing can be sent any more."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far what we sent has come, in bytes of payload; None where that cannot be known.

    ``acknowledged`` by the peer's kernel, ``read`` by its application; ``window`` is how much more the
    peer's kernel is ready to take.
    """

    acknowledged: int | None = None
    read: int | None = None
    window: int | None = None


class Link(Protocol):
    """A connected, non-blocking byte stream.

    ``ends_in_order`` says whether a protocol that has a word for the end says it: a client that goes away half-way
    does not. ``ports`` are our own and the peer's, None without. ``appetite`` is how many bytes may still be read,
    None without a limit. After ``PeerResetError`` from ``write`` what had arrived before can still be read.
    """

    target: str
    ports: tuple[int, int] | None
    ends_in_order: bool
    appetite: int | None

    def fileno(self) -> int:
        """Return the descriptor to wait on."""

    @property
    def is_ended(self) -> bool:
        """Whether the peer has closed its side, so that no more input is to be waited for."""

    @property
    def is_spent(self) -> bool:
        """Whether as much was sent as may be: it is time to leave."""

    def write(self, data: bytes | memoryview) -> int:
        """Hand ``data`` to the kernel; return how many bytes it took, 0 when it has no room: then offer them again."""

    def read(self) -> bytes | None:
        """Return what has arrived, ``b""`` once the peer has closed its side, None when nothing is there."""

    def unacknowledged(self) -> int | None:
        """Return how many bytes of what left the peer's kernel has not acknowledged, None where that is not known.

        They are those of the wire: 0 says that all is there, and any other number only that something is not.
        """

    def unread(self) -> int | None:
        """Return how many bytes of what left the peer's application has not read, None where that is not known.

        They are those of the wire, too.
        """

    def reach(self) -> Reach:
        """Return how far all that was sent has come; after a close, how far it had."""

    def shut(self) -> None:
        """Close the sending side: the peer sees the end, and can still answer."""

    def close(self) -> None:
        """Close both sides. Bytes that were not read make the system send a reset in place of a FIN."""

    def abort(self) -> None:
        """Reset the connection at once."""

    def vanish(self) -> None:
        """Be gone without a word: from now on nothing leaves, and nothing is let in. Raises SystemFault."""
