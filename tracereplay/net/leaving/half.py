"""``half``: the client closes its sending side and stays to read, as ``nc -N`` and many RPC clients do.

Laws: the peer sees the same end of the stream as with ``fin``; it differs only in that its answer is
still read. So this is the one way in which a client that left early learns what the server made of it.
System calls: shutdown(SHUT_WR), recv() until the end, close().
"""

from tracereplay.net.leaving import fin
from tracereplay.net.link import Link


def leave(link: Link, /) -> None:
    """Close the sending side."""
    link.shut()


def release(link: Link, /) -> None:
    """Close what is left."""
    fin.leave(link)
