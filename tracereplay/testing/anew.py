"""``--tracereplay-record``: what the servers answer in this run takes the place of what was recorded, at its end.

At the end, for a trace that changes under a test which still plays it would be refused. So drafts are written into a
temporary folder, and those of a run that does not come to its end are thrown away.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from tracereplay.engine.outcome import Outcome
from tracereplay.errors import TracereplayError
from tracereplay.judge.rerecord import rerecord
from tracereplay.net.tape import Tape
from tracereplay.recorder.destination import draft, keep


class Drafts:
    """The traces that are recorded anew, each with the draft of it; the last play of one counts."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="tracereplay-")
        self._drafts: dict[Path, Path] = {}

    def take(self, outcome: Outcome, tape: Tape) -> None:
        """Draft the trace of ``outcome`` with what ``tape`` has kept. Raises as ``rerecord`` does."""
        assert outcome.plan is not None
        path = outcome.plan.trace.path.resolve()
        known = self._drafts.get(path, Path(self._folder.name) / f"{len(self._drafts)}-{path.name[:40]}")
        self._drafts[path] = rerecord(outcome, tape, known)

    def keep(self) -> tuple[list[str], bool]:
        """Put all drafts in the place of their traces; return a line for each, and whether that went well."""
        said = []
        is_well = True
        for path, drafted in self._drafts.items():
            try:
                _replace(path, drafted)
            except (OSError, TracereplayError) as error:
                said.append(f"not recorded anew: {path}: {getattr(error, 'strerror', None) or error}")
                is_well = False
            else:
                said.append(f"recorded anew: {path}")
        return said, is_well

    def refuse(self) -> list[str]:
        """Return what is to be said when the run did not come to its end, and so nothing is kept."""
        return ["nothing is recorded anew: the run did not come to its end"] if self._drafts else []

    def discard(self) -> None:
        """Throw the drafts away."""
        self._folder.cleanup()
        self._drafts.clear()


def _replace(path: Path, drafted: Path) -> None:
    with draft(path.parent, path.name) as part:
        shutil.copyfile(drafted, part)
        shutil.copymode(path, part)
        keep(part, path, overwrite=True)
