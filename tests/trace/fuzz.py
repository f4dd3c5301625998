"""Mutates real traces and reads them: only errors meant for the user may leave, and nothing is read that is not there.

    python -m tests.trace.fuzz --mutations 100000 [--seed 1] [--processes 2]

A mutation is named by its number, and the same number makes the same text:

    python -m tests.trace.fuzz --only 4711 --keep broken.txt
"""

import argparse
import json
import multiprocessing
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from tests.trace.mutations import mutant, originals
from tests.trace.reading import agrees
from tracereplay.errors import TracereplayError
from tracereplay.library import Trace
from tracereplay.show.as_json import trace_as_json
from tracereplay.show.findings import Checked, checks_as_json
from tracereplay.show.paint import Paint
from tracereplay.show.timeline import summary, timeline
from tracereplay.trace.convert import Conversion
from tracereplay.trace.event import Event, Info
from tracereplay.trace.payload import UNKNOWN, Payload
from tracereplay.trace.reader import Form
from tracereplay.trace.writer import write_items

PATIENCE_SECONDS = 30
FORMS: tuple[tuple[Form, bool], ...] = (("hex", False), ("hex", True), ("ascii", False), ("ascii", True))


def examine(folder: Path, original: bytes, text: bytes) -> str:
    """Read ``text`` in every way there is; return ``read`` or ``refused``.

    Raises AssertionError when it is read otherwise than it shows, and lets every exception pass that is no
    message for the user.
    """
    path, upload = folder / "trace.txt", folder / "small.txt"
    path.write_bytes(text)
    try:
        trace = Trace.load(path)
    except TracereplayError:
        return "refused"
    items = list(trace.printed())
    shown = _Shown(text)
    for item in items:
        if isinstance(item, (Event, Info)):
            shown.must_show(item)
    if original.startswith(text) and not _is_verbose(original):
        _must_agree([item for item in items if isinstance(item, Event)], folder, original)
    for one in trace.conversations:
        events = list(trace.events(one.id))
        assert sum(len(event.payload) for event in events) == one.sent.bytes + one.received.bytes
        for request in one.requests:
            assert request.start <= (request.head_end or request.end) <= request.end <= one.sent.bytes
            assert all(start < end <= one.sent.bytes for start, end in [*request.content, *request.files])
    paint = Paint(is_on=False)
    json.loads("".join(trace_as_json(trace)))
    json.loads(checks_as_json([Checked.of(trace)]))
    list(summary(trace, paint))
    list(timeline(trace, paint))
    for attempt in (
        lambda: trace.plan().check(),
        lambda: [step for one in trace.plan().accepting(unknown=True, torn=True).connections for step in one.steps()],
        lambda: list(Conversion.of(trace, "hex").text()),
        lambda: list(Conversion.of(trace, "ascii").text()),
        lambda: Trace.load(path, strict=True),
        lambda: upload.exists() and Trace.load(path, files=[upload]),
    ):
        with suppress(TracereplayError):
            attempt()
    return "read"


class _Shown:
    """The text of a trace, in which every item must stand as it was read."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._starts = [0]
        for line in text.split(b"\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)

    def must_show(self, item: Event | Info) -> None:
        start, line_end = self._starts[item.line - 1], self._starts[item.line] - 1
        ends = b"\r\n" if self._text[start : line_end + 1].endswith(b"\r\n") else b"\n"
        for one in (item, *_without_last_row(item)):
            for form, shows_delete in FORMS:
                written = b"".join(write_items([one], form, line_end=ends, shows_delete=shows_delete))
                if self._text.find(written, start, line_end + len(written)) >= 0:
                    return
        if b":60." in self._text[start:line_end]:
            return  # a leap second is another second when it is written
        raise AssertionError(f"line {item.line}: what is read is not what the text shows: {item}")


def _without_last_row(item: Event | Info) -> Iterator[Event]:
    """Yield the event without two bytes that the text may not show: unknown ones, behind a full row."""
    if isinstance(item, Event) and item.payload.marks[-2:] == bytes((UNKNOWN, UNKNOWN)):
        yield replace(item, payload=item.payload[:-2])


def _is_verbose(text: bytes) -> bool:
    """Return whether it is what curl -v prints: cut off, it may look like a trace of information alone."""
    return b" bytes (0x" not in text


def _must_agree(found: list[Event], folder: Path, original: bytes) -> None:
    """Check that a trace that is cut off shows no other known bytes than the whole of it."""
    path = folder / "whole.txt"
    path.write_bytes(original)
    whole = {item.line: item for item in Trace.load(path).printed() if isinstance(item, Event)}
    for event in found:
        true = whole[event.line]
        marks, truth = event.payload.marks or bytes(len(event.payload)), true.payload.marks or bytes(len(true.payload))
        both = bytes(max(mine, theirs) for mine, theirs in zip(marks, truth, strict=False))
        assert len(both) == len(event.payload), f"line {event.line}: {event}"
        assert agrees(Payload(event.payload.data, both), true.payload.data), f"line {event.line}: {event}"


def run(seed: int, numbers: range) -> Iterator[tuple[int, str]]:
    """Yield each number and what came of its mutation: ``read``, ``refused``, or a traceback."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as scratch:
        folder = Path(scratch)
        (folder / "small.txt").write_bytes(b"first line\nsecond line\r\n.\0")
        for number in numbers:
            _, original, text = mutant(seed, number)
            try:
                yield number, examine(folder, original, text)
            except Exception:  # noqa: BLE001 - that one leaves is what is looked for
                yield number, traceback.format_exc()


def _work(job: tuple[int, range]) -> tuple[Counter[str], list[tuple[int, str]]]:
    def late(_signal: int, _frame: object) -> None:
        raise TimeoutError(f"not done after {PATIENCE_SECONDS} s")

    signal.signal(signal.SIGALRM, late)
    counts: Counter[str] = Counter()
    escapes = []
    signal.alarm(PATIENCE_SECONDS)
    for number, result in run(*job):
        signal.alarm(PATIENCE_SECONDS)
        kind = result if result in ("read", "refused") else "escaped"
        counts[kind] += 1
        if kind == "escaped":
            escapes.append((number, result))
    signal.alarm(0)
    return counts, escapes


def main() -> int:
    """Run the mutations that the options name; return 1 when one escapes."""
    options = argparse.ArgumentParser(description="Mutate real traces and read them.")
    options.add_argument("--mutations", type=int, default=1000)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--processes", type=int, default=1)
    options.add_argument("--only", type=int)
    options.add_argument("--keep", type=Path)
    asked = options.parse_args()
    print(f"seed {asked.seed}, {len(originals())} traces", flush=True)
    if asked.keep:
        name, _, text = mutant(asked.seed, asked.only or 0)
        asked.keep.write_bytes(text)
        print(f"{asked.keep} is made of {name}")
    first, last = (asked.first, asked.first + asked.mutations) if asked.only is None else (asked.only, asked.only + 1)
    jobs = [(asked.seed, range(at, min(at + 250, last))) for at in range(first, last, 250)]
    counts: Counter[str] = Counter()
    failures = 0
    with multiprocessing.Pool(asked.processes) as pool:
        for done, escapes in pool.imap_unordered(_work, jobs):
            counts += done
            for number, why in escapes:
                failures += 1
                print(f"mutation {number} of seed {asked.seed}:\n{why}", flush=True)
            print(f"{counts.total():,}: {dict(counts)}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
