"""A client that vanishes: what its server sees is counted there, by whomever and by whatever means it is done."""

import contextlib
import errno
import json
import os
import platform
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.net.pairs import tcp_pair, unix_pair
from tests.net.vanisher import ANSWER, ARCHITECTURES, Case, Order
from tracereplay.errors import SystemFault
from tracereplay.net.vanishing import Means, means_for, vanish

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a connection vanish")

MD5SIG, MINTTL, MINHOPCOUNT = (6, 14), (0, 21), (41, 73)

Saw = tuple[int, str]
"""How many bytes a server got, and how it ended: ``fin``, or the name of an error."""

CABLES: dict[str, tuple[str, str, Means | None, int]] = {
    "v4": ("127.0.0.1", "127.0.0.1", None, 5_000),
    "one byte": ("127.0.0.1", "127.0.0.1", "md5sig", 1),
    "v4 after an early answer": ("127.0.0.1", "127.0.0.1", "md5sig", 60_000),
    "v6": ("::1", "::1", "md5sig", 5_000),
    "v4-mapped": ("::", "::ffff:127.0.0.1", "md5sig", 5_000),
    "v4 of a dual stack": ("::", "127.0.0.1", "md5sig", 60_000),
    "v4, inbound": ("127.0.0.1", "127.0.0.1", "minttl", 5_000),
    "v6, inbound": ("::1", "::1", "minttl", 60_000),
    "v4-mapped, inbound": ("::", "::ffff:127.0.0.1", "minttl", 1),
}


def serve(listener: socket.socket, answer: bytes) -> Saw:
    """Accept one client, answer at once, count what it sends; keepalive tells after 3 s that nobody is there."""
    got = 0
    sock, _ = listener.accept()
    with sock:
        for option, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, 2)):
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.sendall(answer)
        try:
            while chunk := sock.recv(65536):
                got += len(chunk)
        except OSError as error:
            return got, errno.errorcode[error.errno or 0]
        return got, "fin"


@contextlib.contextmanager
def vanisher(order: Order) -> Iterator[dict[str, Any]]:
    """Yield what the client tells of what it did; it stays until the block is left."""
    command = [sys.executable, "-m", "tests.net.vanisher", json.dumps(order)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as client:
        assert client.stdout
        line = client.stdout.readline()
        assert line, "the client has failed"
        yield json.loads(line)
        client.communicate()


def saw_the_servers(*, nobody: bool) -> dict[str, tuple[Saw, str | None, int | None]]:
    """Play all cables at once, and one ordinary close; return what each server saw, the means, and what was unread."""
    cables = {**CABLES, "a close": ("127.0.0.1", "127.0.0.1", None, 5_000)}
    cases: list[Case] = []
    seen: list[Future[Saw]] = []
    with contextlib.ExitStack() as open_things:
        pool = open_things.enter_context(ThreadPoolExecutor(len(cables)))
        for name, (listen, connect, means, size) in cables.items():
            family = socket.AF_INET6 if ":" in listen else socket.AF_INET
            listener = socket.create_server((listen, 0), family=family, dualstack_ipv6=listen == "::")
            listener.settimeout(20)
            open_things.enter_context(listener)
            answer = ANSWER if "answer" in name else b""
            seen.append(pool.submit(serve, listener, answer))
            case: Case = {
                "host": connect,
                "port": listener.getsockname()[1],
                "size": size,
                "means": means,
                "closes": name == "a close",
                "awaits": len(answer),
            }
            cases.append(case)
        with vanisher({"nobody": nobody, "forbidden": [], "cases": cases}) as told:
            saws = [one.result(timeout=20) for one in seen]
            return {
                name: (saw, done["means"], done["unread"])
                for name, saw, done in zip(cables, saws, told["done"], strict=True)
            }


def should_see() -> dict[str, tuple[Saw, str | None, int | None]]:
    seen: dict[str, tuple[Saw, str | None, int | None]] = {
        name: ((size, "ETIMEDOUT"), means or "md5sig", 0) for name, (_, _, means, size) in CABLES.items()
    }
    return {**seen, "a close": ((5_000, "fin"), None, 0)}


def test_a_server_gets_every_byte_then_nothing_and_keepalive_times_out() -> None:
    assert saw_the_servers(nobody=False) == should_see()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody; we have no privilege in the test above")
def test_nobody_without_any_privilege_vanishes_as_well() -> None:
    assert saw_the_servers(nobody=True) == should_see()


@pytest.mark.skipif(platform.machine() not in ARCHITECTURES, reason="the number of the system call is not known here")
@pytest.mark.parametrize(
    ("forbidden", "expected"),
    [
        ([], {"v4": "md5sig", "v6": "md5sig"}),
        ([MD5SIG], {"v4": "minttl", "v6": "minttl"}),
    ],
    ids=["nothing is forbidden", "md5sig is forbidden"],
)
def test_what_is_forbidden_is_found_out_and_the_next_is_taken(
    forbidden: list[tuple[int, int]], expected: dict[str, str]
) -> None:
    with vanisher({"nobody": False, "forbidden": forbidden, "cases": []}) as told:
        assert told["best"] == expected


@pytest.mark.skipif(platform.machine() not in ARCHITECTURES, reason="the number of the system call is not known here")
def test_where_nothing_works_the_refusal_names_the_reason_of_each() -> None:
    with vanisher({"nobody": False, "forbidden": [MD5SIG, MINTTL, MINHOPCOUNT], "cases": []}) as told:
        assert told["fault"] == (
            "no connection can vanish on this system: TCP_MD5SIG: Operation not permitted; "
            "IP_MINTTL or IPV6_MINHOPCOUNT: Operation not permitted\n"
            "  hint: --close stall is silent too, but our kernel goes on to answer keepalives"
        )


def test_nothing_of_either_side_gets_through_and_no_end() -> None:
    with tcp_pair() as (ours, theirs):
        ours.sendall(b"before")
        assert theirs.recv(100) == b"before"
        assert vanish(ours) == means_for(socket.AF_INET)
        theirs.sendall(b"answer")
        ours.sendall(b"after")
        for sock in (ours, theirs):
            sock.settimeout(0.05)
            with pytest.raises(TimeoutError):
                sock.recv(1)


def test_many_threads_find_the_means_at_once() -> None:
    found: list[Means] = []
    threads = [threading.Thread(target=lambda: found.append(means_for(socket.AF_INET))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["md5sig"] * 8


def test_from_a_peer_that_has_gone_nobody_can_vanish() -> None:
    with tcp_pair() as (ours, theirs):
        ours.sendall(b"x")
        theirs.recv(1, socket.MSG_PEEK)
        theirs.close()  # with an unread byte: a reset
        assert vanish(ours) is None
        ours.close()
        assert vanish(ours) is None


def test_a_unix_socket_is_refused_with_the_reason(tmp_path: Path) -> None:
    with unix_pair(tmp_path / "s") as (ours, _), pytest.raises(SystemFault, match="a Unix socket has no cable"):
        vanish(ours)
