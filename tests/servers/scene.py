"""Clients that leave in the middle of an upload to Flask under gunicorn, and what each of them left behind."""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from tracereplay import play
from tracereplay.library import ConnectionOutcome, Trace

from .server import Server, Upload, serving

WAYS = ("fin", "rst", "half", "stall")
BODY_PLACES = ("body:25%", "body:50%", "body:75%")
HEAD_PLACES = ("head:50%", "head:100%")

READ_BYTES = 64 * 1024  # what Werkzeug asks for at a time; gunicorn waits until it has them, or the end
HELD_BACK_BYTES = 64  # at most: Werkzeug keeps what may be the beginning of the boundary


@dataclass(frozen=True)
class Scene:
    """One client that left. ``row`` is None when the application was never called."""

    way: str
    place: str
    outcome: ConnectionOutcome
    row: Upload | None
    seconds: float  # until the server was done with it: the play itself takes no time to speak of
    worker_before: int
    worker_after: int
    log: str

    @property
    def worker_lives(self) -> bool:
        return self.worker_before == self.worker_after


def play_scene(server: Server, trace: Trace, way: str, place: str) -> Scene:
    """Play one upload up to ``place`` and leave. The server must have one sync worker."""
    before, rows, logged = server.worker(), len(server.uploads()), len(server.log())
    plan = trace.plan().at_speed("max").truncated(place).leaving(way)
    outcome = play(plan, server.target, timeout="20s").connection
    left = time.monotonic()
    # The only worker takes its clients in turn: when it answers again, it is done with ours.
    after = server.worker()
    seconds = time.monotonic() - left
    new = server.uploads()[rows:]
    return Scene(
        way,
        place,
        outcome,
        row=new[0] if new else None,
        seconds=seconds if outcome.peer == "none" else outcome.seconds,
        worker_before=before,
        worker_after=after,
        log=server.log()[logged:],
    )


def play_scenes(folder: Path, trace: Trace, places: Iterable[str]) -> dict[tuple[str, str], Scene]:
    """Play every way of leaving at every place: each place with a server of its own, all at once."""
    places = tuple(places)
    folders = [folder / f"server-{number}" for number in range(len(places))]
    with ThreadPoolExecutor(len(places)) as pool:
        played = pool.map(lambda at, place: list(_at_one_place(at, trace, place)), folders, places)
        return {(scene.way, scene.place): scene for scene in chain.from_iterable(played)}


def _at_one_place(folder: Path, trace: Trace, place: str) -> Iterator[Scene]:
    folder.mkdir()
    with serving(folder) as server:
        for way in WAYS:
            yield play_scene(server, trace, way, place)


def sent_of_file(trace: Trace, at: int) -> int:
    """How many bytes of the uploaded file are among the first ``at`` bytes that the connection sends."""
    return max(0, at - _offset(trace, "file:0"))


def in_whole_reads(trace: Trace, at: int) -> int:
    """The same, but for the bytes that the application gets while the body goes on: whole reads of 64 KiB."""
    body = _offset(trace, "head:100%")
    return sent_of_file(trace, body + (at - body) // READ_BYTES * READ_BYTES)


def is_whole_reads(trace: Trace, seen: int) -> bool:
    """Whether ``seen`` bytes of the file are what the application has after some number of whole reads."""
    before_the_file = _offset(trace, "file:0") - _offset(trace, "head:100%")
    return seen == 0 or -(before_the_file + seen) % READ_BYTES <= HELD_BACK_BYTES


def _offset(trace: Trace, place: str) -> int:
    cut = trace.plan().truncated(place).main_connection.cut
    assert cut is not None
    return cut.at
