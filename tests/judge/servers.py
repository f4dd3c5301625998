"""Servers that do one thing wrong each, on real sockets: talks for a ``Sink``."""

import select
import socket
import threading
from collections.abc import Callable

from tests.net.sink import Seen, Sink, Talk

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BAD = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
FAILED = b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

Reply = Callable[[Seen, bool], bytes]


def is_whole(data: bytes) -> bool:
    head, end, body = data.partition(b"\r\n\r\n")
    return bool(end) and len(body) >= int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0] or b"0")


def read(sock: socket.socket, seen: Seen) -> bool:
    """Read a request; return whether it is whole."""
    while not is_whole(bytes(seen.data)):
        chunk = sock.recv(65536)
        if not chunk:
            return False
        seen.data += chunk
    return True


def replying(reply: Reply) -> Talk:
    """Return a talk that reads a request, or what there is of it, and sends what ``reply`` returns."""

    def talk(sock: socket.socket, seen: Seen) -> None:
        whole = read(sock, seen)
        if answer := reply(seen, whole):
            sock.sendall(answer)

    return talk


careful = replying(lambda _, whole: OK if whole else BAD)
naive = replying(lambda *_: OK)
failing = replying(lambda _, whole: OK if whole else FAILED)
closing = replying(lambda _, whole: OK if whole else b"")


def hanging(over: threading.Event) -> Talk:
    """Return a talk that never ends when a message is cut short; ``over`` lets it go."""

    def talk(sock: socket.socket, seen: Seen) -> None:
        if read(sock, seen):
            sock.sendall(OK)
        else:
            over.wait(30)

    return talk


def hasty(sock: socket.socket, seen: Seen) -> None:
    """Answer a request by its head alone, and take what follows for the next one."""
    while b"\r\n\r\n" not in seen.data:
        chunk = sock.recv(65536)
        if not chunk:
            return
        seen.data += chunk
    rest = bytes(seen.data).partition(b"\r\n\r\n")[2]
    sock.sendall(OK)
    if rest or sock.recv(65536):
        sock.sendall(BAD)


def refusing_the_end(sock: socket.socket, seen: Seen) -> None:
    """Refuse a request by its head; and its end, too, when that comes early."""
    while b"\r\n\r\n" not in seen.data:
        chunk = sock.recv(65536)
        if not chunk:
            return
        seen.data += chunk
    refusal = BAD.replace(b"Connection: close\r\n", b"")
    sock.sendall(refusal)
    if not read(sock, seen):
        sock.sendall(refusal)


class Dying(Sink):
    """Listens no more once it was left after so many bytes."""

    def __init__(self, fatal: int) -> None:
        def reply(seen: Seen, whole: bool) -> bytes:
            if len(seen.data) == fatal:
                self._listener.shutdown(socket.SHUT_RDWR)
            return OK if whole else BAD

        super().__init__(replying(reply))

    def __exit__(self, *_: object) -> None:
        self._acceptor.join()
        self._listener.close()
        for thread in self._threads:
            thread.join(10)


def poisoned(fatal: int) -> Talk:
    """Return a talk that answers 503 to all once a client has left after so many bytes."""
    is_ill = threading.Event()

    def reply(seen: Seen, whole: bool) -> bytes:
        if len(seen.data) == fatal:
            is_ill.set()
        if not whole:
            return BAD
        return FAILED.replace(b"500", b"503") if is_ill.is_set() else OK

    return replying(reply)


def moody(at: int) -> Talk:
    """Return a talk that refuses what is cut at this byte and closes without a word, in turns."""
    times: list[int] = []

    def reply(seen: Seen, whole: bool) -> bytes:
        if len(seen.data) == at:
            times.append(1)
            return BAD if len(times) % 2 else b""
        return OK if whole else BAD

    return replying(reply)


def overwhelmed(over: threading.Event) -> Talk:
    """Return a talk that never ends while another one goes on: what hangs, hangs for the load alone."""
    busy = threading.Lock()

    def talk(sock: socket.socket, seen: Seen) -> None:
        if not busy.acquire(blocking=False):
            read(sock, seen)
            poll = select.poll()
            poll.register(sock, select.POLLHUP)
            while not over.is_set() and not poll.poll(50):
                pass
            return
        try:
            careful(sock, seen)
        finally:
            busy.release()

    return talk
