"""``fin``: the client closes the connection, as every program does that ends, is stopped, or is killed.

Laws: the sending side is closed first, so that a FIN leaves whatever comes; then what has arrived is read,
for a close with unread bytes in the receive queue makes the system send a reset. The peer reads all bytes and
then the end. Only when it writes does it learn that nobody reads any more.
A peer that never stops sending is not read for ever: then the system does send a reset.
System calls: shutdown(SHUT_WR), recv() until empty, close().
"""

from tracereplay.net.link import Link, PeerResetError

_MOST_READS = 1024


def leave(link: Link, /) -> None:
    """Close the connection with a FIN."""
    link.shut()
    try:
        for _ in range(_MOST_READS):
            if not link.read():
                break
    except PeerResetError:
        pass  # the peer was faster: there is nothing left to close in order
    link.close()


def release(link: Link, /) -> None:
    """Do nothing: it is closed."""
    link.close()
