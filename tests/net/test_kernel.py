"""What the kernel tells of a connection, against what its other end counted."""

import contextlib
import dataclasses
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.net.pairs import tcp_pair, unix_pair
from tracereplay.net.kernel import (
    TcpInfo,
    acknowledged_bytes,
    output_queue_bytes,
    read_tcp_info,
    tcp_info,
    unread_input_bytes,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")

ADDRESSES = {"v4": ("127.0.0.1", "127.0.0.1"), "v6": ("::1", "::1"), "v4-mapped": ("::", "::ffff:127.0.0.1")}


def told(sock: socket.socket, handed: int, enough: Callable[[TcpInfo], bool]) -> TcpInfo:
    """Return what is told of ``sock``, once it is enough."""
    until = time.monotonic() + 5
    while (info := tcp_info(sock, handed)) is None or not enough(info):
        assert time.monotonic() < until, info
        time.sleep(0.001)
    return info


def fill(sock: socket.socket) -> int:
    """Hand ``sock`` all that it takes; return how much that was."""
    sock.setblocking(False)
    handed = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            handed += sock.send(b"x" * 65536)
    return handed


@pytest.mark.parametrize(("listen", "connect"), ADDRESSES.values(), ids=ADDRESSES)
def test_what_is_acknowledged_counts_neither_syn_nor_fin(listen: str, connect: str) -> None:
    with tcp_pair(listen, connect) as (ours, theirs):
        assert told(ours, 0, lambda info: info.state == "established").acknowledged == 0
        ours.sendall(b"x" * 1000)
        assert len(theirs.recv(4096)) == 1000
        info = told(ours, 1000, lambda info: info.acknowledged == 1000)
        assert (info.state, info.unacknowledged, info.unsent, info.retransmitted) == ("established", 0, 0, 0)
        assert info.window
        ours.shutdown(socket.SHUT_WR)
        assert theirs.recv(1) == b""
        assert told(ours, 1000, lambda info: info.state == "fin_wait2").acknowledged == 1000
        assert acknowledged_bytes(ours, 1000) == 1000


def test_a_server_that_does_not_read_closes_its_window_and_the_rest_is_unsent() -> None:
    with tcp_pair() as (ours, theirs):
        handed = fill(ours)
        info = told(ours, handed, lambda info: info.window == 0 and info.unacknowledged == info.unsent)
        assert info.acknowledged is not None
        assert info.unsent == handed - info.acknowledged == output_queue_bytes(ours)
        assert info.acknowledged == unread_input_bytes(theirs)
        before = info.window_limited_ns
        assert before is not None
        assert told(ours, handed, lambda info: (info.window_limited_ns or 0) > before).window == 0


def test_after_a_reset_the_state_says_so_and_what_was_acknowledged_stays() -> None:
    with tcp_pair() as (ours, theirs):
        ours.sendall(b"x" * 1000)
        told(ours, 1000, lambda info: info.acknowledged == 1000)
        theirs.close()  # with unread bytes: a reset
        assert told(ours, 1000, lambda info: info.state == "close").acknowledged == 1000


@pytest.mark.parametrize(
    ("length", "known"),
    [
        (1, {"state"}),
        (103, {"state"}),
        (104, {"state", "retransmitted"}),
        (127, {"state", "retransmitted"}),
        (128, {"state", "retransmitted", "acknowledged", "unacknowledged"}),
        (148, {"state", "retransmitted", "acknowledged", "unacknowledged", "unsent"}),
        (184, {"state", "retransmitted", "acknowledged", "unacknowledged", "unsent", "window_limited_ns"}),
        (232, {field.name for field in dataclasses.fields(TcpInfo)}),
        (256, {field.name for field in dataclasses.fields(TcpInfo)}),
    ],
)
def test_an_older_kernel_tells_less_and_nothing_is_made_up(length: int, known: set[str]) -> None:
    info = read_tcp_info(bytes([1]) * length, handed=7)
    assert {field.name for field in dataclasses.fields(info) if getattr(info, field.name) is not None} == known
    assert info.state == "established"


def test_a_state_of_a_kernel_to_come_is_unknown() -> None:
    assert read_tcp_info(bytes([200]), handed=0).state == "unknown"


def test_what_has_not_arrived_at_the_application_is_counted_on_tcp_and_unix_sockets(tmp_path: Path) -> None:
    for pair in (tcp_pair(), unix_pair(tmp_path / "s")):
        with pair as (ours, theirs):
            assert (unread_input_bytes(theirs), output_queue_bytes(ours)) == (0, 0)
            ours.sendall(b"x" * 1000)
            ours.shutdown(socket.SHUT_WR)
            theirs.recv(300)
            assert unread_input_bytes(theirs) == 700


def test_the_output_queue_of_a_unix_socket_is_memory_and_empty_once_all_is_read(tmp_path: Path) -> None:
    with unix_pair(tmp_path / "s") as (ours, theirs):
        ours.sendall(b"x")
        assert (output_queue_bytes(ours) or 0) > 1
        theirs.recv(1)
        assert output_queue_bytes(ours) == 0


def test_nothing_is_told_of_what_is_closed_or_has_no_such_thing(tmp_path: Path) -> None:
    with unix_pair(tmp_path / "s") as (ours, _):
        assert tcp_info(ours, 0) is None
        assert acknowledged_bytes(ours, 0) is None
    with tcp_pair() as (ours, _):
        ours.close()
        assert tcp_info(ours, 0) is None
        assert acknowledged_bytes(ours, 0) is None
        assert unread_input_bytes(ours) is None
        assert output_queue_bytes(ours) is None
