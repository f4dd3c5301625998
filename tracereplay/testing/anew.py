"""``--tracereplay-record``: what the servers answer in this run takes the place of what was recorded, at its end.

At the end, for a trace that changes under a test which still plays it would be refused. So drafts are written
beside the traces, and those of a run that is interrupted are thrown away.
"""

from contextlib import suppress
from pathlib import Path

from tracereplay.engine.outcome import Outcome
from tracereplay.judge.rerecord import rerecord
from tracereplay.net.tape import Tape


class Drafts:
    """The traces that are recorded anew, each with the draft of it; the last play of one counts."""

    def __init__(self) -> None:
        self._drafts: dict[Path, Path] = {}

    def take(self, outcome: Outcome, tape: Tape) -> None:
        """Draft the trace of ``outcome`` with what ``tape`` has kept. Raises as ``rerecord`` does."""
        assert outcome.plan is not None
        path = outcome.plan.trace.path.resolve()
        self._drafts[path] = rerecord(outcome, tape, path.with_name(f".{path.name}.anew"))

    def keep(self) -> tuple[list[str], bool]:
        """Put all drafts in the place of their traces; return a line for each, and whether that went well."""
        said = []
        is_well = True
        for path, draft in self._drafts.items():
            try:
                draft.replace(path)
            except OSError as error:
                said.append(f"not recorded anew: {path}: {error.strerror}")
                is_well = False
            else:
                said.append(f"recorded anew: {path}")
        self._drafts.clear()
        return said, is_well

    def discard(self) -> None:
        """Throw away what was not kept."""
        for draft in self._drafts.values():
            with suppress(OSError):
                draft.unlink()
        self._drafts.clear()
