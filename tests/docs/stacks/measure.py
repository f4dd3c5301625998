"""Measures a stack: real curl uploads to it once, and then clients leave."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.docs.stacks.data import Left, Measured, Swept
from tests.docs.stacks.journal import Journal, Noted
from tests.docs.stacks.stack import Running, Stack, running
from tracereplay import load, play, record
from tracereplay.library import Plan, Trace

Seen = TypeVar("Seen")

FILE_BYTES = 1_048_576
WAYS, HEAD_WAYS, SWEPT_WAYS = ("fin", "rst", "half", "stall"), ("fin", "half", "stall"), ("fin", "rst", "half")
BODY, HEAD = "body:50%", "head:50%"
WHOLE, SLOW = "100%", "slow"
SLOW_SECONDS = 4  # longer than any of the timeouts, and no pause in it is
HOLD_SECONDS = 6
_CURL = ("curl", "--disable", "--silent", "--show-error", "--fail", "--noproxy", "*", "--output", "/dev/null")
_LOOK_EVERY_SECONDS = 0.02
_PATIENCE_SECONDS = 3.0  # for the application to say how it ended, after the client has gone
_QUIET_SECONDS = 0.5


def measured(stack: Stack, python: Path, folder: Path, tell: Callable[[str], object] = lambda _: None) -> Measured:
    """Return what came of all the clients that left this stack, which ``python`` runs."""
    folder.mkdir(parents=True)
    journal = Journal(folder / "journal")
    with running(stack, python, folder) as it:
        trace = recorded(folder, it.front.url + stack.path)
        (whole,) = _settled(journal)
        assert whole.state == "complete", whole
        places = [(BODY, way) for way in WAYS] + [(HEAD, way) for way in HEAD_WAYS]
        left = [_left(it, trace, journal, place, way) for place, way in (*places, (WHOLE, SLOW))]
        swept = [_swept(it, trace, journal, way, whole.seen) for way in SWEPT_WAYS]
    tell(stack.name)
    return Measured(stack.server, stack.app, whole.seen, left, swept)


def recorded(folder: Path, url: str) -> Trace:
    """Return the upload of a file of 1 MiB to ``url``, by the real curl."""
    file = folder / "big.csv"
    file.write_bytes(b"".join(b"%07d,%05d\n" % (line, line * line % 99_991) for line in range(80_000))[:FILE_BYTES])
    recording = record([*_CURL, "--form", f"file=@{file};type=text/csv", url], folder / "upload.txt")
    assert recording.exit_code == 0, f"curl ended with {recording.exit_code}"
    return load(folder / "upload.txt")


def recorded_body_bytes(folder: Path) -> int:
    """Return how long the body of the upload is that was recorded in ``folder``."""
    connection = load(folder / "upload.txt").plan().main_connection
    (request,) = connection.conversation.requests
    assert request.head_end is not None
    return connection.planned_bytes - request.head_end


def _left(it: Running, trace: Trace, journal: Journal, place: str, way: str) -> Left:
    journal.mark()
    lost = it.back.restarted or 0
    began = time.monotonic()
    outcome = play(_plan(trace, place, way), it.front.target, timeout=f"{HOLD_SECONDS}s").connection
    gone = time.monotonic()
    final = _noted(journal)
    # What the application did after we had given up staying is not what it did with a client that stays.
    stayed_in_vain = outcome.ended == "timeout"
    is_killed = way in ("stall", SLOW) and _is_killed(it, lost)
    noted = _only(journal.uploads(began + HOLD_SECONDS)) if stayed_in_vain else final
    is_over = noted is not None and noted.is_over
    return Left(
        place,
        way,
        status=None if outcome.answer is None else outcome.answer.status,
        peer=outcome.peer,
        reaction=None if outcome.reaction_seconds is None else round(outcome.reaction_seconds, 2),
        state=None if noted is None else noted.state,
        seen=0 if noted is None else noted.seen,
        error=None if noted is None else noted.error,
        over=round(max(0.0, noted.at - gone), 2) if noted and is_over and not stayed_in_vain else None,
        is_killed=is_killed,
    )


def _plan(trace: Trace, place: str, way: str) -> Plan:
    if way == SLOW:
        return trace.plan().lasting(f"{SLOW_SECONDS}s")
    return trace.plan().at_speed("max").truncated(place).leaving(way)


def _is_killed(it: Running, lost: int) -> bool:
    """Return whether the worker was, which is seen a moment after its answer."""
    return it.back.restarted is not None and _soon(lambda: it.back.restarted or 0, lambda now: now > lost) > lost


def _swept(it: Running, trace: Trace, journal: Journal, way: str, whole: int) -> Swept:
    journal.mark()
    command = [sys.executable, "-m", "tracereplay", "sweep", trace.name, "--target", it.front.target]
    done = subprocess.run(
        [*command, "--close", way, "--format", "json", "--quiet"],
        stdout=subprocess.PIPE,
        check=False,
        cwd=trace.path.parent,
    )
    assert done.returncode in (0, 1), f"the sweep ended with {done.returncode}"
    told = json.loads(done.stdout)
    uploads = _settled(journal)
    # At whom stays a sweep looks twice, so that there are more uploads than plays.
    is_once = way != "half"
    return Swept(
        way,
        told["plays"],
        told["verdicts"],
        {f"{one['rule']} {one['place']}": one["count"] for one in told["findings"]},
        short=sum(one.state == "complete" and one.seen < whole for one in uploads) if is_once else None,
        left_open=sum(not one.is_over for one in uploads) if is_once else None,
    )


def _noted(journal: Journal) -> Noted | None:
    """Return the one upload since the mark, when it is over, or after some patience; None when there is none."""
    return _soon(lambda: _only(journal.uploads()), lambda noted: noted is not None and noted.is_over)


def _soon(look: Callable[[], Seen], is_so: Callable[[Seen], bool]) -> Seen:
    """Return the first thing seen that ``is_so``; after some patience what is seen then, for that is a result, too."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_so(seen := look()) and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_SECONDS)
    return seen


def _only(uploads: list[Noted]) -> Noted | None:
    assert len(uploads) <= 1, f"{len(uploads)} uploads, and one client"
    return uploads[0] if uploads else None


def _settled(journal: Journal) -> list[Noted]:
    """Return the uploads since the mark, once nothing is noted any more."""
    size, since = journal.size, time.monotonic()
    while time.monotonic() - since < _QUIET_SECONDS:
        time.sleep(_LOOK_EVERY_SECONDS)
        if journal.size != size:
            size, since = journal.size, time.monotonic()
    return journal.uploads()
