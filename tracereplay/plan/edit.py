"""Edits of steps: each takes an iterator of steps and gives another. The player knows none of them."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from tracereplay.plan.step import Awaited, Expect, Leave, Pause, Read, Send, Step
from tracereplay.units import SECOND_NS

PIECES_IN_A_SECOND = 100

Steps = Generator[Step, None, None]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast: the recorded times divided by ``speed`` (None: no waiting), or so many bytes in a second.

    Recorded gaps longer than ``idle_limit_ns`` are shortened to that, before the speed counts.
    """

    speed: Fraction | None = Fraction(1)
    rate_bytes: Fraction | None = None
    idle_limit_ns: int | None = None


def paced(steps: Iterable[Step], pace: Pace) -> Steps:
    """Yield the steps at another pace; with a rate each send is split into pieces, evenly spread."""
    if pace.rate_bytes is not None:
        yield from _trickled(steps, pace.rate_bytes)
        return
    for step in steps if pace.idle_limit_ns is None else _without_idling(steps, pace.idle_limit_ns):
        if isinstance(step, Send):
            at_ns = 0 if pace.speed is None else int(step.at_ns / pace.speed)
            yield replace(step, at_ns=at_ns)
        else:
            yield step


def _without_idling(steps: Iterable[Step], limit_ns: int) -> Steps:
    """Yield the steps with no gap between two sends, or a wait and a send, longer than the limit."""
    before_ns = saved_ns = 0
    for step in steps:
        if isinstance(step, Expect):
            before_ns = saved_ns = 0
        if isinstance(step, Send):
            saved_ns += max(0, step.at_ns - before_ns - limit_ns)
            before_ns = step.at_ns
            yield replace(step, at_ns=step.at_ns - saved_ns)
        else:
            yield step


def _trickled(steps: Iterable[Step], rate: Fraction) -> Steps:
    """Yield a true trickle: a hundred pieces in a second, or single bytes, each at its own time."""
    piece_bytes = max(1, int(rate / PIECES_IN_A_SECOND))
    sent = 0
    for step in steps:
        if isinstance(step, Expect):
            sent = 0
        if not isinstance(step, Send):
            yield step
            continue
        for at in range(0, len(step.data), piece_bytes):
            piece = step.data[at : at + piece_bytes]
            yield Send(piece, int(sent * SECOND_NS / rate), step.opening if at == 0 else None)
            sent += len(piece)


def cut(steps: Iterable[Step], at_bytes: int, leave: Leave, *, reads: int | None = None) -> Steps:
    """Yield the steps until ``at_bytes`` are sent, then ``leave``, and nothing after it.

    With ``reads`` it leaves once so many bytes were read in all, and never reads more than that.
    """
    if reads is not None:
        yield Read(reads)
    left = at_bytes
    for step in steps:
        if left == 0:
            break
        if isinstance(step, Send):
            yield step if len(step.data) <= left else replace(step, data=step.data[:left])
            left -= min(left, len(step.data))
        else:
            yield step
    if isinstance(steps, Generator):
        steps.close()  # who stays after the cut needs the trace no more
    if reads is not None:
        yield Expect(Awaited.ALL_READ)
    yield leave


def ended(steps: Iterable[Step], leave: Leave) -> Steps:
    """Yield all the steps, then ``leave``."""
    yield from steps
    yield leave


def paused(steps: Iterable[Step], at_bytes: int, duration_ns: int) -> Steps:
    """Yield the steps with a pause at the moment when ``at_bytes`` are sent; none if they never are."""
    pause: Pause | None = Pause(duration_ns)
    sent = 0
    for step in steps:
        if pause is not None and sent == at_bytes:
            yield pause
            pause = None
        if pause is not None and isinstance(step, Send) and sent < at_bytes < sent + len(step.data):
            head = at_bytes - sent
            yield replace(step, data=step.data[:head])
            yield pause
            pause = None
            yield Send(step.data[head:], step.at_ns)
        else:
            yield step
        sent += len(step.data) if isinstance(step, Send) else 0
