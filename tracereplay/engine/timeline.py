"""What happened when on one connection: moments, as a value. ``diary`` writes them down."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

What = Literal["handed", "received", "status", "pause", "acknowledged", "read", "left", "peer", "timeout"]


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened from ``start_ns`` to ``end_ns`` after the connection was there.

    ``handed``: our kernel took ``bytes``. ``received``: so many came. ``status``: an answer began, with this
    ``status``. ``pause``: nothing was sent, by the plan or by somebody's wish. ``acknowledged``, ``read``: the wait for
    that, before we left, was over: the peer's kernel, or its application, had all the bytes that were handed over;
    None is not all of them. ``left``: we did, ``how`` says in which way. ``peer``: the peer did, by ``fin`` or
    ``rst``. ``timeout``: nothing had happened for too long.
    """

    what: What
    start_ns: int
    end_ns: int
    bytes: int | None = None
    status: int | None = None
    how: str | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The moments of one connection: the ``first`` of them, the ``last``, and how many were ``left_out`` in between."""

    first: tuple[Moment, ...] = ()
    last: tuple[Moment, ...] = ()
    left_out: int = 0

    def __iter__(self) -> Iterator[Moment]:
        yield from self.first
        yield from self.last
