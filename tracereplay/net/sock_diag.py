"""How much the peer's application has not read yet: told by the kernel when the peer is on this host too. Linux only.

The kernel's socket diagnosis shows every socket of the network namespace to everybody, and so the peer's half of our
connection, with what waits in its receive queue. It needs no privilege, and takes about 8 us, the first time 50; an own
netlink socket for each call is included: one that is kept saves 5 us, and would have to know of threads and forks.

What the queue of a TCP socket counts, as tried on Linux 6.18 (tests/net/test_sock_diag.py):
- bytes from their acknowledgement until recv() has copied them out; a MSG_PEEK takes nothing away;
- our FIN, as one byte, until the application reads past the last byte: it is taken off here;
- a connection that nobody has accepted yet counts as any other: no application has read anything of it;
- the peer's own FIN is not in it: a peer that closed its sending side is still a reader;
- a peer that closed is no reader any more, and its queue says nothing of what it had read. When both sides
  have closed theirs the queue can no longer be seen, though the peer may still be reading from it.

Who reads may be a proxy on this host, or a TLS library: what is told is told of the socket.
Sources: Linux include/uapi/linux/{netlink,sock_diag,inet_diag,unix_diag}.h, include/net/tcp_states.h;
net/ipv4/tcp_diag.c, tcp_diag_get_info(); net/ipv4/inet_diag.c, inet_diag_find_one_icsk(); net/unix/diag.c.
"""

import os
import select
import socket
import struct
import sys

from tracereplay.net.kernel import output_queue_bytes

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST = 1
_SO_NETNS_COOKIE = 71  # Linux 5.14
_ANSWER_BYTES = 8192
_ANY = 0xFFFFFFFF  # all states; no cookie

_NLMSGHDR = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_INET_DIAG_REQ = struct.Struct("=BBxxI4s16s16sIII")  # family, protocol, states, ports, from, to, interface, cookie
_INET_DIAG_MSG = struct.Struct("=BB54xI8xI")  # family, state, ..., receive queue, ..., inode
_UNIX_DIAG_REQ = struct.Struct("=BxxxIIIII")  # family, states, inode, show, cookie
_UNIX_DIAG_MSG_BYTES = 16
_UDIAG_SHOW_PEER, _UNIX_DIAG_PEER = 0x4, 2
_UDIAG_SHOW_RQLEN, _UNIX_DIAG_RQLEN = 0x10, 4

_ESTABLISHED, _FIN_WAIT1, _FIN_WAIT2, _CLOSE_WAIT, _LAST_ACK, _CLOSING = 1, 4, 5, 8, 9, 11
_HAS_OUR_FIN = (_CLOSE_WAIT, _LAST_ACK, _CLOSING)
_WITHOUT_READER = (_ESTABLISHED, _CLOSE_WAIT)  # without an inode: not accepted yet; in other states: closed
_WITH_READER = (*_WITHOUT_READER, _FIN_WAIT1, _FIN_WAIT2, _LAST_ACK, _CLOSING)


def unread_by_peer(sock: socket.socket) -> int | None:
    """Return how many bytes are in the peer's receive queue, for its application to read; None where that is not known.

    ``sock`` is a connected TCP or Unix stream. Not known is: a peer on another host or in another network namespace,
    one that has closed, a connection that is over, another system than Linux. To claim what the application *has*
    read, ask for the acknowledged bytes first and then for these: acknowledged less unread is never too much.
    """
    if sock.type != socket.SOCK_STREAM:
        return None
    try:
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            return _unread_by_tcp_peer(sock)
        if sock.family == socket.AF_UNIX:
            return _unread_by_unix_peer(sock)
    except OSError:
        pass  # not connected any more, no such socket, no diagnosis in this kernel, or it is forbidden
    return None


def _unread_by_tcp_peer(sock: socket.socket) -> int | None:
    ours, theirs = sock.getsockname(), sock.getpeername()
    request = _INET_DIAG_REQ.pack(
        sock.family,  # a v4 address that is mapped into v6 finds v4 sockets, and v4 finds those of a dual stack
        socket.IPPROTO_TCP,
        _ANY,
        struct.pack("!HH", theirs[1], ours[1]),
        socket.inet_pton(sock.family, theirs[0]),
        socket.inet_pton(sock.family, ours[0]),
        ours[3] if len(ours) > 3 else 0,  # the interface that a link-local address belongs to
        _ANY,
        _ANY,
    )
    _, state, queued, inode = _INET_DIAG_MSG.unpack_from(_ask(sock, request))
    # A listener is what the kernel finds when the peer's half is gone, so the state must be looked at.
    if state not in (_WITH_READER if inode else _WITHOUT_READER):
        return None
    unread: int = queued - 1 if queued and state in _HAS_OUR_FIN else queued
    return unread


def _unread_by_unix_peer(sock: socket.socket) -> int | None:
    """Return 0 at once if nothing is kept for the peer, else the length of its queue, in bytes.

    A peer that closes throws its queue away, after it has hung up on us: hence the order. A connection
    that nobody has accepted yet has no inode to be found by: then only 0 is ever known.
    """
    if output_queue_bytes(sock) == 0 and not _has_hung_up(sock):
        return 0
    inode = os.fstat(sock.fileno()).st_ino
    peer, _ = _unix_half(sock, inode)
    if not peer:
        return None
    back, queued = _unix_half(sock, peer)
    return queued if back == inode else None


def _has_hung_up(sock: socket.socket) -> bool:
    poller = select.poll()
    poller.register(sock, 0)
    return any(events & (select.POLLHUP | select.POLLERR) for _, events in poller.poll(0))


def _unix_half(sock: socket.socket, inode: int) -> tuple[int, int]:
    """Return the inode of the peer of the Unix socket ``inode``, 0 if it has none, and what waits to be read in it."""
    show = _UDIAG_SHOW_PEER | _UDIAG_SHOW_RQLEN
    answer = _ask(sock, _UNIX_DIAG_REQ.pack(socket.AF_UNIX, _ANY, inode & _ANY, show, _ANY, _ANY))
    found = {}
    at = _UNIX_DIAG_MSG_BYTES
    while at + 8 <= len(answer):
        length, kind, first = struct.unpack_from("=HHI", answer, at)
        found[kind] = first
        at += max(4, (length + 3) & ~3)
    return found.get(_UNIX_DIAG_PEER, 0), found[_UNIX_DIAG_RQLEN]


def _ask(sock: socket.socket, request: bytes) -> bytes:
    """Return what the kernel answers to a sock_diag ``request`` about the peer of ``sock``. Raises OSError."""
    if sys.platform == "linux":
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as diag:
            if _namespace(diag) != _namespace(sock):
                raise OSError("the connection is in another network namespace: this one may have its double")
            diag.setblocking(False)  # the answer is there when send() returns
            head = _NLMSGHDR.pack(_NLMSGHDR.size + len(request), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 0, 0)
            diag.send(head + request)
            answer = diag.recv(_ANSWER_BYTES)
        length, kind, *_ = _NLMSGHDR.unpack_from(answer)
        if kind == _SOCK_DIAG_BY_FAMILY:
            return answer[_NLMSGHDR.size : length]
    raise OSError("there is no such socket, or nothing that would tell")


def _namespace(sock: socket.socket) -> bytes:
    """Return what tells network namespaces apart, nothing on kernels that do not."""
    try:
        return sock.getsockopt(socket.SOL_SOCKET, _SO_NETNS_COOKIE, 8)
    except OSError:
        return b""
