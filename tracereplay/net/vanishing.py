"""Makes a connection a pulled cable: from one moment on nothing of it gets through, and no end of it either.

No privilege is needed, no firewall, no second machine. What is tried, in this order:

``md5sig``   setsockopt(TCP_MD5SIG) with a key for the peer, who has none: our kernel signs each segment, a FIN too,
             and the peer's drops them; what the peer sends is unsigned, and ours drops it. Dead at once, in both
             directions, and so is what was not acknowledged yet. Needs CONFIG_TCP_MD5SIG.
``minttl``   setsockopt(IP_MINTTL or IPV6_MINHOPCOUNT, 255): what comes from a sender that begins with a TTL of 64 is
             dropped. *Inbound only*: what we write, or close, still leaves. So a duplicate of the file descriptor
             is kept open for the life of the process, that a close() emits nothing; nothing may be written, or shut
             down, any more; what was not acknowledged is sent again; and the end of the process sends a FIN.

Each is tried on a loopback pair first, and believed only if the packets were *seen to be dropped*: the count of drops
of a socket (SO_MEMINFO) rises, and nothing arrives. Silence alone could be a slow machine.

What a peer sees: nothing. With keepalive it gets ETIMEDOUT, after idle + count * interval; if it has bytes of its own
unacknowledged it is ended by its retransmissions or TCP_USER_TIMEOUT; without any of that, never.
A socket that is closed goes on to resend its FIN in vain, and is forgotten after about 108 s (tcp_orphan_retries): if
the peer says something after that, our kernel answers with a reset. To be gone for longer, keep it open.

Sources: Linux include/uapi/linux/tcp.h, struct tcp_md5sig; include/uapi/linux/in.h, IP_MINTTL; in6.h,
IPV6_MINHOPCOUNT; sock_diag.h, SK_MEMINFO_DROPS; net/ipv4/tcp_ipv4.c, tcp_v4_rcv() and tcp_v4_parse_md5_keys().
"""

import contextlib
import os
import socket
import struct
import sys
import time
from collections.abc import Iterator
from typing import Literal

from tracereplay.errors import SystemFault
from tracereplay.net.clock import now_ns
from tracereplay.net.kernel import output_queue_bytes
from tracereplay.units import SECOND_NS

Means = Literal["md5sig", "minttl"]
"""What makes a connection vanish, the better one first."""

_IS_LINUX = sys.platform == "linux"
_TCP_MD5SIG = 14
_MD5_KEY = struct.Struct("=128sBBHi80s")  # address, flags, prefix, length of the key, interface, the key
_KEY = b"gone"
_IP_MINTTL = 21
_IPV6_MINHOPCOUNT = 73
_SO_MEMINFO, _SK_MEMINFO_DROPS = 55, 8
_PROOF_NS = SECOND_NS
_NAP_SECONDS = 0.0002

_OPTIONS: dict[Means, str] = {"md5sig": "TCP_MD5SIG", "minttl": "IP_MINTTL or IPV6_MINHOPCOUNT"}
_HINT = "--close stall is silent too, but our kernel goes on to answer keepalives"

_found: dict[int, Means] = {}
_kept: list[int] = []  # file descriptors whose close would be seen


def vanish(sock: socket.socket, means: Means | None = None) -> Means | None:
    """Cut the cable of ``sock``, a connected TCP socket; return by what means, None if it was not connected any more.

    ``means`` are those that ``means_for`` finds, unless named. Before, everything that was sent must have been
    acknowledged, if it shall count. After, read once more: nothing arrives any more, but what had arrived and is unread
    would make a close forget the connection, and our kernel answer the peer's next packet with a reset. Then close when
    you like; write nothing. Raises SystemFault if this system, or this kind of socket, lets nothing vanish.
    """
    _check(sock)
    if not _is_connected(sock):
        return None
    chosen = means or means_for(_family(sock))
    try:
        kept = _cut(sock, chosen)
    except OSError as error:
        if not _is_connected(sock):
            return None
        reason = f"{_OPTIONS[chosen]}: {error.strerror or error}"
        raise SystemFault(f"the connection cannot vanish: {reason}", hint=_HINT) from error
    if kept is not None:
        _kept.append(kept)
    return chosen


def means_for(family: int) -> Means:
    """Return what makes a connection over ``family``, AF_INET or AF_INET6, vanish on this system.

    It is tried out until it is found, which takes less than a millisecond, or up to a second for each that fails: ask
    before something is sent. Raises SystemFault, with the reason of each, if none does.
    """
    if family not in _found:
        _found[family] = _try_each(family)
    return _found[family]


def _check(sock: socket.socket) -> None:
    if sock.family not in (socket.AF_INET, socket.AF_INET6) or sock.type != socket.SOCK_STREAM:
        raise SystemFault(
            "only a TCP connection can vanish: a Unix socket has no cable, its peer is told at once when we go",
            hint="--close stall stays, and is silent",
        )


def _is_connected(sock: socket.socket) -> bool:
    try:
        sock.getpeername()
    except OSError:
        return False
    return True


def _family(sock: socket.socket) -> int:
    """Return the family of the packets: that of a v6 socket with a v4-mapped peer is v4."""
    return socket.AF_INET if sock.getsockname()[0].startswith("::ffff:") else sock.family


def _cut(sock: socket.socket, means: Means) -> int | None:
    """Let nothing through any more; return a file descriptor to keep if a close would. Raises OSError."""
    if not _IS_LINUX:
        raise OSError("only Linux has it")
    if means == "md5sig":
        sock.setsockopt(socket.IPPROTO_TCP, _TCP_MD5SIG, _MD5_KEY.pack(_peer(sock), 0, 0, len(_KEY), 0, _KEY))
        return None
    kept = os.dup(sock.fileno())
    try:
        if _family(sock) == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_IP, _IP_MINTTL, 255)
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_MINHOPCOUNT, 255)
    except OSError:
        os.close(kept)
        raise
    return kept


def _peer(sock: socket.socket) -> bytes:
    """Return the address of the peer as a struct sockaddr_in or sockaddr_in6; a v4-mapped one stays as it is."""
    address = socket.inet_pton(sock.family, sock.getpeername()[0])
    if sock.family == socket.AF_INET:
        return struct.pack("=HH4s", sock.family, 0, address)
    return struct.pack("=HHI16s", sock.family, 0, 0, address)


def _try_each(family: int) -> Means:
    reasons = []
    for means, option in _OPTIONS.items():
        try:
            _try(family, means)
        except OSError as error:
            reasons.append(f"{option}: {error.strerror or error}")
        else:
            return means
    raise SystemFault(f"no connection can vanish on this system: {'; '.join(reasons)}", hint=_HINT)


def _try(family: int, means: Means) -> None:
    """Let a connection of our own vanish. Raises OSError where that fails, or cannot be seen to have worked."""
    with _loopback(family) as (ours, theirs):
        kept = _cut(ours, means)
        try:
            theirs.send(b"?")
            _wait_for_drop(ours, 0)
            if kept is None:
                ours.send(b"?")
                _wait_for_drop(theirs, 0)
                before = _drops(theirs)
                ours.shutdown(socket.SHUT_WR)  # sends the FIN that a close() would
                _wait_for_drop(theirs, before)
            else:
                ours.close()
            _check_silence(theirs)
        finally:
            if kept is not None:
                os.close(kept)


@contextlib.contextmanager
def _loopback(family: int) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Yield a connection on this machine; it ends with resets, so that nothing of it lingers."""
    host = "127.0.0.1" if family == socket.AF_INET else "::1"
    with socket.socket(family) as listener, socket.socket(family) as ours:
        listener.bind((host, 0))
        listener.listen(1)
        ours.settimeout(_PROOF_NS / SECOND_NS)
        ours.connect(listener.getsockname())
        theirs, _ = listener.accept()
        with theirs:
            for sock in (ours, theirs):
                sock.setblocking(False)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            yield ours, theirs


def _wait_for_drop(sock: socket.socket, before: int) -> None:
    until_ns = now_ns() + _PROOF_NS
    while _drops(sock) <= before:
        if now_ns() > until_ns:
            raise OSError("it is accepted, but no packet is dropped")
        time.sleep(_NAP_SECONDS)


def _drops(sock: socket.socket) -> int:
    """Return how many packets for ``sock`` the kernel has dropped."""
    info = sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 4 * (_SK_MEMINFO_DROPS + 1))
    drops: int = struct.unpack_from("=I", info, 4 * _SK_MEMINFO_DROPS)[0]
    return drops


def _check_silence(theirs: socket.socket) -> None:
    """Raise OSError unless ``theirs`` has received nothing, no end either, and its own byte is not acknowledged."""
    try:
        theirs.recv(1)
    except BlockingIOError:
        if output_queue_bytes(theirs) == 1:
            return
    raise OSError("it is accepted, but something got through")
