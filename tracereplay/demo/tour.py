"""Records one upload and plays it in every way, against the demo server, which tells what it saw."""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tracereplay.demo.server import Upload, UploadServer, serving
from tracereplay.errors import SystemFault
from tracereplay.library import ConnectionOutcome, Trace, load, play
from tracereplay.plan.way import Way
from tracereplay.recorder import record

PLACE = "50%"

_ROWS = 32_000
_TIMEOUT = "10s"
_WAYS = (Way.FIN, Way.RST, Way.HALF, Way.STALL)  # of one that vanished the server would never hear


@dataclass(frozen=True, slots=True)
class Visit:
    """One play: ``how`` it was, what happened to the client, and what the server saw of it."""

    how: str
    client: ConnectionOutcome
    server: Upload


def tour(output: Path, tell: Callable[[str], None]) -> Iterator[Visit]:
    """Record an upload to ``output``, and yield each play of it; ``tell`` is told what is done.

    Raises PlanError without a curl, or when ``output`` cannot be written; SystemFault when curl fails.
    """
    with serving() as server:
        tell(f"a server that works on an upload while it arrives: {server.url}")
        trace = _record(server, output)
        sent, received = trace.conversations[0].sent.bytes, trace.conversations[0].received.bytes
        tell(f"curl uploads a table to it, recorded in {output}: {sent:,} bytes sent, {received:,} received")
        tell(f"the recording is played whole, and cut at {PLACE} in each of the ways to leave:")
        yield from _visits(trace, server)


def free_name(folder: Path) -> Path:
    """Return the first name in ``folder`` that no file has: ``demo-upload.txt``, ``demo-upload-2.txt``, ..."""
    path, number = folder / "demo-upload.txt", 1
    while os.path.lexists(path):
        number += 1
        path = folder / f"demo-upload-{number}.txt"
    return path


def _record(server: UploadServer, output: Path) -> Trace:
    with tempfile.TemporaryDirectory(prefix="tracereplay-demo-") as folder:
        table = Path(folder, "report.csv")
        _write_table(table)
        # -q and --noproxy: what the user has set for curl elsewhere is not for this server.
        own = ("curl", "-q", "--noproxy", "*", "-sS", "-o", os.devnull)
        recording = record([*own, "-F", f"file=@{table}", server.url], output)
    if recording.exit_code or recording.path is None:
        raise SystemFault(f"curl could not upload to {server.url}: it ended with {recording.exit_code}")
    server.upload(0)
    return load(recording.path)


def _write_table(path: Path) -> None:
    with path.open("w", encoding="ascii", newline="\n") as stream:
        stream.write("number,name,city,amount\n")
        stream.writelines(f"{row:06d},customer-{row:06d},Springfield,{row % 997}\n" for row in range(_ROWS))


def _visits(trace: Trace, server: UploadServer) -> Iterator[Visit]:
    whole = trace.plan()
    target = f"127.0.0.1:{server.server_port}"
    plans = [("whole", whole)]
    plans += [(f"{PLACE} {way.value}", whole.truncated(PLACE).leaving(way)) for way in _WAYS]
    for number, (how, plan) in enumerate(plans, start=1):
        outcome = play(plan, target, timeout=_TIMEOUT)
        yield Visit(how, outcome.connection, server.upload(number))
