"""What the application itself saw of each request: the lines of ``tracereplay.witness``, read while they are written.

A request belongs to the play whose connection has the same two ports, of the client and of the server. So it is found
only where the client speaks with the server itself: what stands between them opens a connection of its own.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tracereplay.errors import PlanError
from tracereplay.judge.cell import rejudged
from tracereplay.judge.oracle import Terms
from tracereplay.judge.seen import Seen, number, seen_of
from tracereplay.judge.verdict import Verdict
from tracereplay.units import SECOND_NS, duration_ns
from tracereplay.witness import VARIABLE, VERSION

Ports = tuple[int, int]

_QUIET_SECONDS = 0.3  # without a line, so that no request is about to begin


class Witness:
    """The requests that the witness has written down since this was made. Raises PlanError when it cannot be read."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._at = self._path.stat().st_size if self._path.exists() else 0
        self._found: dict[Ports, dict[tuple[int, int], Seen]] = {}
        self._played: Counter[Ports] = Counter()
        self.unreadable = 0

    def expect(self, ports: Ports | None) -> None:
        """Take note of a play with these ports."""
        if ports is not None:
            self._played[ports] += 1

    def look(self) -> bool:
        """Read what is new, and return whether there was anything."""
        before = self._at
        try:
            with self._path.open("rb") as file:
                if file.seek(0, 2) < self._at:
                    raise PlanError(
                        f"{self._path} became shorter while it was read, and nothing tells what stood there",
                        hint="let nobody else write to it, or cut it off, while a sweep reads it",
                    )
                file.seek(self._at)
                for line in file:
                    if not line.endswith(b"\n"):
                        break  # it is being written
                    self._at += len(line)
                    self._take(line)
        except FileNotFoundError:
            return False
        except OSError as fault:
            raise PlanError(f"{self._path} cannot be read: {fault}") from fault
        return self._at > before

    def forget(self) -> None:
        """Forget all requests so far: a port that is used again is then that of another play."""
        self.look()
        self._found.clear()

    def of(self, ports: Ports | None, nth: int) -> Seen | None:
        """Return what was seen of the ``nth`` request of a connection, counted from 0.

        None where nothing was, and where two plays had the same ports: nobody could tell whose it is.
        """
        if ports is None or self._played[ports] > 1:
            return None
        requests = list(self._found.get(ports, {}).values())
        return requests[nth] if nth < len(requests) else None

    def wait(self, requests: Sequence[tuple[Ports | None, int]], within: str, stop: threading.Event) -> None:
        """Wait until these requests are over, at most ``within``, and until none is about to begin."""
        deadline = time.monotonic() + duration_ns(within) / SECOND_NS
        while self.look() or (self._has_open(requests) and time.monotonic() < deadline):
            if stop.wait(_QUIET_SECONDS):
                return

    def _has_open(self, requests: Sequence[tuple[Ports | None, int]]) -> bool:
        return any(seen is not None and not seen.is_over for seen in (self.of(*one) for one in requests))

    def refuse_blind(self, ports: Ports | None) -> None:
        """Raise PlanError when nothing was seen of a request that was answered."""
        self.look()
        if self.of(ports, 0) is None:
            raise PlanError(
                f"{self._path}: the witness has not seen the whole request",
                hint=f"{VARIABLE}={self._path.absolute()} in the environment of the server, the middleware in the"
                " application, and no proxy before it: see docs/witness.md",
            )

    def _take(self, line: bytes) -> None:
        try:
            ports, request, seen = _read(json.loads(line))
        except (ValueError, TypeError, KeyError, RecursionError):
            self.unreadable += 1
        else:
            if ports is not None:
                self._found.setdefault(ports, {})[request] = seen


def as_seen(
    verdicts: Mapping[int, Verdict], witness: Witness, terms: Terms, stop: threading.Event
) -> Iterator[tuple[int, Verdict]]:
    """Yield the verdicts, judged once more, of those cuts of which the application saw something.

    Waits until it is done with those who have left, or has had its time.
    """
    gone = [one.facts for one in verdicts.values() if not one.facts.hears]
    witness.wait([(one.ports, one.request) for one in gone], terms.within, stop)
    for place, verdict in sorted(verdicts.items()):
        seen = witness.of(verdict.facts.ports, verdict.facts.request)
        if seen is not None and verdict.facts.is_cut and (seen.is_over or not verdict.way.stays):
            yield place, rejudged(replace(verdict, facts=replace(verdict.facts, seen=seen)), terms)


def _read(line: dict[str, object]) -> tuple[Ports | None, tuple[int, int], Seen]:
    """Return whose line it is, of a Unix socket None, which request it is about, and what was seen of it."""
    if line["version"] != VERSION:
        raise ValueError(f"version {line['version']!r}")
    is_tcp = line["port"] is not None and line["server_port"] is not None
    ports = (number(line["port"]), number(line["server_port"])) if is_tcp else None
    return ports, (number(line["pid"]), number(line["number"])), seen_of(line | {"over": line["state"] == "done"})
