"""What the application of a server saw of a play, by the witness that it carries: what ``Server.seen`` returns."""

import threading
import time
from pathlib import Path

from tracereplay.engine.outcome import Outcome
from tracereplay.errors import PlanError
from tracereplay.judge.oracle import facts_of
from tracereplay.judge.seen import Seen
from tracereplay.judge.witnessed import Witness
from tracereplay.units import SECOND_NS, duration_ns

_EVERY_SECONDS = 0.01


class Sight:
    """The witness in the application of one server, which writes to ``path``; no file is there before it begins."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._witness = Witness(path, is_here=True)
        self._is_there = self._is_over = False
        self._lock = threading.Lock()

    def close(self) -> None:
        """Read what there is, for the last time: the file will be gone. Raises PlanError when it cannot be read."""
        self._look()
        self._is_over = True

    def _look(self) -> None:
        with self._lock:
            if not self._is_over:
                self._is_there = self._is_there or self.path.exists()
                self._witness.look()

    def of(self, outcome: Outcome, port: int, within: str) -> Seen | None:
        """Return what was seen of a play to the server at ``port``; see ``Server.seen``."""
        deadline = time.monotonic() + duration_ns(within) / SECOND_NS
        if outcome.plan is None:
            raise PlanError("this outcome was made by hand: nothing tells what was sent")
        sent = facts_of(outcome.connection, outcome.plan.main_connection).sent
        if sent is None or sent.ports is None or sent.ports[1] != port:
            raise PlanError(
                f"this was played to {outcome.connection.target}, and not to this server itself",
                hint="the witness knows a request by the ports of its connection, so that none may stand in between",
            )
        with self._lock:
            self._witness.expect(sent.ports, outcome.connection.seconds, outcome.connection.over)
        while True:
            self._look()
            seen = self._witness.of(sent)
            is_late = time.monotonic() >= deadline
            if is_late and not self._is_there:
                raise PlanError(
                    "there is no witness in the application, and so nothing tells what it saw",
                    hint="app = WSGI(app), or ASGI(app), of tracereplay.witness: see docs/witness.md",
                )
            if is_late or (seen is not None and seen.is_over):
                return seen
            time.sleep(_EVERY_SECONDS)
