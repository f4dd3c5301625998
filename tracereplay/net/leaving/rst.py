"""``rst``: the client resets the connection, as a crashed host, a NAT box or a load balancer does.

Laws: a reset throws away what is still on its way, so that everything must be acknowledged by the peer's
kernel first (the driver waits for that; without it not one of 100 resets after 200,000 bytes was exact). Acknowledged
is not read: a server that keeps a buffer of its own may drop what the application has not asked for.
System calls: setsockopt(SO_LINGER, 1, 0), close().
"""

from tracereplay.net.link import Link


def leave(link: Link, /) -> None:
    """Reset the connection."""
    link.abort()


def release(link: Link, /) -> None:
    """Do nothing: it is closed."""
    link.close()
