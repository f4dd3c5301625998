"""What ``tracereplay check`` finds in traces, as text and as JSON: everything, each with its line and its code."""

import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

from tracereplay.errors import TraceError
from tracereplay.show.as_json import VERSION
from tracereplay.show.paint import Paint
from tracereplay.show.printable import printable
from tracereplay.trace.blanking import Found
from tracereplay.trace.notice import Notice
from tracereplay.trace.redact import Redaction
from tracereplay.trace.secret import USUAL, Names
from tracereplay.trace.trace import Trace


@dataclass(frozen=True, slots=True)
class Checked:
    """A trace that was read, or why it cannot be; counts are of bytes, in both directions of all connections.

    ``secrets`` are those that are to be seen in it.
    """

    trace: str
    error: TraceError | None = None
    warnings: tuple[Notice, ...] = ()
    connections: int = 0
    unknown: int = 0
    inferred: int = 0
    reasoned: int = 0
    secrets: Found = field(default_factory=Found)

    @classmethod
    def of(cls, trace: Trace, secret: Names | None = None) -> Self:
        """Return what was found in ``trace``; with ``secret`` it is looked for as well."""
        redaction = Redaction(secret or USUAL)
        if secret is not None:
            deque(trace.redacted(redaction), 0)
        tallies = [tally for one in trace.conversations for tally in (one.sent, one.received)]
        return cls(
            trace.name,
            None,
            trace.warnings,
            len(trace.conversations),
            sum(tally.unknown.total for tally in tallies),
            sum(tally.inferred for tally in tallies),
            trace.reasoned,
            redaction.found,
        )


def findings(checked: Sequence[Checked], paint: Paint) -> Iterator[str]:
    """Yield a line for each trace, and one for each warning below it."""
    for one in checked:
        if one.error is not None:
            first, *more = str(one.error).split("\n")
            yield paint(f"{printable(first)} (unreadable)", "yellow")
            yield from (printable(line) for line in more)
            continue
        yield paint(f"{printable(one.trace)}: {', '.join(_counts(one))}", "bold")
        for warning in one.warnings:
            what = "fault" if warning.is_fault else "warning"
            where = f"{printable(one.trace)}:{warning.line}"
            yield paint(f"  {where}: {what}: {printable(warning.message)} ({warning.code})", "yellow")
        for name, line in one.secrets.lines.items():
            where = f"{printable(one.trace)}:{line}"
            count = one.secrets.counts[name]
            yield paint(f"  {where}: secret: {printable(name)}{f' ({count:,} times)' if count > 1 else ''}", "yellow")


def _counts(one: Checked) -> Iterator[str]:
    yield f"{one.connections} connection{'' if one.connections == 1 else 's'}"
    yield f"{one.unknown:,} unknown" if one.unknown else "no byte unknown"
    if one.inferred:
        yield f"{one.inferred:,} inferred"
    if one.reasoned:
        yield f"{one.reasoned:,} reasoned"
    yield f"{len(one.warnings)} warning{'' if len(one.warnings) == 1 else 's'}"
    secrets = one.secrets.counts.total()
    if secrets:
        yield f"{secrets:,} secret{'' if secrets == 1 else 's'}"


def checks_as_json(checked: Sequence[Checked]) -> str:
    """Return what was found as the JSON of ``tracereplay check --format json``."""
    traces = [
        {
            "trace": one.trace,
            "readable": one.error is None,
            "error": None if one.error is None else one.error.message,
            "warnings": [
                {
                    "line": warning.line,
                    "code": warning.code,
                    "message": warning.message,
                    "fault": warning.is_fault,
                }
                for warning in one.warnings
            ],
            "connections": one.connections,
            "unknown": one.unknown,
            "inferred": one.inferred,
            "reasoned": one.reasoned,
            "secrets": [
                {"line": line, "name": name, "count": one.secrets.counts[name]}
                for name, line in one.secrets.lines.items()
            ],
        }
        for one in checked
    ]
    return json.dumps({"version": VERSION, "traces": traces}, separators=(",", ":"))
