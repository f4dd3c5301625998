"""The options that say how fast, with which stops, and in which writes: those of ``play`` and ``export``."""

from dataclasses import dataclass
from typing import Annotated

import typer

from tracereplay.cli.family import Family

_PANEL = "Pace"

Speed = Annotated[
    str | None,
    typer.Option(
        metavar="FACTOR",
        help="Times the recorded speed, or max. Default: 1; max for a trace without times.",
        rich_help_panel=_PANEL,
    ),
]
Writes = Annotated[
    str,
    typer.Option(
        metavar="HOW",
        help="In which writes: recorded, mtu (1,448 bytes), pieces of a size such as 1 or 4k, random:SEED, joined (up"
        " to 64 KiB), at:217 for that with an end there; or lockstep: each when the server has read the one before;"
        " lockstep:1k for both.",
        rich_help_panel=_PANEL,
    ),
]


@dataclass(frozen=True, slots=True)
class Pacing(Family):
    """How fast, with which stops, and in which writes."""

    pause: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SPEC=TIME",
            help="Stop there for so long, then go on: body:50%=2s. May be given several times.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    speed: Speed = None
    limit_rate: Annotated[
        str | None,
        typer.Option(metavar="RATE", help="A trickle of so many bytes in a second: 3k.", rich_help_panel=_PANEL),
    ] = None
    duration: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Spread all the bytes evenly over this time: 4s.", rich_help_panel=_PANEL),
    ] = None
    idle_time_limit: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Shorten recorded gaps that are longer, before --speed counts: 2s.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    segments: Writes = "recorded"
