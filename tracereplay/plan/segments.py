"""In which writes the bytes are sent, each of them a segment as far as the kernel allows; and lockstep.

Where a write ends is in our hands, but where the peer's recv() does is in its own: it gets all that has arrived
meanwhile. In lockstep nothing is sent until the peer's application has read the last write, so that its recv()
boundaries are ours, however slow it is.
"""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count, pairwise, repeat

from tracereplay.errors import PlanError
from tracereplay.plan.step import Send, Settle, Step
from tracereplay.units import size_bytes

MTU_BYTES = 1448  # what a segment carries over Ethernet: 1,500 less IP, TCP and its timestamps
JOINED_BYTES = 65_536  # the most that a joined write has: on loopback it comes in one read

_HINT = "write recorded, mtu, a size such as 1 or 4k, random:SEED, joined, at:217, or lockstep"
_MOST_RANDOM_BITS = 12


@dataclass(frozen=True, slots=True)
class Segments:
    """``piece_bytes`` is the most that a write has, None for the recorded writes.

    With a ``seed`` the pieces have sizes by chance, always the same for the same seed. ``is_joined``: the recorded
    writes are joined, wherever the client waits for nothing between them; they end at each 64 KiB of what is sent, and
    at these bytes of it, the ``ends``.
    """

    piece_bytes: int | None = None
    is_lockstep: bool = False
    seed: str | None = None
    is_joined: bool = False
    ends: tuple[int, ...] = ()

    def lengths(self) -> Iterator[int | None]:
        """Yield how long each piece is at most, None for as long as the recorded write."""
        if self.seed is None:
            return repeat(self.piece_bytes)
        return _by_chance(self.seed)

    def ends_between(self, start: int, end: int) -> tuple[int, ...]:
        """Return those of the ``ends`` that lie within a write, and not at its own."""
        return self.ends[bisect_right(self.ends, start) : bisect_left(self.ends, end)]


RECORDED = Segments()


def read_segments(text: str) -> Segments:
    """Return the segments that ``text`` names: recorded, mtu, 1, random:7, joined, at:217,300, lockstep, lockstep:1.

    Raises PlanError.
    """
    is_lockstep = text == "lockstep" or text.startswith("lockstep:")
    size = text.removeprefix("lockstep").removeprefix(":") if is_lockstep else text
    if size == "recorded" or text == "lockstep":
        return Segments(None, is_lockstep)
    if size == "mtu":
        return Segments(MTU_BYTES, is_lockstep)
    if size.startswith("random:") and size != "random:":
        return Segments(None, is_lockstep, size.removeprefix("random:"))
    if size == "joined" or size.startswith("at:"):
        return Segments(None, is_lockstep, is_joined=True, ends=() if size == "joined" else _ends(size))
    try:
        piece_bytes = size_bytes(size)
    except PlanError:
        piece_bytes = 0
    if not piece_bytes:
        raise PlanError(f"{text!r} says nothing of segments", hint=_HINT)
    return Segments(piece_bytes, is_lockstep)


def _ends(text: str) -> tuple[int, ...]:
    words = text.removeprefix("at:").split(",")
    if not all(one.isascii() and one.isdecimal() and len(one) < 19 and int(one) for one in words):
        raise PlanError(f"{text!r} names no bytes", hint="write how many are sent before a write ends: at:217, at:1,2")
    return tuple(sorted(set(map(int, words))))


def segmented(steps: Iterable[Step], segments: Segments) -> Generator[Step, None, None]:
    """Yield the steps with their bytes in other writes; the pieces of a send have the same time."""
    lengths = segments.lengths()
    at = 0
    for step in _joined(steps) if segments.is_joined else steps:
        if not isinstance(step, Send):
            yield step
            continue
        first = True
        for data in _pieces(step.data, at, segments, lengths):
            if segments.is_lockstep:
                yield Settle()
            whole = len(data) == len(step.data)
            yield step if whole else Send(data, step.at_ns, step.opening if first else None)
            first = False
            at += len(data)


def _joined(steps: Iterable[Step]) -> Iterator[Step]:
    """Yield the steps with sends that follow each other as one, up to each 64 KiB, when the last of them is due."""
    held: Send | None = None
    at = 0
    for step in steps:
        if held is not None and (not isinstance(step, Send) or step.opening is not None):
            yield held
            at += len(held.data)
            held = None
        if not isinstance(step, Send):
            yield step
            continue
        held = step if held is None else Send(held.data + step.data, step.at_ns, held.opening)
        while len(held.data) > (room := JOINED_BYTES - at % JOINED_BYTES):
            yield replace(held, data=held.data[:room])
            at += room
            held = Send(held.data[room:], held.at_ns)
    if held is not None:
        yield held


def _pieces(data: bytes, at: int, segments: Segments, lengths: Iterator[int | None]) -> Iterator[bytes]:
    """Yield the pieces of a write that begins at byte ``at``."""
    if segments.ends:
        bounds = (at, *segments.ends_between(at, at + len(data)), at + len(data))
        yield from (data[start - at : end - at] for start, end in pairwise(bounds))
        return
    start = 0
    while start < len(data):
        length = next(lengths) or len(data)
        yield data[start : start + length]
        start += length


def _by_chance(seed: str) -> Iterator[int]:
    """Yield sizes from 1 byte to 4 KiB, small ones as often as large ones: SHA-256 of the seed and a number."""
    for number in count():
        digest = hashlib.sha256(f"{seed}\0{number}".encode("utf-8", "surrogateescape")).digest()
        bits = digest[0] % (_MOST_RANDOM_BITS + 1)
        yield (1 << bits) - int.from_bytes(digest[1:3], "big") % (1 << bits) // 2
