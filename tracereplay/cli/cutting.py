"""The options that say where a connection ends early, and how: those of ``play`` and ``export``."""

from typing import Annotated

import typer

from tracereplay.plan.way import Way

PANEL = "Cut"

Close = Annotated[
    Way,
    typer.Option(
        help="How to leave: close, reset, close for sending only, stay and be silent, or be gone without a word.",
        rich_help_panel=PANEL,
    ),
]
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
