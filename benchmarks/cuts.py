"""Cuts in a second: a small request, cut at each byte in three ways, next to a loop over blocking sockets.

    python benchmarks/cuts.py

All against the same asyncio server, in a process of its own; the time of a row ends when the server has seen the last
client go. The loop does the same by hand, one after the other: connect, send, leave; it waits for nothing, so that a
reset may overtake bytes. Rates are medians of the rounds, and so is the ratio: in each round everything is done once.
"""

import argparse
import socket
import struct
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from crowds import Server, raise_the_limit, wait_until
from recordings import table

from tracereplay import Trace, load
from tracereplay.net.many import play_many
from tracereplay.trace import dump_hex
from tracereplay.trace.payload import Payload

WAYS = ("fin", "rst", "half")
PARALLEL = (1, 10, 50)
_REQUEST_BYTES = 350
_BODY = b"name=value&" * 15
_GRACE_SECONDS = 60.0

Client = Callable[[int, str, Sequence[int]], None]  # port, way, cuts


@dataclass(frozen=True, slots=True)
class Run:
    """One client, all cuts: how long each way took, the CPU of all, and the bytes that the server got."""

    seconds: Sequence[float]
    cpu_seconds: float
    received: int


def main() -> int:
    """Print the table; return 1 if the server did not get each byte that stands before our cuts."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--step", type=int, default=1, help="cut at each STEP-th byte; default 1")
    options.add_argument("--rounds", type=int, default=5, help="how often everything is measured; default 5")
    wanted = options.parse_args()
    raise_the_limit()
    cuts = range(0, _REQUEST_BYTES, wanted.step)
    with tempfile.TemporaryDirectory(prefix="tracereplay-") as folder, Server() as server:
        trace, request = write_trace(Path(folder))
        clients: dict[str, Client] = {"a loop over blocking sockets": partial(by_hand, request)}
        clients |= {f"`play_many`, parallel {parallel}": partial(played, trace, parallel) for parallel in PARALLEL}
        rounds = [[measured(server, client, cuts) for client in clients.values()] for _ in range(wanted.rounds)]
    count = len(cuts)
    rows = []
    for number, name in enumerate(clients):
        runs = [one[number] for one in rounds]
        rates = [f"{median(count / run.seconds[way] for run in runs):,.0f}" for way in range(len(WAYS))]
        whole = median(count * len(WAYS) / sum(run.seconds) for run in runs)
        ratio = median(sum(one[0].seconds) / sum(one[number].seconds) for one in rounds)
        cpu = median(run.cpu_seconds for run in runs) / count / len(WAYS) * 1e6
        lost = sum(cuts) * len(WAYS) * len(runs) - sum(run.received for run in runs)
        rows.append((name, *rates, f"{whole:,.0f}", f"{ratio:.2f}", f"{cpu:,.0f}", f"{lost:,}"))
    print(f"{count * len(WAYS):,} cuts, of a request of {_REQUEST_BYTES} bytes")
    print()
    print(table(("client", *WAYS, "all, in a second", "times the loop", "µs of CPU each", "bytes lost"), rows))
    return int(any(run.received != sum(cuts) * len(WAYS) for one in rounds for run in one[1:]))


def measured(server: Server, client: Client, cuts: Sequence[int]) -> Run:
    """Make all the cuts in all the ways, and count what the server saw."""
    seconds = []
    received = 0
    cpu = time.process_time()
    for way in WAYS:
        server.forget()
        began_ns = time.monotonic_ns()
        client(server.port, way, cuts)
        if not wait_until(lambda: server.over == len(cuts), _GRACE_SECONDS):
            raise SystemExit(f"{way}: the server has seen {server.over:,} clients go, of {len(cuts):,}")
        seconds.append((server.over_ns - began_ns) / 1e9)
        received += server.received
    return Run(seconds, time.process_time() - cpu, received)


def played(trace: Trace, parallel: int, port: int, way: str, cuts: Sequence[int]) -> None:
    """Make the cuts by tracereplay."""
    plans = (trace.plan().truncated(str(at)).leaving(way) for at in cuts)
    for one in play_many(plans, f"127.0.0.1:{port}", parallel=parallel):
        assert one.outcome is not None, one.error
        assert one.outcome.connection.handed == cuts[one.number]


def by_hand(request: bytes, port: int, way: str, cuts: Sequence[int]) -> None:
    """Make the cuts as anybody would."""
    for at in cuts:
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.sendall(request[:at])
            if way == "rst":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif way == "half":
                sock.shutdown(socket.SHUT_WR)
                while sock.recv(1 << 16):
                    pass


def write_trace(folder: Path) -> tuple[Trace, bytes]:
    """Write the recording of the request; return it, and all that it sends."""
    head = b"POST /files HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\nX-Padding: " % len(_BODY)
    head += b"x" * (_REQUEST_BYTES - len(head) - 4 - len(_BODY)) + b"\r\n\r\n"
    path = folder / "request.txt"
    with path.open("wb") as stream:
        for kind, data in (("header", head), ("data", _BODY)):
            stream.write(f"=> Send {kind}, {len(data)} bytes (0x{len(data):x})\n".encode())
            stream.write(dump_hex.write(Payload(data)))
    return load(path), head + _BODY


if __name__ == "__main__":
    raise SystemExit(main())
