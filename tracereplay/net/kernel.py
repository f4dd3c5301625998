"""What the kernel knows of a TCP connection. Source: Linux include/uapi/linux/tcp.h, struct tcp_info."""

import socket
import struct
import sys

_TCP_INFO_BYTES = 256
_BYTES_ACKED_AT = 120


def acknowledged_bytes(sock: socket.socket, handed: int) -> int | None:
    """Return how many of the ``handed`` bytes the peer's kernel has acknowledged, None where it is not told.

    The kernel counts the SYN, and after a close the FIN, as a byte each.
    """
    if not sys.platform.startswith("linux") or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return None
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
    except OSError:
        return None
    if len(info) < _BYTES_ACKED_AT + 8:
        return None
    counted: int = struct.unpack_from("=Q", info, _BYTES_ACKED_AT)[0]
    return max(0, min(handed, counted - 1))
