"""One play, judged: what was cut off, what the server did, and whether that is right."""

from dataclasses import dataclass, field
from typing import Literal

from tracereplay.engine.outcome import Ended, PeerEnd
from tracereplay.engine.timeline import Timeline
from tracereplay.judge.look import Look
from tracereplay.judge.missing import Missing
from tracereplay.judge.seen import Seen
from tracereplay.judge.sent import Sent
from tracereplay.plan.way import Way

Rule = Literal[
    "2xx-for-incomplete",
    "5xx-for-incomplete",
    "truncated-taken-for-whole",
    "still-started",
    "hang",
    "dead-afterwards",
    "leftover-as-request",
    "depends-on-segments",
    "flaky",
]
Tolerance = Literal["200-when-only-final-crlf-missing"]
Kind = Literal[
    "whole",
    "rejected",
    "closed",
    "waiting",
    "noticed",
    "unseen",
    "unreached",
    "unjudged",
    "tolerated",
    "accepted",
    Rule,
]


Unheard = Literal["early", "unasked", "proxy", "garbled"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one play, and all that the rules look at.

    ``status`` is that of the answer to the message that was cut, None without one; ``surplus_status`` that of an answer
    after it, to nothing that was sent. ``peer`` and ``ended`` are as in an outcome; both are None when the server was
    not reached. ``seconds`` is from our last act to the server's first after it, None when there was none to be seen.
    ``is_begun``: at least a byte of a message was sent. ``is_cut``: the client left early, in this way; else the whole
    was sent in other writes, and ``differs`` names what of the answer is then not as it is to one write.
    ``sent``: by which the witness knows the request that was cut. ``seen``: what it has seen, None without one and
    where it saw nothing. ``is_witnessed``: it was asked of this play, when all was over.
    ``looks``: what the probes saw, before and after.
    ``is_past_head``: a byte behind the head of the message was sent. Of the whole request is known, by its plays:
    ``is_usual``, it is answered with this status of a failure, too; ``is_answered_once``, there is no answer more when
    the client's end comes after all of it.
    ``unheard``: why it is not known what the server answers to such a cut. ``early``: it was over before the client
    came to the cut; ``unasked``: as much was sent as of the whole request, of which the server, which answers in place
    of 100 Continue, lets no more come; ``proxy``: there was no answer, and a proxy stood between; ``garbled``: what
    came is no answer of HTTP/1. None where it is known, or nobody was there to hear it.
    """

    way: Way
    missing: Missing
    status: int | None = None
    surplus_status: int | None = None
    peer: PeerEnd | None = None
    ended: Ended | None = None
    seconds: float | None = field(default=None, compare=False)
    is_begun: bool = True
    is_cut: bool = True
    differs: tuple[str, ...] = ()
    sent: Sent | None = field(default=None, compare=False)
    seen: Seen | None = None
    is_witnessed: bool = False
    looks: tuple[Look, ...] = ()
    is_past_head: bool = True
    is_usual: bool = False
    is_answered_once: bool = False
    unheard: Unheard | None = None

    @property
    def hears(self) -> bool:
        """Whether the client is there when an answer comes."""
        return self.way.stays or not self.is_cut or self.unheard == "early"

    @property
    def is_blind(self) -> bool:
        """Whether chance, or a proxy, kept from us what the server makes of the cut: then nothing speaks against it."""
        return self.unheard in ("early", "unasked", "proxy")

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
    def how(self) -> str:
        """How the client left, in a word; of what was sent as a whole ``split`` and in which writes."""
        return self.facts.way.value if self.facts.is_cut else f"split {self.split}"

    @property
    def answer(self) -> tuple[object, ...]:
        """What of the answer must be the same each time; how the server closed may differ."""
        return self.facts.status, self.facts.surplus_status, self.facts.ended == "timeout", self.facts.differs

    @property
    def sameness(self) -> tuple[object, ...]:
        """What is the same of neighbours that are told as one."""
        what = None if self else (self.facts.missing.what, self.facts.differs, self.facts.surplus_status)
        return self.how, self.split, self.kind, self.facts.status, what
