"""One connection to a peer, as the driver sees it: what every transport must do."""

from typing import Protocol


class PeerResetError(Exception):
    """The peer reset the connection, or it broke: nothing can be sent any more."""


class Link(Protocol):
    """A connected, non-blocking byte stream.

    After ``PeerResetError`` from ``write`` what had arrived before can still be read.
    """

    target: str

    def write(self, data: bytes) -> int:
        """Hand ``data`` to the kernel; return how many bytes it took, 0 when it has no room."""

    def read(self) -> bytes | None:
        """Return what has arrived, ``b""`` once the peer has closed its side, None when nothing is there."""

    def wait(self, until_ns: int, *, for_room: bool = False) -> None:
        """Return when there is something to read (or room to write), or at ``until_ns``."""

    def wake(self) -> None:
        """End a ``wait`` that is under way, from another thread."""

    def acknowledged(self) -> int | None:
        """Return how many bytes the peer's kernel has acknowledged, None where that is not known."""

    def shut(self) -> None:
        """Close the sending side: the peer sees the end, and can still answer."""

    def close(self) -> None:
        """Close both sides. Bytes that were not read make the system send a reset in place of a FIN."""

    def abort(self) -> None:
        """Reset the connection at once."""
