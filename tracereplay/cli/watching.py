"""The options of ``sweep`` that look at what the application does: its own witness, and probes from outside."""

import threading
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.door import note
from tracereplay.cli.editing import Edits
from tracereplay.errors import PlanError

if TYPE_CHECKING:
    from tracereplay.judge.look import Watch
    from tracereplay.judge.witnessed import Witness
    from tracereplay.plan.echo import Discretion

_PANEL = "The application"


class Knowing(StrEnum):
    """By what the witness knows whose request it is."""

    PORTS = "ports"
    HEADER = "header"


WitnessFile = Annotated[
    str | None,
    typer.Option(
        "--witness",
        metavar="FILE",
        help="What the middleware tracereplay.witness writes in the application: judges what was read there, too.",
        rich_help_panel=_PANEL,
    ),
]
WitnessBy = Annotated[
    Knowing,
    typer.Option(
        "--witness-by",
        help="How a request is known again: by the ports of its connection; or by a header, X-Tracereplay-Id, that is"
        " added to it, where a proxy stands in between.",
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


def witness_of(path: str | None, by: Knowing, edits: Edits, *, quiet: bool) -> "tuple[Witness | None, Edits]":
    """Return what reads the witness, None without a file, and the edits with the header by which it knows requests.

    Raises PlanError when the user sets that header, too, and when there is nothing to know.
    """
    from tracereplay.judge.named import HEADER, UNNAMED, NamedWitness  # noqa: PLC0415
    from tracereplay.judge.witnessed import Witness  # noqa: PLC0415

    if by is Knowing.PORTS:
        return None if path is None else Witness(path), edits
    if path is None:
        raise PlanError("--witness-by says how the witness knows a request, and there is none", hint="--witness FILE")
    names = [one.partition(":")[0].strip().lower() for one in (*(edits.set_header or ()), *(edits.remove_header or ()))]
    if HEADER.lower() in names:
        raise PlanError(f"--witness-by header sets {HEADER} itself")
    line = f"{HEADER}: {UNNAMED}"
    if not quiet:
        note(f"the request is sent with a header of {len(line) + 2} bytes more, {HEADER}, and places count it")
    return NamedWitness(path), replace(edits, set_header=[*(edits.set_header or ()), line])


def watch_of(
    probes: list[str] | None, settled: list[str] | None, within: str, stop: threading.Event, known: "Discretion"
) -> "Watch | None":
    """Return the probes, None without any. Raises PlanError for one that is none.

    What ``stop`` ends is what they run, and they tell no secret that is ``known``.
    """
    from tracereplay.judge.look import Watch  # noqa: PLC0415
    from tracereplay.testing.probe_spec import probe_of  # noqa: PLC0415

    if not probes and not settled:
        return None
    first, second = ({spec: probe_of(spec, stop) for spec in specs or ()} for specs in (probes, settled))
    return Watch(first, second, within, known)
