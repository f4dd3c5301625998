"""The ways of leaving: one small file each, with the same two functions.

    leave(link)      the last act: what the peer sees of the going
    release(link)    what is done when all is over, after a stay or at once

Before ``leave`` the driver has waited until the peer's kernel acknowledged everything that was sent, or until
the deadline, and has read what had arrived. How to add a way: docs/architecture.md.
"""

from typing import Protocol

from tracereplay.net.leaving import fin, half, rst, stall, vanish
from tracereplay.net.link import Link
from tracereplay.plan.way import Way


class Leaving(Protocol):
    """What the file of a way consists of."""

    def leave(self, link: Link, /) -> None:
        """Do the last act."""

    def release(self, link: Link, /) -> None:
        """End what is left of the connection."""


LEAVINGS: dict[Way, Leaving] = {Way.FIN: fin, Way.RST: rst, Way.HALF: half, Way.STALL: stall, Way.VANISH: vanish}
