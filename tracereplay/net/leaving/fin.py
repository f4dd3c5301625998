"""``fin``: the client closes the connection, as every program does that ends, is stopped, or is killed.

Laws: the sending side is closed first, so that a FIN leaves whatever comes; then what has arrived is read,
for a close with unread bytes in the receive queue makes the system send a reset. The peer reads all bytes and
then the end. Only when it writes does it learn that nobody reads any more.
A peer that never stops sending is not read for ever: then the system does send a reset.
System calls: shutdown(SHUT_WR), recv() until empty, close().
"""

import contextlib

from tracereplay.net.link import Link, PeerResetError

_MOST_READS = 1024


def leave(link: Link, /) -> None:
    """Close the connection with a FIN."""
    link.shut()
    read_what_is_there(link)
    link.close()


def release(link: Link, /) -> None:
    """Do nothing: it is closed."""
    link.close()


def read_what_is_there(link: Link) -> None:
    """Read until nothing is left, or the peer has gone; but not for ever from a peer that never stops."""
    with contextlib.suppress(PeerResetError):  # it was faster: nothing is left to be done in order
        for _ in range(_MOST_READS):
            if not link.read():
                break
