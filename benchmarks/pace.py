"""How late sends are: 2,000 events that are 1 to 10 ms apart.

    python benchmarks/pace.py

Late against the recorded times: as the play says it of itself, and as a sink in another process sees it, next to a loop
that sleeps until each is due. At the sink the earliest event counts as punctual, for it does not know when we began.
"""

import argparse
import random
import socket
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import accumulate
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import quantiles

from recordings import table

from tracereplay import load, play
from tracereplay.trace.event import Direction, Event, Kind
from tracereplay.trace.payload import Payload
from tracereplay.trace.writer import write_items

_EVENT = b"x" * 100
_LEAST_NS, _MOST_NS = 1_000_000, 10_000_000
_START_NS = 3600 * 1_000_000_000
_SPAWN = get_context("spawn")


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--events", type=int, default=2000, help="how many; default 2000")
    wanted = options.parse_args()
    chance = random.Random(4)  # noqa: S311 - the same each time
    gaps = (chance.randrange(_LEAST_NS, _MOST_NS, 1000) for _ in range(wanted.events - 1))
    due_ns = list(accumulate(gaps, initial=0))
    rows = []
    with tempfile.TemporaryDirectory(prefix="tracereplay-") as folder:
        trace = Path(folder) / "trace.txt"
        trace.write_bytes(b"".join(write_items((_event(at_ns) for at_ns in due_ns), "hex")))

        def replay(target: str) -> None:
            late = play(load(trace).plan(), target).connection.lateness
            assert late is not None
            rows.append(("`play`, as it says", late.median_ns, late.p99_ns, late.max_ns))

        seen = _seen_by_a_sink(replay, len(due_ns))
        rows.append(("`play`, at the sink", *_spread(seen, due_ns)))
        slept = _seen_by_a_sink(lambda target: _sleep(target, due_ns), len(due_ns))
        rows.append(("a loop with `time.sleep()`, at the sink", *_spread(slept, due_ns)))
    print(
        table(
            ("late by µs", "median", "99 %", "at most"),
            [(what, *(f"{ns / 1000:,.0f}" for ns in numbers)) for what, *numbers in rows],
        )
    )


def _event(at_ns: int) -> Event:
    return Event(1, _START_NS + at_ns, None, Direction.SENT, Kind.DATA, Payload(_EVENT), len(_EVENT))


def _sleep(target: str, due_ns: Sequence[int]) -> None:
    host, _, port = target.rpartition(":")
    with socket.create_connection((host, int(port))) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        began_ns = time.monotonic_ns()
        for at_ns in due_ns:
            time.sleep(max(0, began_ns + at_ns - time.monotonic_ns()) / 1e9)
            sock.sendall(_EVENT)


def _spread(seen_ns: Sequence[int], due_ns: Sequence[int]) -> tuple[int, int, int]:
    late = [seen - due for seen, due in zip(seen_ns, due_ns, strict=True)]
    late = [one - min(late) for one in late]
    hundredths = quantiles(late, n=100)
    return round(hundredths[49]), round(hundredths[98]), max(late)


def _seen_by_a_sink(send: Callable[[str], None], events: int) -> list[int]:
    """Return when each event had come, on the clock of this machine."""
    ours, theirs = _SPAWN.Pipe()
    sink = _SPAWN.Process(target=_sink, args=(theirs, events))
    sink.start()
    port = ours.recv()
    send(f"127.0.0.1:{port}")
    times: list[int] = ours.recv()
    sink.join()
    return times


def _sink(told: Connection, events: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        told.send(listening.getsockname()[1])
        connection, _ = listening.accept()
    times: list[int] = []
    count = 0
    buffer = bytearray(1 << 16)
    with connection:
        while len(times) < events and (size := connection.recv_into(buffer)):
            now_ns = time.monotonic_ns()
            count += size
            times += [now_ns] * (count // len(_EVENT) - len(times))
    told.send(times)


if __name__ == "__main__":
    main()
