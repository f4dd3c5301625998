"""``vanish``: the client is gone without a word, as when a cable is pulled, or a phone loses its network.

Laws: neither FIN nor RST is sent, so that the peer can tell only by its own means: keepalive ends it with
ETIMEDOUT; if it has bytes of its own unacknowledged, its retransmissions do, or TCP_USER_TIMEOUT; with none of that it
waits for ever. What has arrived is read before and after, for a close with unread bytes forgets the connection, and
our kernel would answer the peer's next packet with a reset.
System calls: recv() until empty, setsockopt(TCP_MD5SIG), recv() until empty, close(). Where the kernel has no
TCP_MD5SIG: setsockopt(IP_MINTTL or IPV6_MINHOPCOUNT, 255), and a duplicate that stays open.
"""

from tracereplay.net.leaving.fin import read_what_is_there
from tracereplay.net.link import Link


def leave(link: Link, /) -> None:
    """Be gone."""
    read_what_is_there(link)
    link.vanish()
    read_what_is_there(link)
    link.close()


def release(link: Link, /) -> None:
    """Do nothing: it is gone."""
    link.close()
