"""What the application at the other end of a Unix socket has not read."""

import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.net.pairs import unix_pair
from tracereplay.net.kernel import output_queue_bytes
from tracereplay.net.sock_diag import unread_by_peer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")

SENT = 1000


def peek(ours: socket.socket, theirs: socket.socket) -> None:
    theirs.recv(300, socket.MSG_PEEK)


def close_after_reading(ours: socket.socket, theirs: socket.socket) -> None:
    theirs.recv(SENT)
    theirs.close()


def we_close(ours: socket.socket, theirs: socket.socket) -> None:
    ours.close()


def close_unread(ours: socket.socket, theirs: socket.socket) -> None:
    theirs.close()


def read_700(ours: socket.socket, theirs: socket.socket) -> None:
    theirs.recv(700)


def read_all(ours: socket.socket, theirs: socket.socket) -> None:
    theirs.recv(SENT)


def half_closed_on_both_sides(ours: socket.socket, theirs: socket.socket) -> None:
    ours.shutdown(socket.SHUT_WR)
    theirs.shutdown(socket.SHUT_WR)
    theirs.recv(700)


UNIX_EVENTS: dict[str, tuple[Callable[[socket.socket, socket.socket], None], int | None]] = {
    "nothing is read": (peek, SENT),
    "a part is read": (read_700, SENT - 700),
    "all is read": (read_all, 0),
    "both sides are closed, and it is read on": (half_closed_on_both_sides, SENT - 700),
    "the peer closed without reading": (close_unread, None),
    "the peer closed after it had read": (close_after_reading, None),
    "we closed": (we_close, None),
}


@pytest.mark.parametrize(("event", "expected"), UNIX_EVENTS.values(), ids=UNIX_EVENTS)
def test_a_unix_socket_tells_it_to_the_byte_too(
    tmp_path: Path, event: Callable[[socket.socket, socket.socket], None], expected: int | None
) -> None:
    with unix_pair(tmp_path / "s") as (ours, theirs):
        ours.sendall(b"x" * SENT)
        event(ours, theirs)
        assert unread_by_peer(ours) == expected


def test_a_unix_connection_that_nobody_accepted_is_known_only_while_nothing_was_sent(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as ours:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        ours.connect(str(tmp_path / "s"))
        assert unread_by_peer(ours) == 0
        ours.sendall(b"x")
        assert unread_by_peer(ours) is None
        assert output_queue_bytes(ours)
