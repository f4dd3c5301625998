"""How fast a large body is sent, next to ``curl -T`` to the same sink in the same run, and the memory that takes.

    python benchmarks/throughput.py --size 5G

The rate is what the sink, a process of its own that counts and keeps nothing, saw from the first byte to the last. The
file is sparse: to read it costs the same for both.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

from recordings import size, table, write_upload

LIMIT_BYTES = 64 << 20
_SPAWN = get_context("spawn")


def main() -> int:
    """Print the table; the exit code is 1 when the play took more memory than the limit."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--size", type=size, default=size("5G"), help="of the file; default 5G")
    options.add_argument("--rounds", type=int, default=5, help="how often both are run; default 5")
    wanted = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="tracereplay-") as folder:
        body, trace = Path(folder) / "body.bin", Path(folder) / "trace.txt"
        with body.open("wb") as stream:
            stream.truncate(wanted.size)
        with _SPAWN.Pool(1) as pool:  # a child is told to be at least as large as its parent has been
            pool.apply(write_upload, (trace, "binary", "hex", 1000, 200))
        ours, theirs = _SPAWN.Pipe()
        sink = _SPAWN.Process(target=_sink, args=(theirs,), daemon=True)
        sink.start()
        target = f"127.0.0.1:{ours.recv()}"
        play = (
            "-m",
            "tracereplay",
            "play",
            str(trace),
            "--body",
            f"@{body}",
            "--target",
            target,
            "--speed",
            "max",
            "-q",
        )
        commands = {
            "`curl -T`": ("curl", "-sS", "-o", os.devnull, "-H", "Expect:", "-T", str(body), f"http://{target}/"),
            "`tracereplay play --body`": (sys.executable, *play),
        }
        rates: dict[str, list[float]] = {what: [] for what in commands}
        peaks: dict[str, int] = dict.fromkeys(commands, 0)
        for _ in range(wanted.rounds):
            for what, command in commands.items():
                peaks[what] = max(peaks[what], _run(command))
                count, seconds = ours.recv()
                if count != wanted.size:
                    raise SystemExit(f"{what}: the sink got {count:,} bytes of {wanted.size:,}")
                rates[what].append(count / seconds)
        sink.terminate()
    curl = rates["`curl -T`"]
    rows = [
        (
            what,
            f"{median(found) / 1e9:.2f}",
            f"{median(one / other for one, other in zip(found, curl, strict=True)):.2f}",
            f"{peaks[what] / 2**20:.1f}",
        )
        for what, found in rates.items()
    ]
    print(table(("command", "GB/s", "times `curl -T`", "MiB resident"), rows))
    return int(peaks["`tracereplay play --body`"] > LIMIT_BYTES)


def _run(command: Sequence[str]) -> int:
    """Return the largest resident set of the command, in bytes."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]}: exit {process.returncode}")
    return usage.ru_maxrss << (0 if sys.platform == "darwin" else 10)


def _sink(told: Connection) -> None:
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


if __name__ == "__main__":
    sys.exit(main())
