"""Held connections: stalled uploads by ``play_many``, by a thread for each, and by ``slowhttptest``, on one server.

    python benchmarks/held.py

Each client is a process of its own, against an asyncio server in another. A connection is held once the server has
the head of its request, until it is over: the server counts them. What is told of memory and CPU is what the client
took for so many connections more than it took for one, a while after all were held; the kernel's own is not in it.
"""

import argparse
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from crowds import SPAWN, Server, raise_the_limit, wait_until
from recordings import table

from tracereplay import load
from tracereplay.net.many import play_many
from tracereplay.trace import dump_hex
from tracereplay.trace.payload import Payload

_BODY_BYTES = 8192
_HEAD = b"POST /files HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % _BODY_BYTES
_PLACE = "body:50%"
_SENT = _HEAD + bytes(_BODY_BYTES // 2)
_PATIENCE_SECONDS = 40.0
_SPARE_FILES = 100
_OURS = "`play_many`"
_SLOWHTTPTEST = "`slowhttptest -B`"

Client = Callable[[int, int], AbstractContextManager[int]]  # port, how many connections; gives the id of its process


@dataclass(frozen=True, slots=True)
class Holding:
    """What it took: ``held`` connections at once, after ``seconds``; the client's memory, and its CPU in two spans."""

    held: int
    seconds: float
    resident_bytes: int
    cpu_seconds: float
    cpu_share: float


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--connections", default="1000,5000,10000", help="how many; default 1000,5000,10000")
    options.add_argument("--hold", type=float, default=3.0, help="seconds to look on while all are held; default 3")
    options.add_argument("--rounds", type=int, default=3, help="how often everything is measured; default 3")
    wanted = options.parse_args()
    limit = raise_the_limit()
    counts = [int(text) for text in wanted.connections.split(",")]
    rows = []
    with tempfile.TemporaryDirectory(prefix="tracereplay-") as folder, Server() as server:
        trace = Path(folder) / "upload.txt"
        write_trace(trace)
        clients: dict[str, Client] = {_OURS: partial(hold_by_plays, str(trace)), "a thread for each": hold_by_threads}
        if shutil.which("slowhttptest"):
            clients[_SLOWHTTPTEST] = hold_by_slowhttptest
        alone = {name: median_of(server, client, 1, wanted.hold, wanted.rounds) for name, client in clients.items()}
        for count in counts:
            if count + _SPARE_FILES > limit:
                print(f"{count:,} connections are left out: only {limit:,} files may be open here\n")
                continue
            for name, client in clients.items():
                rows.append(row(name, count, median_of(server, client, count, wanted.hold, wanted.rounds), alone[name]))
    if _SLOWHTTPTEST not in clients:
        print("slowhttptest is left out: it is not installed here\n")
    titles = ("client", "asked for", "held", "seconds until all are", "KiB each", "µs of CPU each", "% CPU while held")
    print(table(titles, rows))


def row(name: str, count: int, one: Holding, alone: Holding) -> tuple[str, ...]:
    """Return the row of the table."""
    more = max(1, one.held - 1)
    kib = (one.resident_bytes - alone.resident_bytes) / more / 1024
    cpu = (one.cpu_seconds - alone.cpu_seconds) / more * 1e6
    seconds = f"{one.seconds:.1f}" if one.held >= count else "never"
    return name, f"{count:,}", f"{one.held:,}", seconds, f"{kib:.1f}", f"{cpu:,.0f}", f"{100 * one.cpu_share:.1f}"


def median_of(server: Server, client: Client, count: int, hold_seconds: float, rounds: int) -> Holding:
    """Return the median of each quantity."""
    runs = [held(server, client, count, hold_seconds) for _ in range(rounds)]
    return Holding(
        held=int(median(run.held for run in runs)),
        seconds=median(run.seconds for run in runs),
        resident_bytes=int(median(run.resident_bytes for run in runs)),
        cpu_seconds=median(run.cpu_seconds for run in runs),
        cpu_share=median(run.cpu_share for run in runs),
    )


def held(server: Server, client: Client, count: int, hold_seconds: float) -> Holding:
    """Let the client hold so many connections, and look at it once they are there, after some time, and again."""
    with client(server.port, count) as process:
        wait_until(lambda: server.held >= count, _PATIENCE_SECONDS)
        time.sleep(hold_seconds)
        resident, cpu = resident_bytes(process), cpu_seconds(process)
        time.sleep(hold_seconds)
        share = (cpu_seconds(process) - cpu) / hold_seconds
        there, seconds = server.held, server.held_seconds
    if not wait_until(lambda: server.over == server.accepted, _PATIENCE_SECONDS):
        raise SystemExit(f"{server.held:,} connections are left over")
    server.forget()
    return Holding(there, seconds, resident, cpu, share)


@contextmanager
def hold_by_plays(trace: str, port: int, count: int) -> Iterator[int]:
    """Hold uploads that stall, by tracereplay."""
    with _spawned(_play, trace, port, count) as process:
        yield process


def _play(trace: str, port: int, count: int) -> None:
    raise_the_limit()
    plan = load(trace).plan().truncated(_PLACE).leaving("stall", hold="1h")
    for one in play_many(itertools.repeat(plan, count), f"127.0.0.1:{port}", parallel=count):
        raise SystemExit(f"a play has ended: {one}")


@contextmanager
def hold_by_threads(port: int, count: int) -> Iterator[int]:
    """Hold uploads that stall, by a thread for each, as anybody would."""
    with _spawned(_have_threads, port, count) as process:
        yield process


def _have_threads(port: int, count: int) -> None:
    raise_the_limit()
    for _ in range(count):
        threading.Thread(target=_stall, args=(port,), daemon=True).start()
    threading.Event().wait()


def _stall(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(_SENT)
        sock.recv(1)


@contextmanager
def hold_by_slowhttptest(port: int, count: int) -> Iterator[int]:
    """Hold bodies that do not come, by slowhttptest: all opened in its first second, and nothing follows."""
    command = ["slowhttptest", "-B", "-t", "POST", "-u", f"http://127.0.0.1:{port}/", "-s", str(_BODY_BYTES)]
    command += ["-c", str(count), "-r", str(count), "-i", "3600", "-l", "3600"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process.pid
        finally:
            process.kill()


@contextmanager
def _spawned(function: Callable[..., None], *arguments: object) -> Iterator[int]:
    process = SPAWN.Process(target=function, args=arguments, daemon=True)
    process.start()
    assert process.pid is not None
    try:
        yield process.pid
    finally:
        process.kill()
        process.join()


def resident_bytes(process: int) -> int:
    """Return how much memory the process has resident, in bytes."""
    pages = int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(process: int) -> float:
    """Return how much CPU the process has had, of its own and in the kernel."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def write_trace(path: Path) -> None:
    """Write the recording of the upload."""
    with path.open("wb") as stream:
        for kind, data in (("header", _HEAD), ("data", bytes(_BODY_BYTES))):
            stream.write(f"=> Send {kind}, {len(data)} bytes (0x{len(data):x})\n".encode())
            stream.write(dump_hex.write(Payload(data)))


if __name__ == "__main__":
    main()
