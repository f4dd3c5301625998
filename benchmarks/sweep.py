"""A sweep in a second: a small request, cut at each byte in three ways, and each play judged.

    python benchmarks/sweep.py

Against an asyncio server, in a process of its own, which answers 200 to a whole request and 400 to one cut short.
The time is that of the command without the start of Python: with the plays of the whole request that tell whether the
server is well, and the second look. Medians of the rounds.
"""

import argparse
import asyncio
import contextlib
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

from crowds import SPAWN, raise_the_limit
from cuts import write_trace
from recordings import table

from tracereplay import Trace
from tracereplay.judge.cell import cells
from tracereplay.judge.finding import Sweep
from tracereplay.judge.setting import Setting
from tracereplay.judge.sweep import Sweeping
from tracereplay.plan.way import Way

WAYS = (Way.FIN, Way.RST, Way.HALF)
PARALLEL = (1, 8, 50)
_LENGTH = b"Content-Length: "


def main() -> int:
    """Print the table; return 1 if a verdict is not what this server deserves."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--step", type=int, default=1, help="cut at each STEP-th byte; default 1")
    options.add_argument("--rounds", type=int, default=5, help="how often everything is measured; default 5")
    wanted = options.parse_args()
    raise_the_limit()
    rows = []
    is_right = True
    with tempfile.TemporaryDirectory(prefix="tracereplay-") as folder, serving() as port:
        trace, request = write_trace(Path(folder))
        for parallel in PARALLEL:
            swept = [sweep(trace, port, parallel, wanted.step) for _ in range(wanted.rounds)]
            rate = median(one.plays / one.seconds for one in swept)
            is_right = is_right and all(not one.findings and one.is_whole for one in swept)
            rows.append((f"`sweep`, parallel {parallel}", f"{swept[0].plays:,}", f"{rate:,.0f}"))
    print(f"A request of {len(request)} bytes")
    print()
    print(table(("client", "cuts", "in a second"), rows))
    print()
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    print(f"At most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit:,.0f} MiB")
    return int(not is_right)


def sweep(trace: Trace, port: int, parallel: int, step: int) -> Sweep:
    """Sweep once."""
    whole = trace.plan().at_speed("max")
    began = time.monotonic()
    listed = cells(whole.main_connection, ["all"], WAYS)
    setting = Setting(
        whole=whole,
        plan_of=lambda cell: whole.truncated(str(cell.place)).leaving(cell.way),
        command_of=lambda cell: f"tracereplay play {trace.name} --truncate {cell.place} --close {cell.way.value}",
        target=f"127.0.0.1:{port}",
        parallel=parallel,
    )
    sweeping = Sweeping([one for one in listed if one.place.at and one.place.at % step == 0], setting)
    for _ in sweeping.play():
        pass
    return sweeping.result(time.monotonic() - began)


@contextmanager
def serving() -> Iterator[int]:
    """Run the server; yield its port."""
    port, ours = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=_serve, args=(ours,), daemon=True)
    process.start()
    try:
        yield port.recv()
    finally:
        process.terminate()
        process.join()


def _serve(port: Connection) -> None:
    raise_the_limit()

    async def serve() -> None:
        server = await asyncio.start_server(_answer, "127.0.0.1", 0, backlog=4096)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    status = b"400 Bad Request"
    with contextlib.suppress(ConnectionError):
        with contextlib.suppress(asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.partition(_LENGTH)[2].partition(b"\r\n")[0]))
            status = b"200 OK"
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()


if __name__ == "__main__":
    raise SystemExit(main())
