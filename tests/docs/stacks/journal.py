"""What the application noted of uploads: docs/tables/stacks/journal.py writes it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Noted:
    """One upload as its application saw it: ``seen`` bytes; in this ``state`` since ``at``, by the monotonic clock."""

    state: str
    seen: int
    error: str | None
    at: float

    @property
    def is_over(self) -> bool:
        """Whether the application has said how it ended."""
        return self.state != "started"


class Journal:
    """The journal of one application, read from where the last ``mark`` is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def mark(self) -> None:
        """Leave out what was noted so far."""
        self._read = self._path.stat().st_size if self._path.exists() else 0

    def uploads(self, until: float = float("inf")) -> list[Noted]:
        """Return the uploads that began since the mark, each as it was at the time ``until``."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._read)
            return list(_last(file.read().splitlines(keepends=True), until).values())

    @property
    def size(self) -> int:
        """How much there is; while this grows the application is at work."""
        return self._path.stat().st_size if self._path.exists() else 0


def _last(lines: Iterable[bytes], until: float) -> dict[str, Noted]:
    found: dict[str, Noted] = {}
    for line in lines:
        if not line.endswith(b"\n"):
            break  # it is being written
        one = json.loads(line)
        if one["at"] <= until:
            found[one["upload"]] = Noted(one["state"], one["seen"], one["error"], one["at"])
    return found
