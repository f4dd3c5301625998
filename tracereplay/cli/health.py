"""The options of ``sweep`` that look at the server's process before and after; a checkup."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.serving import served
from tracereplay.cli.starving import stall_of, starve
from tracereplay.errors import PlanError
from tracereplay.units import SECOND_NS, duration_ns

if TYPE_CHECKING:
    from tracereplay.judge.cell import Cell
    from tracereplay.judge.finding import Sweep
    from tracereplay.judge.health import Reading
    from tracereplay.judge.setting import Setting
    from tracereplay.library import Plan
    from tracereplay.testing.vitals import Vitals

_PANEL = "The server"
_QUARTERS = 4

Pid = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help="The server's process: tells its files, threads, memory and CPU before and after, with its children, and"
        " finds leaks. Needs pip install 'tracereplay[health]'.",
        rich_help_panel=_PANEL,
    ),
]
ServerCommand = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="COMMAND",
        help="What starts the server, with {fd} or {port} for where it listens, in place of --target. It is looked at"
        " as with --pid.",
        rich_help_panel=_PANEL,
    ),
]


@dataclass(slots=True)
class Checkup:
    """A server that is looked at while a sweep goes on: not without ``vitals``. A ``page`` is asked for at its end."""

    setting: "Setting"
    page: str | None = None
    vitals: "Vitals | None" = None
    readings: "list[Reading]" = field(default_factory=list)

    def quartered(self, total: int) -> "Setting":
        """Return the setting of a sweep of so many plays, in which it is looked after each quarter of them.

        That is when a play begins, and not when its verdict is told: by then many others may have been made.
        """
        begun = count()

        def plan_of(cell: "Cell") -> "Plan":
            number = next(begun)
            if 0 < number < total and number % max(1, total // _QUARTERS) == 0:
                self._note()
            return self.setting.plan_of(cell)

        return self.setting if self.vitals is None else replace(self.setting, plan_of=plan_of)

    def told(self, result: "Sweep", *, resumed: int, within: str) -> "Sweep":
        """Return the sweep and what became of the server, once that has settled: at once if it came to no end."""
        from tracereplay.judge.health import Health  # noqa: PLC0415
        from tracereplay.plan.way import Way  # noqa: PLC0415

        if self.page is not None and result.is_whole:
            starving = starve(self.setting, self.page, result.target)
            result = replace(result, starving=self.setting.accepted.of_page(starving))
        if self.vitals is None:
            return result
        seconds = duration_ns(within) / SECOND_NS if result.is_whole else 0
        after = self.vitals.settled(self.readings[0], seconds)
        is_judged = result.is_whole and not any(one.way is Way.VANISH for one in result.verdicts)
        plays, at_once = result.plays - resumed, self.setting.at_once
        health = Health(self.vitals.pid, plays, at_once, self.readings, after, is_judged)
        notes = result.notes if health.note is None else (*result.notes, health.note)
        return replace(result, health=self.setting.accepted.of_server(health), notes=notes)

    def _note(self) -> None:
        reading = None if self.vitals is None else self.vitals.read()
        if reading is not None:
            self.readings.append(reading)

    def begin(self) -> None:
        """Look for the first time."""
        self._note()
        if self.vitals is not None and not self.readings:
            raise PlanError(f"there is no process {self.vitals.pid}")


@contextmanager
def examined(setting: "Setting", server: str | None, pid: int | None, page: str | None) -> Iterator[Checkup]:
    """Run the server, if it is to be started, and look at it; at nothing when neither is given.

    Raises PlanError for options that do not go together, and what ``serve`` and ``Vitals`` raise.
    """
    if page is not None:
        stall_of(setting, page)  # which may be refused
    if server is None:
        with _looked_at(setting, pid, page) as checkup:
            yield checkup
        return
    for name, value in (("--target", setting.target), ("--pid", pid)):
        if value is not None:
            raise PlanError(f"--server starts a server, and {name} names one that runs")
    with ExitStack() as stack:
        running = stack.enter_context(served(server))
        aimed = replace(setting, target=running.target)
        yield stack.enter_context(_looked_at(aimed, running.pid, page))


@contextmanager
def _looked_at(setting: "Setting", pid: int | None, page: str | None) -> Iterator[Checkup]:
    if pid is None:
        yield Checkup(setting, page)
        return
    from tracereplay.testing.vitals import Vitals  # noqa: PLC0415

    vitals = Vitals(pid)
    try:
        checkup = Checkup(setting, page, vitals)
        checkup.begin()
        yield checkup
    finally:
        vitals.stop()
