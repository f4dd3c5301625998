"""What did happen: numbers that each say what they count.

The law of equality: two outcomes are equal when the same was asked for and the same came of it. Where and when it was
played, and how far bytes had come at some moment, is chance, and does not count; nor does a header that differs each
time.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from tracereplay.engine.lateness import Lateness
from tracereplay.engine.timeline import Timeline
from tracereplay.plan.plan import Cut, Plan
from tracereplay.plan.way import Way

if TYPE_CHECKING:
    from tracereplay.judge.match import Match
    from tracereplay.judge.verdict import Verdict

PeerEnd = Literal["none", "fin", "rst"]
Ended = Literal["complete", "cut", "peer", "timeout"]

# What a server says of the moment, of itself or of the way, and not of the request.
VOLATILE_HEADERS = frozenset(
    {"age", "date", "etag", "expires", "keep-alive", "last-modified", "server", "via", "x-request-id", "x-runtime"}
)
COOKIE_HEADER = "set-cookie"  # of which the value is


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A response of the server, as far as it came.

    ``body_bytes`` counts the content, without chunk framing; ``body`` is the first 64 KiB of it, ``body_digest`` the
    SHA-256 of all that came. Of two that are equal, the headers that say something of the moment may differ.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body_bytes: int = 0
    body: bytes = b""
    complete: bool = False
    body_digest: str = hashlib.sha256().hexdigest()

    def lasting_headers(self) -> dict[str, list[str]]:
        """Return the values of each header by its name in small letters; volatile ones are left out.

        Of a cookie that is set the value is, and only its name stays.
        """
        values: dict[str, list[str]] = {}
        for name, value in self.headers:
            key = name.lower()
            if key not in VOLATILE_HEADERS:
                values.setdefault(key, []).append(value.partition("=")[0] if key == COOKIE_HEADER else value)
        return values

    def header(self, name: str) -> str | None:
        """Return the value of the first header ``name``, None without one."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def _facts(self) -> tuple[object, ...]:
        headers = tuple(sorted((name, *values) for name, values in self.lasting_headers().items()))
        return self.status, self.reason, headers, self.body_bytes, self.body_digest, self.body, self.complete

    def __eq__(self, other: object) -> bool:
        return self._facts() == other._facts() if isinstance(other, Answer) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._facts())


@dataclass(frozen=True, slots=True)
class Tls:
    """What TLS has to say of a connection, all of whose other numbers are plaintext.

    ``wire``: bytes of ciphertext that our kernel took, in records that carry what the connection sends; those of the
    handshake and of the end are not in it. ``notified``: whether the peer ended by a close_notify. ``fault``: the alert
    of the peer, or what it did wrong, that ended TLS; None without.
    """

    version: str
    wire: int
    notified: bool
    fault: str | None


@dataclass(frozen=True, slots=True)
class ConnectionOutcome:
    """What happened on one connection; all bytes are payload.

    ``planned``: what the whole plan sends. ``way`` and ``left``: how we leave, and whether it came to that.
    ``handed``: taken by our kernel. ``acknowledged``: confirmed by the peer's kernel, None where that cannot be known;
    it does not say that the application has read them. ``read``: read by the peer's application when we left, and
    ``window``: how many more bytes its kernel was ready to take at the end, None where that cannot be known.
    ``received``: bytes from the peer. ``interim``: the 1xx statuses before the answers. ``peer``: how the other side
    left. ``ended``: who ended it: we by the plan's end (``complete``) or by its cut (``cut``), the peer before us, or
    nobody within the timeout. ``reaction_seconds``: from our last act to the peer's first after it; None when there
    was none to be seen, as after a close. ``lateness``: of the sends that had a time of their own, None without any.
    ``translated_from``: ``h2`` or ``h3`` when what was sent is a translation of that to HTTP/1.1, and not the
    recording. ``surplus``: bytes from the peer that answer no request, as a second answer to one, and
    ``surplus_status``: the status that such an answer begins with, None where it is none. ``garbled``: what came for
    the last request is no answer of HTTP/1. ``proxied``: it went through a proxy. ``tls``: how it was inside
    TLS, None for a connection without. ``ports``: our own and the peer's, None of a Unix socket. ``over``: when it was
    over, in seconds since 1970. ``timeline``: what happened when.
    """

    id: int
    target: str = field(compare=False)
    planned: int
    cut: Cut | None
    way: Way
    left: bool
    handed: int
    acknowledged: int | None = field(compare=False)
    received: int = field(compare=False)
    interim: tuple[int, ...]
    answers: tuple[Answer, ...]
    peer: PeerEnd
    ended: Ended
    seconds: float = field(compare=False)
    reaction_seconds: float | None = field(compare=False)
    read: int | None = field(default=None, compare=False)
    window: int | None = field(default=None, compare=False)
    lateness: Lateness | None = field(default=None, compare=False)
    translated_from: str | None = None
    surplus: int = field(default=0, compare=False)
    surplus_status: int | None = field(default=None, compare=False)
    garbled: bool = field(default=False, compare=False)
    proxied: bool = field(default=False, compare=False)
    tls: Tls | None = field(default=None, compare=False)
    ports: tuple[int, int] | None = field(default=None, compare=False, repr=False)
    over: float = field(default=0.0, compare=False, repr=False)
    timeline: Timeline = field(default=Timeline(), compare=False, repr=False)

    @property
    def answer(self) -> Answer | None:
        """The last answer, None when there was none."""
        return self.answers[-1] if self.answers else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened on all the connections that were opened; ``main`` is the one that the edits were for.

    ``plan`` is what was played, None of an outcome that was made by hand. ``answer``, ``peer``, ``ended``,
    ``reaction`` and ``timeline`` are those of the main connection. ``matches`` are the comparisons that were made.
    """

    # The engine knows no judge: the front door, through which every plan comes, puts them here.
    judge: ClassVar["Callable[[Outcome, Iterable[str]], Match]"]
    oracle: ClassVar["Callable[[Outcome, Iterable[str]], Verdict]"]

    trace: str = field(compare=False)
    connections: tuple[ConnectionOutcome, ...]
    main: int
    plan: Plan | None = field(default=None, compare=False, repr=False)
    matches: "list[Match]" = field(default_factory=list, compare=False, repr=False)

    @property
    def connection(self) -> ConnectionOutcome:
        """The main connection."""
        return next(one for one in self.connections if one.id == self.main)

    @property
    def answer(self) -> Answer | None:
        """The last answer, None when there was none."""
        return self.connection.answer

    @property
    def peer(self) -> PeerEnd:
        """How the server left: ``none`` when it had not, ``fin`` or ``rst``."""
        return self.connection.peer

    @property
    def ended(self) -> Ended:
        """Who ended it: ``complete``, ``cut``, ``peer`` or ``timeout``."""
        return self.connection.ended

    @property
    def reaction(self) -> float | None:
        """The seconds from our last act to the server's first after it; None when there was none to be seen."""
        return self.connection.reaction_seconds

    @property
    def timeline(self) -> Timeline:
        """What happened when."""
        return self.connection.timeline

    def matches_recording(self, ignore: Iterable[str] = ()) -> "Match":
        """Return how the answers compare with the recorded ones: true when nothing differs, and it reads as a diff.

        Headers that differ each time do not count (``VOLATILE_HEADERS``, and the values of cookies). ``ignore`` names
        more headers, or ``reason``, ``interim``, ``body``, or a path within a JSON body such as ``body.files[*].id``.
        Raises PlanError when there is nothing to compare with, as after a cut; TraceError.
        """
        match = Outcome.judge(self, ignore)
        self.matches.append(match)
        return match

    def verdict(self, allow: Iterable[str] = ()) -> "Verdict":
        """Return what is to be said of the main connection: true when the server did nothing wrong.

        A message that is cut short is incomplete, and must not be taken for a whole one: the rules are those of
        ``tracereplay sweep``, as far as one play tells. ``allow`` are its tolerances. Raises PlanError for one that is
        not known.
        """
        return Outcome.oracle(self, allow)
