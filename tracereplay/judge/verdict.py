"""One play, judged: what was cut off, what the server did, and whether that is right."""

from dataclasses import dataclass, field
from typing import Literal

from tracereplay.engine.outcome import Ended, PeerEnd
from tracereplay.engine.timeline import Timeline
from tracereplay.judge.missing import Missing
from tracereplay.plan.way import Way

Rule = Literal["2xx-for-incomplete", "5xx-for-incomplete", "hang", "dead-afterwards", "leftover-as-request", "flaky"]
Tolerance = Literal["200-when-only-final-crlf-missing"]
Kind = Literal[
    "whole", "rejected", "closed", "waiting", "unseen", "unreached", "unjudged", "tolerated", "accepted", Rule
]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one play, and all that the rules look at.

    ``status`` is that of the answer to the message that was cut, None without one; ``surplus_status`` that of an answer
    after it, to nothing that was sent. ``peer`` and ``ended`` are as in an outcome; both are None when the server was
    not reached. ``seconds`` is from our last act to the server's first after it, None when there was none to be seen.
    ``is_begun``: at least a byte of a message was sent.
    """

    way: Way
    missing: Missing
    status: int | None = None
    surplus_status: int | None = None
    peer: PeerEnd | None = None
    ended: Ended | None = None
    seconds: float | None = field(default=None, compare=False)
    is_begun: bool = True

    @property
    def is_reached(self) -> bool:
        """Whether there was a connection."""
        return self.ended is not None


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """What is to be said of one play; true when nothing is wrong.

    ``place`` is its name for people, ``spec`` as ``--truncate`` takes it, ``at`` the byte. ``split`` says in which
    writes it was sent, None for the recorded ones. ``kind`` is the name of the ``rule`` that was broken, or what the
    server did instead: see docs/sweep.md. ``why`` is a sentence. ``command`` plays it again, None where that is not
    known. ``timeline`` is what happened when; it is not kept in a file.
    """

    place: str
    spec: str
    at: int
    facts: Facts
    kind: Kind
    why: str
    rule: Rule | None = None
    split: str | None = None
    command: str | None = None
    timeline: Timeline = field(default=Timeline(), compare=False, repr=False)

    def __bool__(self) -> bool:
        return self.rule is None or self.kind == "accepted"

    def __str__(self) -> str:
        return f"{self.kind}: {self.why}"

    def __repr__(self) -> str:
        """Return one line, which is what pytest prints of it."""
        return f"<{self}>"

    @property
    def way(self) -> Way:
        """How the client left."""
        return self.facts.way

    @property
    def answer(self) -> tuple[int | None, int | None, bool]:
        """What of the answer must be the same each time; how the server closed may differ."""
        return self.facts.status, self.facts.surplus_status, self.facts.ended == "timeout"

    @property
    def sameness(self) -> tuple[object, ...]:
        """What is the same of neighbours that are told as one."""
        return self.way, self.split, self.kind, self.facts.status, None if self else self.facts.missing.what
