"""The options of ``sweep`` that look at what the application does: its own witness, and probes from outside."""

import threading
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tracereplay.judge.look import Watch

_PANEL = "The application"

WitnessFile = Annotated[
    str | None,
    typer.Option(
        "--witness",
        metavar="FILE",
        help="What the middleware tracereplay.witness writes in the application: judges what was read there, too.",
        rich_help_panel=_PANEL,
    ),
]
Probes = Annotated[
    list[str] | None,
    typer.Option(
        "--probe",
        metavar="PROBE",
        help="Look before and after each play, one play at a time: sql:sqlite:///app.db SELECT …, url:http://…,"
        " text:http://…, files:uploads/*.part, cmd:…. May be given several times.",
        rich_help_panel=_PANEL,
    ),
]
Settled = Annotated[
    list[str] | None,
    typer.Option(
        "--settled",
        metavar="PROBE",
        help="A probe that must come back to what it was before the play, within --within. May be given several times.",
        rich_help_panel=_PANEL,
    ),
]
Within = Annotated[
    str,
    typer.Option(
        metavar="TIME",
        help="How long after a play its request must be over, by the witness or by --settled. Default: 3s.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]


def watch_of(probes: list[str] | None, settled: list[str] | None, within: str, stop: threading.Event) -> "Watch | None":
    """Return the probes, None without any; ``stop`` ends what they run. Raises PlanError for one that is none."""
    from tracereplay.judge.look import Watch  # noqa: PLC0415
    from tracereplay.testing.probe_spec import probe_of  # noqa: PLC0415

    if not probes and not settled:
        return None
    first, second = ({spec: probe_of(spec, stop) for spec in specs or ()} for specs in (probes, settled))
    return Watch(first, second, within)
