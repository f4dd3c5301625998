"""What is kept of each play of a test: for the section of its failure, for junit, and for the strips at the end."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from tracereplay.engine.outcome import Outcome
from tracereplay.judge.live_secrets import secrets_in
from tracereplay.judge.norm import Norm
from tracereplay.judge.oracle import Terms
from tracereplay.library import Plan, Playback
from tracereplay.options import Options
from tracereplay.plan.echo import Discretion
from tracereplay.show.moments import moments
from tracereplay.show.printable import printable
from tracereplay.show.report import report
from tracereplay.testing.explain import explain_matches

PROPERTY = "tracereplay"
_MOST_SHOWN = 5
_MOST_OUTPUT = 20_000


@dataclass(slots=True)
class Played:
    """One play: what was asked for, and what happened; no ``outcome`` while it is under way, or when it was not to be.

    ``server`` is whatever was named as the target, if that is more than an address. With ``terms`` it is judged by
    the rules of a sweep, and by the ``norm`` of the whole request; ``finding`` is the rule that the server has broken,
    and why.
    """

    trace: Path
    options: Options
    plan: Plan
    shown: Callable[[str], str]
    server: object = None
    terms: Terms | None = None
    playback: Playback | None = None
    outcome: Outcome | None = None
    norm: Norm = field(default=Norm(), init=False)
    finding: str | None = None
    _mark: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        mark = getattr(self.server, "mark", None)
        self._mark = mark() if callable(mark) else len(_output(self.server))

    def look(self) -> None:
        """Take the outcome, if there is one by now; one that was ended before it had connected has none."""
        if self.outcome is None and self.playback is not None and self.playback.is_over:
            with suppress(Exception):  # it was raised where the play was asked for
                outcome = self.playback.outcome()
                opened = {one.id for one in outcome.connections}
                self.outcome = outcome if outcome.main in opened else None

    @property
    def is_as_recorded(self) -> bool:
        """Whether all of the recording was to be played, and nothing else, and nobody has ended it early."""
        cuts = [] if self.outcome is None else [one.cut for one in self.outcome.connections]
        return not any((*cuts, *(one.cut or one.is_edited or one.translated_from for one in self.plan.connections)))

    @property
    def command(self) -> str:
        """What to type in a shell to play it again."""
        return self.options.command(self.trace, self.shown)

    def as_property(self) -> tuple[str, object]:
        """Return what junit and the strips are told: a name, and JSON."""
        self.look()
        connection = None if self.outcome is None else self.outcome.connection
        answer = None if connection is None else connection.answer
        told = {
            "trace": self.shown(str(self.trace)),
            "truncate": None if self.plan.main_connection.cut is None else self.plan.main_connection.cut.spec,
            "at": self.plan.main_connection.sends_bytes,
            "close": self.plan.main_connection.way.value,
            "status": None if answer is None else answer.status,
            "ended": None if connection is None else connection.ended,
            "command": self.command,
        }
        return PROPERTY, json.dumps(told)

    def lines(self) -> Iterator[str]:
        """Yield what is told of it when its test has failed; a secret is not, live or given, whoever has printed it."""
        known = Discretion(secrets_in(self.plan, asdict(self.options)))
        return (known.masked(line) for line in self._lines())

    def _lines(self) -> Iterator[str]:
        self.look()
        if self.outcome is not None:
            opened = {one.id for one in self.outcome.connections}
            unopened = [one.id for one in self.options.whole(self.plan.trace).connections if one.id not in opened]
            yield from report(replace(self.outcome, trace=self.shown(str(self.trace))), unopened)
            if self.finding is not None:
                yield ""
                yield printable(self.finding)
            yield ""
            yield "what happened, in seconds:"
            yield from moments(self.outcome.timeline)
            yield from explain_matches(self.outcome)
        else:
            yield f"{printable(self.shown(str(self.trace)))} was not played to its end"
        said = self._said()
        if said:
            yield ""
            left_out = len(said) - _MOST_OUTPUT
            yield "the server said meanwhile:" + (f" ({left_out:,} characters, and then)" if left_out > 0 else "")
            yield from (f"    {printable(line)}" for line in said[-_MOST_OUTPUT:].splitlines())
        yield ""
        yield "to repeat it:"
        yield f"    {self.command}"

    def _said(self) -> str:
        since = getattr(self.server, "output_since", None)
        return str(since(self._mark)) if callable(since) else _output(self.server)[self._mark :]


def _output(server: object) -> str:
    output = getattr(server, "output", "")
    return output if isinstance(output, str) else ""


def section(plays: list[Played]) -> str:
    """Return the text of the section: the last plays of a test."""
    left_out = len(plays) - _MOST_SHOWN
    texts = ["\n".join(one.lines()) for one in plays[-_MOST_SHOWN:]]
    if left_out > 0:
        texts.insert(0, f"({left_out} plays before these)")
    return "\n\n".join(texts)
