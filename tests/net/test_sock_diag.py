"""What the peer's application has not read: counted by us against what the application itself did read."""

import contextlib
import random
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.net.pairs import tcp_pair
from tests.programs import lack
from tracereplay.net.kernel import acknowledged_bytes
from tracereplay.net.sock_diag import unread_by_peer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")

SENT = 1000


def settled(ours: socket.socket, expected: int | None) -> int | None:
    """Return what is unread, once it is as expected, or after two seconds: segments take their time."""
    until = time.monotonic() + 2
    while (unread := unread_by_peer(ours)) != expected and time.monotonic() < until:
        time.sleep(0.001)
    return unread


ADDRESSES = {
    "v4": ("127.0.0.1", "127.0.0.1"),
    "v6": ("::1", "::1"),
    "a v4 client of a dual-stack server": ("::", "127.0.0.1"),
    "a v4-mapped client of a dual-stack server": ("::", "::ffff:127.0.0.1"),
    "a v4-mapped client of a v4 server": ("127.0.0.1", "::ffff:127.0.0.1"),
}


@pytest.mark.parametrize(("listen", "connect"), ADDRESSES.values(), ids=ADDRESSES)
def test_what_the_application_has_not_read_is_counted_to_the_byte(listen: str, connect: str) -> None:
    with tcp_pair(listen, connect) as (ours, theirs):
        ours.sendall(b"x" * SENT)
        assert settled(ours, SENT) == SENT
        for read in (1, 299, 600, 99):
            before = unread_by_peer(ours)
            assert before is not None
            theirs.recv(read)
            assert unread_by_peer(ours) == before - read
        theirs.recv(SENT)
        assert unread_by_peer(ours) == 0


def test_a_link_local_connection_is_found_by_its_interface() -> None:
    lines = [line.split() for line in Path("/proc/net/if_inet6").read_text().splitlines()]
    found = [(socket.inet_ntop(socket.AF_INET6, bytes.fromhex(one[0])), int(one[1], 16)) for one in lines]
    host, number = next((one for one in found if one[0].startswith("fe80:")), ("", 0))
    if not number:
        pytest.skip("no interface here has a link-local address")
    with tcp_pair(host, host, scope=number) as (ours, _):
        ours.sendall(b"x" * SENT)
        assert settled(ours, SENT) == SENT


def peek(ours: socket.socket, theirs: socket.socket) -> None:
    theirs.recv(300, socket.MSG_PEEK)


def our_fin(ours: socket.socket, theirs: socket.socket) -> None:
    ours.shutdown(socket.SHUT_WR)
    assert_state_of_peer_changes(theirs)


def our_fin_and_700_read(ours: socket.socket, theirs: socket.socket) -> None:
    our_fin(ours, theirs)
    theirs.recv(700)


def our_fin_and_all_but_the_end_read(ours: socket.socket, theirs: socket.socket) -> None:
    theirs.recv(SENT)
    our_fin(ours, theirs)


def our_fin_and_the_end_read(ours: socket.socket, theirs: socket.socket) -> None:
    our_fin_and_all_but_the_end_read(ours, theirs)
    assert theirs.recv(1) == b""


def their_fin(ours: socket.socket, theirs: socket.socket) -> None:
    theirs.shutdown(socket.SHUT_WR)
    assert ours.recv(1) == b""


def their_fin_and_more(ours: socket.socket, theirs: socket.socket) -> None:
    their_fin(ours, theirs)
    ours.sendall(b"y" * 10)


def both_fins(ours: socket.socket, theirs: socket.socket) -> None:
    their_fin(ours, theirs)
    ours.shutdown(socket.SHUT_WR)


def close_after_reading(ours: socket.socket, theirs: socket.socket) -> None:
    theirs.recv(SENT)
    theirs.close()


def close_without_reading(ours: socket.socket, theirs: socket.socket) -> None:
    theirs.close()


def we_close(ours: socket.socket, theirs: socket.socket) -> None:
    ours.close()


def assert_state_of_peer_changes(theirs: socket.socket) -> None:
    """Wait for our FIN at the peer: CLOSE_WAIT is 8."""
    until = time.monotonic() + 2
    while theirs.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != 8:
        assert time.monotonic() < until
        time.sleep(0.001)


EVENTS: dict[str, tuple[Callable[[socket.socket, socket.socket], None], int | None]] = {
    "a peek reads nothing": (peek, SENT),
    "our FIN is no byte": (our_fin, SENT),
    "our FIN is no byte beside others": (our_fin_and_700_read, SENT - 700),
    "our FIN is no byte alone": (our_fin_and_all_but_the_end_read, 0),
    "the end is read": (our_fin_and_the_end_read, 0),
    "the peer closed its sending side, and can still read": (their_fin, SENT),
    "the peer closed its sending side, and got more": (their_fin_and_more, SENT + 10),
    "both sides closed theirs: the queue is out of sight": (both_fins, None),
    "the peer closed after it had read": (close_after_reading, None),
    "the peer closed without reading": (close_without_reading, None),
    "we closed": (we_close, None),
}


@pytest.mark.parametrize(("event", "expected"), EVENTS.values(), ids=EVENTS)
def test_the_end_of_a_stream_is_not_a_byte_and_a_closed_peer_tells_nothing(
    event: Callable[[socket.socket, socket.socket], None], expected: int | None
) -> None:
    with tcp_pair() as (ours, theirs):
        ours.sendall(b"x" * SENT)
        assert settled(ours, SENT) == SENT
        event(ours, theirs)
        assert settled(ours, expected) == expected


@pytest.mark.parametrize("ends", [False, True], ids=["open", "with our FIN"])
def test_a_connection_that_nobody_accepted_has_all_its_bytes_unread(ends: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as ours:
        ours.connect(listener.getsockname())
        ours.sendall(b"x" * SENT)
        if ends:
            ours.shutdown(socket.SHUT_WR)
        assert settled(ours, SENT) == SENT


def test_a_listener_is_not_taken_for_a_peer_that_is_gone() -> None:
    # A server that resets by a packet which never reaches us: we are still connected, to nobody but its listener.
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as ours:
        ours.connect(listener.getsockname())
        theirs, _ = listener.accept()
        assert unread_by_peer(ours) == 0
        ours.setsockopt(socket.IPPROTO_IP, 21, 255)  # IP_MINTTL: what comes from a loopback is dropped
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        theirs.close()
        assert ours.getpeername() == listener.getsockname()
        assert unread_by_peer(ours) is None


def test_a_full_receive_queue_is_counted_and_what_we_still_keep_is_not_in_it() -> None:
    with tcp_pair() as (ours, _):
        ours.setblocking(False)
        handed = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                handed += ours.send(b"x" * 65536)
        until = time.monotonic() + 5
        while (acknowledged := acknowledged_bytes(ours, handed)) != unread_by_peer(ours):
            assert time.monotonic() < until
            time.sleep(0.001)
        assert acknowledged is not None
        assert 0 < acknowledged < handed


@pytest.mark.parametrize("seed", range(3))
def test_no_more_is_claimed_as_read_than_the_application_asked_for(seed: int) -> None:
    """While a reader reads in pieces of any size, acknowledged less unread stays between what it got and asked for."""
    chance, total, asked = random.Random(seed), 300_000, 0
    with tcp_pair() as (ours, theirs):

        def read() -> None:
            nonlocal asked
            got = 0
            while got < total:
                size = chance.randrange(1, 5000)
                asked = got + size
                got += len(theirs.recv(size))

        reader = threading.Thread(target=read)
        reader.start()
        handed = 0
        while handed < total:
            handed += ours.send(b"x" * min(7001, total - handed))
            acknowledged, unread = acknowledged_bytes(ours, handed), unread_by_peer(ours)
            assert acknowledged is not None
            assert unread is not None
            assert acknowledged - unread <= asked
        reader.join()
        assert settled(ours, 0) == 0
        assert acknowledged_bytes(ours, handed) == total


def test_what_is_not_a_connection_has_no_unread_bytes() -> None:
    with socket.socket() as alone, socket.socket(type=socket.SOCK_DGRAM) as packets:
        packets.connect(("127.0.0.1", 9))
        assert unread_by_peer(alone) is None
        assert unread_by_peer(packets) is None


LEAVE_THE_NAMESPACE = """
import ctypes, fcntl, socket, struct, time
def leave_the_namespace():
    unshare = ctypes.CDLL(None).unshare
    if unshare(0x50000000) and unshare(0x40000000):  # CLONE_NEWUSER | CLONE_NEWNET; the second alone is for root
        print("no namespaces")
        raise SystemExit
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh22x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
"""

WITH_A_LINK_LOCAL_ADDRESS = """
from tests.net.pairs import tcp_pair
from tracereplay.net.sock_diag import unread_by_peer

leave_the_namespace()
with socket.socket(socket.AF_INET6) as any_socket:
    address = socket.inet_pton(socket.AF_INET6, "fe80::1")
    fcntl.ioctl(any_socket, 0x8916, struct.pack("16sIi", address, 64, 1))  # SIOCSIFADDR, of the loopback interface
for _ in range(1000):  # the kernel makes it ready a little later
    with socket.socket(socket.AF_INET6) as any_socket:
        try:
            any_socket.bind(("fe80::1", 0, 0, 1))
            break
        except OSError:
            time.sleep(0.01)
with tcp_pair("fe80::1", "fe80::1", scope=1) as (ours, theirs):
    ours.sendall(b"x" * 1000)
    theirs.recv(300)
    assert unread_by_peer(ours) == 700
print("done")
"""

IN_ANOTHER_NAMESPACE = """
from tests.net.pairs import tcp_pair
from tracereplay.net.sock_diag import unread_by_peer

def double(port):
    with socket.create_server(("127.0.0.1", port[0])) as listener, socket.socket() as ours:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ours.bind(("127.0.0.1", port[1]))
        ours.connect(listener.getsockname())
        theirs, _ = listener.accept()
        assert unread_by_peer(ours) == 0, "the one of this namespace"
        assert unread_by_peer(first) is None, "the one of the other namespace"
        theirs.close()

with tcp_pair() as (first, theirs):
    first.sendall(b"x" * 1000)
    assert unread_by_peer(first) == 1000
    ports = theirs.getsockname()[1], theirs.getpeername()[1]
    leave_the_namespace()
    double(ports)
    print("done")
"""


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(IN_ANOTHER_NAMESPACE, id="a connection of another one is not taken for its double here"),
        pytest.param(WITH_A_LINK_LOCAL_ADDRESS, id="a link-local connection is found in it"),
    ],
)
def test_network_namespaces_are_kept_apart(program: str) -> None:
    script = [sys.executable, "-c", LEAVE_THE_NAMESPACE + program]
    done = subprocess.run(script, check=True, capture_output=True, text=True, timeout=30)
    if done.stdout == "no namespaces\n":
        lack("this system lets us have no namespace of our own")
    assert done.stdout == "done\n"
