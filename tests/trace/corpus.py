"""Checks the reader against recordings of real curls, each with the bytes of the wire beside its trace.

A recording is a folder with ``truth.json``: the trace, and for each connection the bytes of both directions.
Run it over any number of them:

    python tests/trace/corpus.py DIRECTORY [SCENARIO …]
"""

import gzip
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict

from tracereplay.errors import TraceError
from tracereplay.trace.event import Direction, Event
from tracereplay.trace.payload import INFERRED
from tracereplay.trace.trace import Trace

EXACT, DOUBTS, GAPS, WRONG = VERDICTS = ("exact", "doubts", "gaps", "wrong")
_KNOWN_RUN = re.compile(rb"\x00+")


class Side(TypedDict):
    """One direction of a connection as it was on the wire."""

    file: str


class WireConnection(TypedDict):
    """A connection as it was on the wire."""

    id: int
    layer: str
    sent: Side
    recv: Side
    sent_is_lower_bound: NotRequired[bool]


class TraceFile(TypedDict):
    """The trace; ``from`` is left out, for it is no name."""

    file: str


class Truth(TypedDict):
    """What ``truth.json`` says, as far as it is used."""

    scenario: str
    mode: str
    argv: list[str]
    expected_kinds: list[str]
    trace: TraceFile
    connections: list[WireConnection]


@dataclass(frozen=True)
class Recording:
    """A trace and the truth about it."""

    folder: Path
    truth: Truth

    @property
    def name(self) -> str:
        return str(self.folder)

    @property
    def is_trace(self) -> bool:
        """Whether it is a trace at all, and not what ``curl -v`` prints."""
        return not self.truth["mode"].startswith("verbose")

    def read(self, file: str) -> bytes:
        path = self.folder / file
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()

    def load(self, scratch: Path, *, strict: bool = False) -> Trace:
        """Return the trace, unpacked into ``scratch`` where it is packed."""
        path = self.folder / self.truth["trace"]["file"]
        if path.suffix == ".gz":
            path = scratch / "trace.txt"
            path.write_bytes(self.read(self.truth["trace"]["file"]))
        return Trace.load(path, strict=strict)


def recordings(root: Path) -> Iterator[Recording]:
    """Yield every recording below ``root``, in the order of their names."""
    for path in sorted(root.rglob("truth.json")):
        yield Recording(path.parent, json.loads(path.read_text("utf-8")))


@dataclass(frozen=True)
class Match:
    """A connection of the wire and how the trace shows its two directions."""

    connection: WireConnection
    conversation: int | None
    sent: str
    received: str
    misinferred: int = 0


def check(recording: Recording, trace: Trace) -> list[Match]:
    """Return for each connection of the wire how the likeliest conversation of the trace agrees with it."""
    shown = {one.id: list(trace.events(one.id)) for one in trace.conversations}
    found = []
    for connection in recording.truth["connections"]:
        wire_sent = recording.read(connection["sent"]["file"])
        wire_received = recording.read(connection["recv"]["file"])
        best = Match(connection, None, GAPS if wire_sent else EXACT, GAPS if wire_received else EXACT)
        for number, events in shown.items():
            sent = [one for one in events if one.direction is Direction.SENT]
            received = [one for one in events if one.direction is Direction.RECEIVED]
            match = Match(
                connection,
                number,
                verdict(sent, wire_sent),
                verdict(received, wire_received),
                _misinferred(sent, wire_sent),
            )
            if best.conversation is None or _rank(match) < _rank(best):
                best = match
        if best.conversation is not None:
            del shown[best.conversation]
        found.append(best)
    return found


# Warnings that say: here something is missing. And those that say: these bytes are not the wire's.
NAME_GAPS = frozenset({"dechunked", "gave-up", "ignored-body", "interim-end", "not-traced", "torn", "unfinished"})
NAME_OTHER_BYTES = frozenset({"lib-ids", "rendered-headers"})


def is_told(trace: Trace, match: Match, direction: Direction) -> bool:
    """Return whether the user is told of all that this direction lacks: marked, ambiguous, or named by a warning."""
    found = match.sent if direction is Direction.SENT else match.received
    codes = {warning.code for warning in trace.warnings}
    shown = [one.tally(direction) for one in trace.conversations if one.id == match.conversation]
    is_ambiguous = any(tally.ambiguous_line is not None for tally in shown)
    if found == EXACT or (found == DOUBTS and trace.form == "ascii") or is_ambiguous:
        return True
    return bool(codes & NAME_OTHER_BYTES) or (found == GAPS and bool(codes & NAME_GAPS))


def _rank(match: Match) -> tuple[int, int]:
    return VERDICTS.index(match.sent), VERDICTS.index(match.received)


def verdict(events: list[Event], wire: bytes) -> str:
    """Return how events agree with the wire.

    ``exact``: byte for byte. ``doubts``: but for bytes that are marked. ``gaps``: all that is shown is on the
    wire, in order, and more is there. ``wrong``: a byte that is said to be known is not on the wire.
    """
    data = b"".join(event.payload.data for event in events)
    marks = b"".join(event.payload.marks or bytes(len(event.payload)) for event in events)
    if not any(marks) and data == wire:
        return EXACT
    if len(data) == len(wire) and _known_bytes_agree(data, marks, wire):
        return DOUBTS
    at = 0
    for event in events:
        found = _pattern(event).search(wire, at)
        if found is None:
            return WRONG
        at = found.end()
    return GAPS


def _known_bytes_agree(data: bytes, marks: bytes, wire: bytes) -> bool:
    runs = (run.span() for run in _KNOWN_RUN.finditer(marks))
    return all(data[start:end] == wire[start:end] for start, end in runs)


def _pattern(event: Event) -> re.Pattern[bytes]:
    data, marks = event.payload.data, event.payload.marks
    if not any(marks):
        return re.compile(re.escape(data))
    parts = []
    at = 0
    for run in _KNOWN_RUN.finditer(marks):
        parts += [b"." * (run.start() - at), re.escape(data[run.start() : run.end()])]
        at = run.end()
    return re.compile(b"".join([*parts, b"." * (len(data) - at)]), re.DOTALL)


def _misinferred(events: list[Event], wire: bytes) -> int:
    """Return how many bytes are inferred to be a dot and are not one on the wire."""
    at = count = 0
    for event in events:
        marks = event.payload.marks
        count += sum(mark == INFERRED and wire[at + place : at + place + 1] != b"." for place, mark in enumerate(marks))
        at += len(event.payload)
    return count


def main(root: Path, only: list[str]) -> int:
    """Print how all recordings below ``root`` agree; return 1 when one does not, and nothing tells."""
    sent: Counter[str] = Counter()
    received: Counter[str] = Counter()
    remarks: dict[str, Counter[str]] = {}
    misinferred = untold = 0
    with tempfile.TemporaryDirectory() as scratch:
        for recording in recordings(root):
            truth = recording.truth
            if not recording.is_trace or (only and truth["scenario"] not in only):
                continue
            said = remarks.setdefault(truth["scenario"], Counter())
            where = "/".join(recording.folder.relative_to(root).parts[:1])
            try:
                trace = recording.load(Path(scratch))
                matches = check(recording, trace)
            except TraceError as error:
                said[f"{where}: {error}"] += 1
                continue
            for match in matches:
                for direction in Direction:
                    if not is_told(trace, match, direction):
                        said[f"NOT TOLD {direction.value} {where}/{truth['mode']}"] += 1
                        untold += 1
                sent[match.sent] += 1
                received[match.received] += 1
                misinferred += match.misinferred
                layer = match.connection["layer"]
                if match.sent in (GAPS, WRONG):
                    said[f"sent {match.sent} ({layer}) {where}/{truth['mode']}"] += 1
                if match.received in (GAPS, WRONG):
                    said[f"received {match.received} ({layer}) {where}"] += 1
                if match.misinferred:
                    said[f"{match.misinferred} dots inferred wrongly {where}"] += 1
    for scenario, said in remarks.items():
        for remark, count in sorted(said.items()):
            print(f"{scenario}: {remark} x{count}")
    print("connections, sent:    ", dict(sent))
    print("connections, received:", dict(received))
    print("sent dots inferred wrongly:", misinferred)
    print("not exact, and nothing tells:", untold)
    return 1 if untold else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
