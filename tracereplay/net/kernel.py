"""What the kernel knows of a connection. Linux only; elsewhere, and where the kernel is too old, the answer is None.

Sources: Linux include/uapi/linux/tcp.h, struct tcp_info; include/net/tcp_states.h; include/uapi/linux/sockios.h, and
net/ipv4/tcp.c and net/unix/af_unix.c for what SIOCINQ and SIOCOUTQ count.
"""

import contextlib
import socket
import struct
import sys
from dataclasses import dataclass

if sys.platform == "linux":
    import fcntl

_TCP_INFO_BYTES = 256  # more than any kernel has; one that has less fills less
_STATE_AT = 0
_TOTAL_RETRANS_AT = 100
_BYTES_ACKED_AT = 120  # Linux 4.2
_NOTSENT_BYTES_AT = 144  # Linux 4.6
_RWND_LIMITED_AT = 176  # Linux 4.10, in microseconds
_SND_WND_AT = 228  # Linux 5.4

_STATES = (
    "unknown",
    "established",
    "syn_sent",
    "syn_recv",
    "fin_wait1",
    "fin_wait2",
    "time_wait",
    "close",
    "close_wait",
    "last_ack",
    "listen",
    "closing",
)

_SIOCINQ = 0x541B
_SIOCOUTQ = 0x5411


@dataclass(frozen=True, slots=True)
class TcpInfo:
    """One moment of a TCP connection, as the connecting side sees it; None is what this kernel does not tell.

    ``acknowledged`` bytes are in the peer's kernel, ``unacknowledged`` ones are not known to be; ``unsent`` are those
    of them that have never left this machine. ``window`` is how many more bytes the peer's kernel takes, 0 while its
    application does not read and its buffer is full; ``window_limited_ns`` is how long that alone has held us up.
    ``retransmitted`` counts segments, not bytes. ``state`` is a name of the kernel's, such as ``established``.
    """

    state: str
    acknowledged: int | None
    unacknowledged: int | None
    unsent: int | None
    window: int | None
    window_limited_ns: int | None
    retransmitted: int | None


def tcp_info(sock: socket.socket, handed: int) -> TcpInfo | None:
    """Return what one TCP_INFO call tells of ``sock``, which connected and has taken ``handed`` bytes; else None.

    None is for what is not TCP, is closed at our end, or not on Linux.
    """
    raw = _tcp_info_bytes(sock)
    return read_tcp_info(raw, handed) if raw else None


def read_tcp_info(raw: bytes, handed: int) -> TcpInfo:
    """Return what ``raw``, a struct tcp_info of any length but 0, tells of a connection that took ``handed`` bytes."""
    acknowledged = _acknowledged(raw, handed)
    limited_us = _field(raw, "=Q", _RWND_LIMITED_AT)
    number = raw[_STATE_AT]
    return TcpInfo(
        state=_STATES[number if number < len(_STATES) else 0],
        acknowledged=acknowledged,
        unacknowledged=None if acknowledged is None else handed - acknowledged,
        unsent=_field(raw, "=I", _NOTSENT_BYTES_AT),
        window=_field(raw, "=I", _SND_WND_AT),
        window_limited_ns=None if limited_us is None else limited_us * 1000,
        retransmitted=_field(raw, "=I", _TOTAL_RETRANS_AT),
    )


def acknowledged_bytes(sock: socket.socket, handed: int) -> int | None:
    """Return how many of the ``handed`` bytes the peer's kernel has acknowledged, None where it is not told."""
    raw = _tcp_info_bytes(sock)
    return _acknowledged(raw, handed) if raw else None


def unread_input_bytes(sock: socket.socket) -> int | None:
    """Return how many bytes have arrived that we have not read (SIOCINQ), None where it is not told.

    TCP and Unix sockets; the end of the stream is not counted. A close with such bytes is a reset.
    """
    return _queue(sock, _SIOCINQ)


def output_queue_bytes(sock: socket.socket) -> int | None:
    """Return what the kernel still keeps of our output (SIOCOUTQ), None where it is not told.

    TCP: bytes that are not acknowledged, and one for a FIN. Unix sockets: *memory*, not the bytes in it (768 for one
    byte), so that only 0 says something: all has been read, or thrown away by a peer that closed.
    """
    return _queue(sock, _SIOCOUTQ)


def _tcp_info_bytes(sock: socket.socket) -> bytes:
    if sys.platform == "linux" and sock.family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError):
            return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
    return b""


def _acknowledged(raw: bytes, handed: int) -> int | None:
    """Return tcpi_bytes_acked without the SYN and the FIN: the kernel of who connected counts each as a byte."""
    counted = _field(raw, "=Q", _BYTES_ACKED_AT)
    return None if counted is None else max(0, min(handed, counted - 1))


def _field(raw: bytes, form: str, at: int) -> int | None:
    if len(raw) < at + struct.calcsize(form):
        return None
    number: int = struct.unpack_from(form, raw, at)[0]
    return number


def _queue(sock: socket.socket, request: int) -> int | None:
    if sys.platform == "linux" and sock.family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
        with contextlib.suppress(OSError, ValueError):  # ValueError: closed at our end
            length: int = struct.unpack("=i", fcntl.ioctl(sock.fileno(), request, bytes(4)))[0]
            return length
    return None
