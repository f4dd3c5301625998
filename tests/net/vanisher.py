"""A client that vanishes, in a process of its own: ``python -m tests.net.vanisher``, with an Order as JSON.

It tells on stdout, as JSON, what it did on each connection, and stays until its stdin ends: what a process holds open
would be seen when it goes. As nobody it may not be able to read a module any more: all are imported before.
"""

import contextlib
import ctypes
import json
import os
import platform
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import TypedDict

from tracereplay.errors import SystemFault
from tracereplay.net.kernel import output_queue_bytes, unread_input_bytes
from tracereplay.net.sock_diag import unread_by_peer
from tracereplay.net.vanishing import Means, means_for, vanish

NOBODY = 65534
EXTRA = b"!" * 400
ANSWER = b"100 early"
ARCHITECTURES = {"x86_64": 54, "aarch64": 208}  # of setsockopt
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _SECCOMP_MODE_FILTER = 22, 38, 2


class Case(TypedDict):
    """One connection: by what ``means`` it vanishes (None: the best), or that it ``closes`` in an ordinary way."""

    host: str
    port: int
    size: int
    means: Means | None
    closes: bool
    awaits: int


class Order(TypedDict):
    """As whom, with which (level, option) of setsockopt forbidden, what is done."""

    nobody: bool
    forbidden: list[tuple[int, int]]
    cases: list[Case]


class Done(TypedDict):
    """What was done: by what means, and whether the kernel told that the server had read all."""

    means: str | None
    unread: int | None


def main() -> None:
    order: Order = json.loads(sys.argv[1])
    if order["nobody"]:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if order["forbidden"]:
        forbid(order["forbidden"])
    try:
        best = {"v4": means_for(socket.AF_INET), "v6": means_for(socket.AF_INET6)}
        print(json.dumps({"best": best, "done": [play(case) for case in order["cases"]]}), flush=True)
    except SystemFault as fault:
        print(json.dumps({"fault": str(fault)}), flush=True)
    sys.stdin.read()


def play(case: Case) -> Done:
    """Send, wait until it is read, and vanish; write more where that must not arrive; close."""
    sock = socket.socket(socket.AF_INET6 if ":" in case["host"] else socket.AF_INET)
    sock.connect((case["host"], case["port"]))
    sock.sendall(b"x" * case["size"])
    wait_until(lambda: output_queue_bytes(sock) == 0 and unread_input_bytes(sock) == case["awaits"])
    with contextlib.suppress(TimeoutError):
        wait_until(lambda: unread_by_peer(sock) == 0)
    unread = unread_by_peer(sock)
    means = None if case["closes"] else vanish(sock, case["means"])
    sock.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while sock.recv(65536):
            pass
    if means == "md5sig":
        sock.send(EXTRA)
    sock.close()
    return {"means": means, "unread": unread}


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.001)


def forbid(pairs: list[tuple[int, int]]) -> None:
    """Let setsockopt() of each (level, option) fail with EPERM, as the seccomp profile of a container does."""
    load, jump, answer, allow, eperm = 0x20, 0x15, 0x06, 0x7FFF0000, 0x00050001
    rules = [(load, 0, 0, 0), (jump, 0, 5 * len(pairs), ARCHITECTURES[platform.machine()])]
    for level, option in pairs:
        rules += [(load, 0, 0, 24), (jump, 0, 3, level), (load, 0, 0, 32), (jump, 0, 1, option), (answer, 0, 0, eperm)]
    rules.append((answer, 0, 0, allow))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *rule) for rule in rules))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(rules), ctypes.addressof(code)))
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, program, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


if __name__ == "__main__":
    main()
