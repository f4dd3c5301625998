"""What was measured, and the file that keeps it."""

import dataclasses
import json
import re
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parents[3] / "docs" / "tables" / "servers.json"


@dataclass(frozen=True, slots=True)
class Left:
    """What came of one client that left ``way`` at ``place``.

    ``status``, ``peer`` and ``reaction`` (seconds) are what it saw; ``peer`` is ``none`` when the server did nothing.
    ``state``, ``seen`` and ``error`` are the application's; ``state`` is None when it was never called. ``over`` is
    for how many seconds after the client it went on. ``is_killed``: the worker was.
    """

    place: str
    way: str
    status: int | None
    peer: str
    reaction: float | None
    state: str | None
    seen: int
    error: str | None
    over: float | None
    is_killed: bool


@dataclass(frozen=True, slots=True)
class Swept:
    """What came of one sweep: the verdicts, what was ``found`` from which place on, and how the uploads ended.

    ``short`` are those that it took for complete with fewer bytes than the whole upload has; ``left_open`` those of
    which it never said how they ended. Both are None of clients that stay, at whom a sweep looks twice.
    """

    way: str
    plays: int
    verdicts: dict[str, int]
    found: dict[str, int]
    short: int | None
    left_open: int | None


@dataclass(frozen=True, slots=True)
class Measured:
    """All that was measured of one stack; ``whole`` is what its application saw of the whole upload."""

    server: str
    app: str
    whole: int
    left: list[Left]
    swept: list[Swept]

    def at(self, place: str, way: str) -> Left:
        """Return what came of the client that left so."""
        return next(one for one in self.left if (one.place, one.way) == (place, way))

    def sweep(self, way: str) -> Swept:
        """Return the sweep in which clients left so."""
        return next(one for one in self.swept if one.way == way)

    @property
    def lasting(self) -> "Measured":
        """The same without the times, and without what is a race: with a reset, and of a slow upload with a timeout."""
        left = [
            dataclasses.replace(one, reaction=None, over=None, seen=0 if one.way == "rst" else one.seen)
            for one in self.left
            if one.way != "slow"
        ]
        swept = [dataclasses.replace(one, short=0, left_open=0) if one.way == "rst" else one for one in self.swept]
        return dataclasses.replace(self, left=left, swept=swept)


@dataclass(frozen=True, slots=True)
class Survey:
    """What was measured on one day, with which ``versions``."""

    measured: str
    versions: dict[str, str]
    file_bytes: int
    body_bytes: int
    stacks: list[Measured]


def write(survey: Survey, path: Path = FILE) -> None:
    """Write it, a line for each client and each sweep."""
    value = dataclasses.asdict(survey) | {"version": 1}
    text = json.dumps(value, indent=1, ensure_ascii=False)
    # An object that holds no list is a line.
    flat = re.sub(r"\{[^{}\[\]]*(?:\{[^{}]*\}[^{}\[\]]*)*\}", lambda it: " ".join(it[0].split()), text)
    path.write_text(flat + "\n", "utf-8")


def read(path: Path = FILE) -> Survey:
    """Return what is in the file."""
    value = json.loads(path.read_text("utf-8"))
    assert value.pop("version") == 1
    stacks = [
        Measured(**one | {"left": [Left(**it) for it in one["left"]], "swept": [Swept(**it) for it in one["swept"]]})
        for one in value.pop("stacks")
    ]
    return Survey(**value, stacks=stacks)
