"""A server in a process of its own, which counts what is uploaded and keeps nothing; and how a command is run."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection

SPAWN = get_context("spawn")


class Receiver:
    """Where it listens, ``target``, and what it has counted."""

    def __init__(self, told: Connection) -> None:
        self._told = told
        self.target = f"127.0.0.1:{told.recv()}"

    def upload(self) -> tuple[int, float]:
        """Return the size of the next upload's body in bytes, and the seconds from its first byte to its last."""
        count, seconds = self._told.recv()
        return count, seconds


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Give a receiver that listens until the block is left."""
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=_receive, args=(theirs,), daemon=True)
    process.start()
    try:
        yield Receiver(ours)
    finally:
        process.terminate()


def run(command: Sequence[str]) -> int:
    """Return the largest resident set of the command, in bytes."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]}: exit {process.returncode}")
    return usage.ru_maxrss << (0 if sys.platform == "darwin" else 10)


def _receive(told: Connection) -> None:
    buffer = bytearray(1 << 20)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        told.send(listening.getsockname()[1])
        while True:
            connection, _ = listening.accept()
            with connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(1 << 16)
                head, _, body = head.partition(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                began, count = time.perf_counter(), len(body)
                while count < length and (got := connection.recv_into(buffer)):
                    count += got
                told.send((count, time.perf_counter() - began))
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                connection.recv(1)
