"""The options that say where a connection ends early, and how: those of ``play`` and ``export``."""

from dataclasses import dataclass
from typing import Annotated

import typer

from tracereplay.cli.family import Family
from tracereplay.plan.way import Way

PANEL = "Cut"

_IN_REQUEST = ("head:", "body:", "file:", "part:", "chunk:")
_SCOPES = (*_IN_REQUEST, "request:", "event:", "answer:")
_POSITIONS = ("50%", "start", "end", "after ", "before ", "all", "boundaries", "every:", "marks")


def place_words(incomplete: str) -> list[str]:
    """Return the places that go on from ``incomplete``, as far as they are words."""
    prefix = incomplete[: incomplete.rfind(":") + 1]
    scopes = _IN_REQUEST if prefix.startswith("request:") else () if prefix else _SCOPES
    return [prefix + word for word in scopes + _POSITIONS if (prefix + word).startswith(incomplete)]


Hold = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="How long to stay after half and stall. Default: until the server ends it, or --timeout.",
        rich_help_panel=PANEL,
    ),
]
Settle = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Before rst, wait until the server has read all that was sent, or reads nothing for so long."
        " Default: 0.3s; 0 is not to wait.",
        rich_help_panel=PANEL,
    ),
]


@dataclass(frozen=True, slots=True)
class Leaving(Family):
    """How a connection ends early."""

    close: Annotated[
        Way | None,
        typer.Option(
            help="How to leave: close, reset, close for sending only, stay and be silent, or be gone without a word."
            " Default: as the mark of the cut says, else fin.",
            rich_help_panel=PANEL,
        ),
    ] = None
    no_marks: Annotated[
        bool,
        typer.Option(
            "--no-marks",
            help="Leave out the default cut and the pauses that are marked in the trace.",
            rich_help_panel=PANEL,
        ),
    ] = False
    hold: Hold = None
    settle: Settle = None
