"""What an application notes of an upload: a line of JSON for all that happens to it, in the order of time."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

JOURNAL = Path(os.environ["JOURNAL"])


class Upload:
    """An upload, as an application sees it: ``started`` until somebody says how it ended."""

    def __init__(self) -> None:
        self._name = f"{os.getpid()}-{time.monotonic_ns()}"
        self.seen = 0
        self._note("started")

    def process(self, piece: bytes) -> None:
        """Take a piece of the file."""
        self.seen += len(piece)
        self._note("started")

    def end(self, state: str, error: str | None = None) -> None:
        """Note how it ended: ``complete``, ``aborted`` or ``timed_out``."""
        self._note(state, error)

    def _note(self, state: str, error: str | None = None) -> None:
        line = {"upload": self._name, "state": state, "seen": self.seen, "error": error, "at": time.monotonic()}
        with JOURNAL.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(line) + "\n")

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note as ``aborted`` what the block raises, whatever it is, and raise it on."""
        try:
            yield
        except BaseException as error:
            self.end("timed_out" if isinstance(error, SystemExit) else "aborted", type(error).__name__)
            raise
