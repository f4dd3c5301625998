"""The live answers of a play against the recorded ones of the same connections, message by message.

What counts: how many answers, and which 1xx came before them; of each its status and reason, its headers without
those that differ each time, and its body, whatever its framing. What a recording does not hold is not guessed: where it
ends, what it holds is compared, and a note says so.
"""

from collections.abc import Iterable, Iterator
from itertools import zip_longest

from tracereplay.engine.outcome import COOKIE_HEADER, VOLATILE_HEADERS, Answer, ConnectionOutcome, Outcome
from tracereplay.errors import PlanError
from tracereplay.judge.bodies import body_differences, first_difference
from tracereplay.judge.live_secrets import live_in, recorded_without, without_echoes
from tracereplay.judge.match import Difference, Match, quoted
from tracereplay.judge.recorded import RecordedAnswer, Recording
from tracereplay.plan.plan import Cut, Plan
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.secret import USUAL, HeadLines, without_secrets
from tracereplay.units import format_bytes

_FRAMING = ("content-length", "transfer-encoding")  # said by the body, where there is one

_PARTS = ("reason", "interim", "body")  # of an answer, that may be ignored besides headers
_PATHS = ("body.", "body[")


def refuse_incomparable(plan: Plan) -> None:
    """Raise PlanError when nothing recorded compares with what a server answers to ``plan``."""
    for one in plan.connections:
        _refuse_cut(one.cut)
        conversation = plan.trace.conversation(one.id)
        if conversation.protocol in ("h2", "h3"):
            raise PlanError(
                f"connection {one.id} was recorded over HTTP/{conversation.protocol[1]}: its answers in the trace are"
                " how curl shows them",
                hint="record with curl --http1.1 to compare answers",
            )
        if not one.speaks_http:
            raise PlanError(
                f"connection {one.id} speaks no HTTP/1: there are no answers to compare",
                hint=f"tracereplay show {plan.trace.name}",
            )
    if not any(plan.trace.conversation(one.id).received.bytes for one in plan.connections):
        raise PlanError(
            f"{plan.trace.name}: no answer was recorded, so that there is nothing to compare with",
            hint="record again, and let curl wait for the answer: tracereplay record",
        )


def _refuse_cut(cut: Cut | None) -> None:
    if cut is not None:
        where = f"byte {cut.at:,}" if cut.spec == "now" else quoted(cut.spec)[1:-1]
        raise PlanError(
            f"this play was cut at {where}, and what a server answers to that was not recorded",
            hint="compare a play without --truncate; of a cut one, look at its answer",
        )


def compare(outcome: Outcome, ignore: Iterable[str] = ()) -> Match:
    """Return how the answers in ``outcome`` compare with the recorded ones.

    ``ignore`` names more headers that do not count, or ``reason``, ``interim``, ``body``, or a path within a JSON body
    such as ``body.files[*].id``; a note tells of a name that is none of it. The version of HTTP and trailers are not
    compared, and live secrets are x's on both sides. Raises PlanError when nothing recorded compares with it,
    TraceError.
    """
    if outcome.plan is None:
        raise PlanError("this outcome was made by hand: there is no recording to compare it with")
    plan = outcome.plan
    refuse_incomparable(plan)
    for connection in outcome.connections:
        _refuse_cut(connection.cut)
    outcome, live = without_echoes(outcome), live_in(plan)
    comparison = _Comparison([ignore] if isinstance(ignore, str) else ignore)
    played = {one.id: one for one in outcome.connections}
    for one in plan.connections:
        comparison.connection(plan.trace.conversation(one.id), recorded_without(live, Recording.of(one)), played)
    if not comparison.recorded:
        raise PlanError(
            f"{plan.trace.name}: no answer was recorded that can be read, so that there is nothing to compare with",
            hint=f"tracereplay show {plan.trace.name}",
        )
    return comparison.match()


class _Comparison:
    """Collects what differs on one connection after the other. ``recorded`` counts the recorded answers."""

    def __init__(self, ignore: Iterable[str]) -> None:
        self._ignore = [name.lower() if name.lower() in _PARTS else name for name in ignore]
        self._headers = VOLATILE_HEADERS | {name.lower() for name in self._ignore}
        self._paths = [name.removeprefix("body") for name in self._ignore if name.startswith(_PATHS)]
        self._differences: list[Difference] = []
        self._ignored: dict[str, None] = {}  # in the order in which they came
        self._notes: list[str] = []
        self._answers = 0
        self._unknown = 0
        self.recorded = 0
        self._connection = 0
        self._answer: int | None = None

    def match(self) -> Match:
        """Return what was found."""
        others = [name for name in self._ignore if name in _PARTS or name.startswith(_PATHS)]
        ignored = tuple(dict.fromkeys([*self._ignored, *others]))
        for name in self._ignore:
            if name.lower() not in ignored and name not in ignored:
                self._notes.append(f"nothing that could be ignored is called {quoted(name)}")
        return Match(tuple(self._differences), self._answers, ignored, self._unknown, tuple(self._notes))

    def connection(self, recorded: Conversation, recording: Recording, played: dict[int, ConnectionOutcome]) -> None:
        """Compare all answers of one connection."""
        self._connection, self._answer = recorded.id, None
        self._unknown += recording.unknown
        self.recorded += len(recording.answers)
        if recording.is_dechunked:
            self._notes.append("curl 8.5.0 recorded chunked bodies without their chunks: their content is compared")
        live = played.get(recorded.id)
        if live is None:
            self._differs("connection", f"{len(recording.answers)} answers", "not opened")
            return
        if recording.interim != live.interim and "interim" not in self._ignore:
            self._differs("interim", _statuses(recording.interim), _statuses(live.interim))
        if live.surplus and not recording.surplus and "surplus" not in self._ignore:
            self._differs("surplus", None, f"{format_bytes(live.surplus)} that answer no request")
        for number, (before, now) in enumerate(zip_longest(recording.answers, live.answers), 1):
            self._answer = number
            if before is not None and now is not None:
                self._message(before, now)
                self._answers += 1
            elif before is not None:
                self._differs("status", _status(before.answer), f"no answer (peer {live.peer}, ended {live.ended})")
            elif number <= recording.requests:
                self._note(f"the recording has none, the server answered {_status(now)}")
            else:
                self._differs("status", None, _status(now))

    def _message(self, recorded: RecordedAnswer, live: Answer) -> None:
        before = recorded.answer
        if before.status != live.status:
            self._differs("status", _status(before), _status(live))
        elif before.reason != live.reason and "reason" not in self._ignore:
            self._differs("reason", quoted(before.reason), quoted(live.reason))
        for name, *values in self._header_differences(recorded, live):
            self._differs(f"header {name}", *values)
        if "body" in self._ignore:
            return
        found, notes = body_differences(recorded, live, self._paths)
        for one in found:
            told = Difference(
                self._connection, self._answer, f"body{one.path}", one.recorded, one.live, one.offset, one.lines
            )
            self._differences.append(told)
        for note in notes:
            self._note(note)
        if before.complete and not live.complete:
            self._differs("end", "complete", "cut short")

    def _header_differences(
        self, recorded: RecordedAnswer, live: Answer
    ) -> Iterator[tuple[str, str | None, str | None]]:
        has_body = bool(recorded.answer.body_bytes or live.body_bytes)
        before, now = recorded.answer.lasting_headers(), live.lasting_headers()
        shadows = recorded.shadow.lasting_headers()
        names = {name.lower(): name for name, _ in (*live.headers, *recorded.answer.headers)}
        for name, shown in names.items():
            if name in self._headers:
                self._ignored[name] = None
            elif not (has_body and name in _FRAMING) and not _agree(
                name, before.get(name), shadows.get(name), now.get(name)
            ):
                yield shown, _values(before.get(name)), _values(now.get(name))
            elif name == COOKIE_HEADER:
                self._ignored["the value of set-cookie"] = None

    def _differs(self, where: str, recorded: str | None, live: str | None) -> None:
        self._differences.append(Difference(self._connection, self._answer, where, recorded, live))

    def _note(self, text: str) -> None:
        self._notes.append(f"answer {self._answer}: {text}")


def _agree(name: str, recorded: list[str] | None, shadow: list[str] | None, live: list[str] | None) -> bool:
    """Return whether two headers have the same values; an unknown byte is any, and so is a secret that was redacted."""
    if recorded is None or live is None or len(recorded) != len(live):
        return recorded == live
    trios = zip(recorded, shadow if shadow and len(shadow) == len(recorded) else recorded, live, strict=True)
    return all(
        first_difference(*(text.encode("latin-1") for text in trio)) is None or _agree_but_in_secrets(name, *trio[::2])
        for trio in trios
    )


def _agree_but_in_secrets(name: str, recorded: str, live: str) -> bool:
    before, now = (f"{name}: {text}".encode("latin-1") for text in (recorded, live))
    return bool(HeadLines(USUAL).find_blanked(before)) and without_secrets(before) == without_secrets(now)


def _values(values: list[str] | None) -> str | None:
    return None if values is None else ", ".join(map(quoted, values))


def _status(answer: Answer) -> str:
    return f"{answer.status} {quoted(answer.reason)[1:-1]}".rstrip()


def _statuses(statuses: tuple[int, ...]) -> str | None:
    return ", ".join(map(str, statuses)) or None
