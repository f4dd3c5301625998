"""In which writes the bytes are sent, each of them a segment as far as the kernel allows; and lockstep.

Where a write ends is in our hands, but where the peer's recv() does is in its own: it gets all that has arrived
meanwhile. In lockstep nothing is sent until the peer's application has read the last write, so that its recv()
boundaries are ours, however slow it is.
"""

from collections.abc import Generator, Iterable
from dataclasses import dataclass

from tracereplay.errors import PlanError
from tracereplay.plan.step import Send, Settle, Step
from tracereplay.units import size_bytes

MTU_BYTES = 1448  # what a segment carries over Ethernet: 1,500 less IP, TCP and its timestamps


@dataclass(frozen=True, slots=True)
class Segments:
    """``piece_bytes`` is the most that a write has, None for the recorded writes."""

    piece_bytes: int | None = None
    is_lockstep: bool = False


RECORDED = Segments()


def read_segments(text: str) -> Segments:
    """Return the segments that ``text`` names: recorded, mtu, 1, 4k, lockstep, lockstep:1. Raises PlanError."""
    is_lockstep = text == "lockstep" or text.startswith("lockstep:")
    size = text.removeprefix("lockstep").removeprefix(":") if is_lockstep else text
    if size == "recorded" or text == "lockstep":
        return Segments(None, is_lockstep)
    if size == "mtu":
        return Segments(MTU_BYTES, is_lockstep)
    try:
        piece_bytes = size_bytes(size)
    except PlanError:
        piece_bytes = 0
    if not piece_bytes:
        raise PlanError(
            f"{text!r} says nothing of segments", hint="write recorded, mtu, a size such as 1 or 4k, or lockstep"
        )
    return Segments(piece_bytes, is_lockstep)


def segmented(steps: Iterable[Step], segments: Segments) -> Generator[Step, None, None]:
    """Yield the steps with their bytes in other writes; the pieces of a send have the same time."""
    for step in steps:
        if not isinstance(step, Send):
            yield step
            continue
        size = segments.piece_bytes or len(step.data)
        for at in range(0, len(step.data), size):
            if segments.is_lockstep:
                yield Settle()
            whole = size >= len(step.data)
            yield step if whole else Send(step.data[at : at + size], step.at_ns, step.opening if at == 0 else None)
