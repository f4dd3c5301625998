"""``stall``: the client stays and is silent, as one does that hangs, or whose user walked into a lift.

Laws: nothing is sent, and nothing closed; our kernel goes on to acknowledge and to answer keepalives, so that
the peer has no means to tell that nobody is there but its own clock. When the stay is over the connection is
closed with a FIN.
System calls: none; then as ``fin``.
"""

from tracereplay.net.leaving import fin
from tracereplay.net.link import Link


def leave(link: Link, /) -> None:
    """Do nothing: that is the point."""


def release(link: Link, /) -> None:
    """Close the connection."""
    fin.leave(link)
