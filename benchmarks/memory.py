"""The memory that ``show``, ``extract`` and ``play`` take for a trace of any size.

    python benchmarks/memory.py --size 1GiB

Each command runs in a process of its own; what is told is its largest resident set, as ``wait4()`` counts it.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from recordings import Content, size, table, write_upload

from tracereplay.trace.reader import Form

LIMIT_BYTES = 64 << 20
_SPAWN = get_context("spawn")
_TRACES: Sequence[tuple[str, Content, Form]] = (
    ("hex.txt", "binary", "hex"),
    ("hex.txt.gz", "binary", "hex"),
    ("ascii.txt", "short lines", "ascii"),
    ("ascii.txt.gz", "short lines", "ascii"),
    ("ascii-binary.txt", "binary", "ascii"),
)


def main() -> int:
    """Print the table; the exit code is 1 when something took more than the limit."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--size", type=size, default=size("64MiB"), help="of each trace; default 64MiB")
    options.add_argument("--only", help="the trace of this name alone")
    wanted = options.parse_args()
    largest = 0
    rows = []
    with tempfile.TemporaryDirectory(prefix="tracereplay-") as folder, _sink() as port:
        for name, content, form in _TRACES:
            if wanted.only not in (None, name):
                continue
            path = Path(folder) / name
            with _SPAWN.Pool(1) as pool:  # a child is told to be at least as large as its parent has been
                written = pool.apply(write_upload, (path, content, form, wanted.size))
            for what, arguments in _commands(path, port, form, content):
                peak, seconds = _run(arguments)
                largest = max(largest, peak)
                rows.append((f"`{what}` {name}", f"{written / 2**20:,.0f}", f"{peak / 2**20:.1f}", f"{seconds:.1f}"))
            path.unlink()
        line = Path(folder) / "line.txt"
        written = _one_line(line, wanted.size)
        peak, seconds = _run(("show", str(line), "-n", "5"))
        largest = max(largest, peak)
        rows.append(("`show -n 5` one line", f"{written / 2**20:,.0f}", f"{peak / 2**20:.1f}", f"{seconds:.1f}"))
    print(table(("command, trace", "MiB of trace", "MiB resident", "seconds"), rows))
    return int(largest > LIMIT_BYTES)


def _commands(path: Path, port: int, form: Form, content: Content) -> Iterator[tuple[str, tuple[str, ...]]]:
    trace = str(path)
    keep = ("--unknown", "keep") if form == "ascii" else ()
    if form == "hex" or content != "binary":  # else the list of the unknown bytes is larger than the trace
        yield "show --format json", ("show", trace, "--format", "json")
    yield "show -n 5", ("show", trace, "-n", "5")
    yield "extract", ("extract", trace, "--sent", os.devnull, *keep)
    yield "play", ("play", trace, "--target", f"127.0.0.1:{port}", "--speed", "max", "--quiet", *keep)


def _one_line(path: Path, count: int) -> int:
    """Write an information line that does not end, behind a small event."""
    with path.open("wb") as stream:
        stream.write(b"=> Send header, 2 bytes (0x2)\n0000: ..\n== Info: ")
        for _ in range(count >> 16):
            stream.write(b"x" * (1 << 16))
        return stream.tell()


def _run(arguments: Sequence[str]) -> tuple[int, float]:
    """Return the largest resident set of the command, in bytes, and how long it took."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        command = subprocess.Popen(
            [sys.executable, "-m", "tracereplay", *arguments], stdout=subprocess.DEVNULL, stderr=errors
        )
        _, status, usage = os.wait4(command.pid, 0)
        command.returncode = os.waitstatus_to_exitcode(status)
        if command.returncode:
            errors.seek(0)
            raise SystemExit(f"{arguments}: exit {command.returncode}: {errors.read().decode()}")
    return usage.ru_maxrss << (0 if sys.platform == "darwin" else 10), time.perf_counter() - began


@contextmanager
def _sink() -> Iterator[int]:
    """Give the port of a server that reads all and answers at the end of a body."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_serve, args=(listening,), daemon=True).start()
        yield listening.getsockname()[1]


def _serve(listening: socket.socket) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(1 << 16)
            head, _, body = head.partition(b"\r\n\r\n")
            left = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]) - len(body)
            buffer = bytearray(1 << 18)
            while left > 0 and (count := connection.recv_into(buffer)):
                left -= count
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            connection.recv(1)


if __name__ == "__main__":
    sys.exit(main())
