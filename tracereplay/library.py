"""The front door of the library: what the command line calls, and reads as well as it.

trace = load("upload.txt")
plan = trace.plan().truncated("body:50%").leaving("rst")
outcome = play(plan, target="127.0.0.1:8000")
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tracereplay.engine.outcome import Answer, ConnectionOutcome, Outcome
from tracereplay.judge.match import Match
from tracereplay.judge.oracle import verdict_of
from tracereplay.judge.recording import compare
from tracereplay.judge.verdict import Verdict
from tracereplay.net.network import Network
from tracereplay.net.play import play, start
from tracereplay.net.playback import Playback
from tracereplay.net.tls import TlsOptions
from tracereplay.plan import plan as plans
from tracereplay.plan.cuts import MOST_CUTS, NamedPlace, cuts
from tracereplay.plan.plan import Plan
from tracereplay.trace import trace as traces

__all__ = [
    "Answer",
    "ConnectionOutcome",
    "Match",
    "Network",
    "Outcome",
    "Plan",
    "Playback",
    "TlsOptions",
    "Trace",
    "Verdict",
    "load",
    "play",
    "start",
]

Outcome.judge = compare
Outcome.oracle = verdict_of


class Trace(traces.Trace):
    """What curl wrote, and the way to a plan."""

    def plan(self) -> Plan:
        """Return the plan to do all that curl did. Raises TraceError when it sent nothing."""
        return plans.Plan.of(self)

    def cuts(self, specs: str | Iterable[str] = "boundaries", *, most: int = MOST_CUTS) -> list[NamedPlace]:
        """Return places where what curl sent may be cut, in the order of the bytes.

        ``boundaries``: the end of the start line, of each header and of the head, where parts and chunks begin and
        end, the last byte, and a byte before and after each. ``every:64k``. ``all``: each byte. ``marks``: the cuts
        that are marked in the trace. Each may have a scope before it (``body:all``), and stand beside plain places
        (``50%``). They are strings, as ``truncated`` takes them, with a ``name`` and the byte they are ``at``. Raises
        SpecError, PlanError also for more than ``most``.
        """
        return cuts(self.plan().main_connection, specs, most)


def load(path: str | Path, *, strict: bool = False, files: Sequence[str | Path] = ()) -> Trace:
    """Return the trace in the file at ``path``; ``-`` reads the standard input.

    ``strict`` takes a dot in a header for an unknown byte, as it takes one in a body. ``files`` were
    uploaded, and fill what the trace does not know of them. Raises TraceError when the file cannot be read, is no
    trace, or ``files`` are not what was sent.
    """
    return Trace.load(path, strict=strict, files=files)
