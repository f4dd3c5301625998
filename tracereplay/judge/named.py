"""The witness where a proxy stands in between: each play has a name of its own, in a header, which the proxy passes on.

The header is put into the request before anything is cut, with a name that says nothing; each play has another one in
its place, of the same length. So every play sends as much, and each place is at the same byte.
"""

import itertools
import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tracereplay.errors import PlanError
from tracereplay.judge.seen import Seen
from tracereplay.judge.sent import Sent
from tracereplay.judge.witnessed import Told, Witness
from tracereplay.plan.fields import header_set
from tracereplay.plan.plan import Plan

HEADER = "X-Tracereplay-Id"
UNNAMED = "0" * 16


class NamedWitness(Witness):
    """The requests that the witness has written down, known by their names; see ``Witness``."""

    _keyless = f"the witness has seen a request without the header {HEADER}, and so nothing tells whose it is"
    _way = f"a proxy that passes {HEADER} on"

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        self._run, self._numbers = secrets.token_hex(4), itertools.count(1)

    def named(self, plan: Plan) -> Plan:
        """Return the plan with a name that no other play has, in this run or another, in the place of ``UNNAMED``.

        Raises PlanError when that is not in what is sent, for another edit has undone it.
        """
        main = plan.main_connection
        message = main.message()
        name = f"{self._run}{next(self._numbers):08x}"
        revised = main.revised(message.revised(head=header_set(message, HEADER, [name])))
        if revised.planned_bytes != main.planned_bytes:
            raise PlanError(f"the header {HEADER} does not stand in what is sent as it was put in")
        return replace(plan, connections=tuple(revised if one is main else one for one in plan.connections))

    def _key_of(self, sent: Sent) -> str | None:
        return sent.requests[sent.number].header(HEADER)

    def _key_in(self, line: dict[str, object]) -> str | None:
        return None if line["id"] is None else str(line["id"])

    def _is_expected(self, key: object) -> bool:
        return str(key).startswith(self._run)

    def _among(self, found: Sequence[Told], _: Sent) -> Seen | None:
        """Return what was seen of the name; None where a proxy has asked twice."""
        return found[0].seen if len(found) == 1 else None
