"""When a server is ready: it has reacted, and not only its kernel.

The kernel accepts connections on a socket that listens, whoever will serve them, so that a connection says nothing.
Unless the user names a page to ask for, we send the beginning of a request and close our side: a server that is up
notices, and closes or answers. No application is called for that. (To close without a word is not enough: hypercorn
then waits 5 s.)
"""

import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress

_EVERY_SECONDS = 0.01
_LONGEST_WAIT_SECONDS = 0.05  # before it is looked again whether the server still runs
_SERVER_ERROR = 500
_KNOCK = b"GET"
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r\n]")
_LONGEST_LINE = 1 << 16
_RESETS_OF_THE_LIVING = 2

Check = Callable[[], None]


def await_reaction(host: str, port: int, check: Check) -> None:
    """Return when the server has reacted to a client that hardly says a word; ``check`` raises when waiting is over."""
    resets = 0  # one: the end of a server that had not come to us; again: a server that closes what it has not read
    while resets < _RESETS_OF_THE_LIVING:
        check()
        try:
            with socket.create_connection((host, port), timeout=_LONGEST_WAIT_SECONDS) as knock:
                with suppress(OSError):  # it was faster than we
                    knock.sendall(_KNOCK)
                    knock.shutdown(socket.SHUT_WR)
                _await_anything(knock, check)
                break
        except ConnectionResetError:
            resets += 1
        except OSError:  # nobody listens yet
            resets = 0
        time.sleep(_EVERY_SECONDS)
    check()


def await_page(host: str, port: int, path: str, check: Check) -> None:
    """Return when a GET of ``path`` is answered, and not with a 5xx."""
    named = f"[{host}]" if ":" in host else host
    request = f"GET {path} HTTP/1.1\r\nHost: {named}:{port}\r\nConnection: close\r\n\r\n".encode()
    while True:
        check()
        try:
            with socket.create_connection((host, port), timeout=_LONGEST_WAIT_SECONDS) as asking:
                asking.sendall(request)
                status = _status(asking, check)
        except OSError:
            status = None
        if status is not None and status < _SERVER_ERROR:
            return
        time.sleep(_EVERY_SECONDS)


def await_true(ready: Callable[[], object], check: Check) -> None:
    """Return when the user's own ``ready`` is true; that it raises means not yet."""
    while True:
        check()
        try:
            if ready():
                return
        except Exception:  # noqa: BLE001, S110 - whatever it is, it may be over soon
            pass
        time.sleep(_EVERY_SECONDS)


def _await_anything(connection: socket.socket, check: Check) -> None:
    """Return when there is a byte to read, or the end."""
    while True:
        try:
            connection.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            check()
        else:
            return


def _status(connection: socket.socket, check: Check) -> int | None:
    """Return the status of the answer, None for what is no HTTP; one that stops in the middle is waited for."""
    line = b""
    while b"\n" not in line and len(line) < _LONGEST_LINE:
        try:
            piece = connection.recv(_LONGEST_LINE)
        except TimeoutError:
            check()
            continue
        if not piece:
            break
        line += piece
    found = _STATUS_LINE.match(line)
    return None if found is None else int(found[1])
