"""The options that say what is sent in the place of what was recorded: those of ``play`` and ``export``."""

from typing import Annotated

import typer

from tracereplay.errors import PlanError

_PANEL = "Content"


def _file(value: str | None) -> str | None:
    if value is not None and not value.startswith("@"):
        raise PlanError(f"{value!r} is no file", hint=f"--body takes the name of a file behind an @: --body @{value}")
    return value


Body = Annotated[
    str | None,
    typer.Option(
        metavar="@FILE",
        help="Send this file in the place of the recorded body, of any size; Content-Length follows.",
        rich_help_panel=_PANEL,
        callback=_file,
    ),
]
