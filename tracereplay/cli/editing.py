"""The options that edit what is sent: those of ``play``, ``export`` and ``edit``.

Given several at once, those of the body are done first, then those of the head, then ``--replace``.
"""

from dataclasses import dataclass
from typing import Annotated

import typer

from tracereplay.cli.family import Family
from tracereplay.errors import PlanError

_PANEL = "Edits"


def _file(value: str | None) -> str | None:
    if value is not None and not value.startswith("@"):
        raise PlanError(f"{value!r} is no file", hint=f"--body takes the name of a file behind an @: --body @{value}")
    return value


Retime = Annotated[
    str | None,
    typer.Option(
        metavar="FACTOR",
        help="Let everything take so many times as long as it was recorded: 2, 0.5.",
        rich_help_panel=_PANEL,
    ),
]


@dataclass(frozen=True, slots=True)
class Edits(Family):
    """What is sent in place of what was recorded."""

    request: Annotated[
        int | None,
        typer.Option(
            "--request",
            metavar="N",
            min=1,
            help="The request of the connection that edits are meant for, from 1. Default: the one with the largest"
            " body.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    drop_event: Annotated[
        list[str] | None,
        typer.Option(
            metavar="N",
            help="Leave out an event that was sent, counted from 1: a piece of a body, or a whole request.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    boundary: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Another boundary for a multipart body.", rich_help_panel=_PANEL),
    ] = None
    body: Annotated[
        str | None,
        typer.Option(
            metavar="@FILE",
            help="Send this file in the place of the recorded body, of any size; Content-Length follows.",
            rich_help_panel=_PANEL,
            callback=_file,
        ),
    ] = None
    set_file: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=@FILE",
            help="Send this file in the part NAME of a form; the name of the file that the part tells stays.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    set_field: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Another value for a field of a form.", rich_help_panel=_PANEL),
    ] = None
    grow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT=SIZE",
            help="Make it larger, by the recorded content again and again: file=5GiB, body=5GiB, part:NAME=5GiB.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    fill: Annotated[
        str | None,
        typer.Option(
            metavar="HOW",
            help="What --grow adds in the place of the recorded content: zeros, random:SEED, @FILE.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    method: Annotated[str | None, typer.Option(metavar="NAME", help="Another method: PUT.", rich_help_panel=_PANEL)] = (
        None
    )
    path: Annotated[
        str | None,
        typer.Option("--path", metavar="PATH", help="Another path, with its query: /x?y.", rich_help_panel=_PANEL),
    ] = None
    remove_header: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Leave out the headers of this name.", rich_help_panel=_PANEL),
    ] = None
    set_header: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME: VALUE",
            help="A header in the place of all of its name, or at the end: 'Host: x'. Twice the same name is two"
            " lines.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    announce: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="Say so in Content-Length, 5GiB, and send what is there all the same.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    replace: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PLACE=TEXT",
            help="Put a text over the bytes at a place, head:0=PUT, moving nothing; \\r, \\n, \\xff and such are read.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    keep_length: Annotated[
        bool,
        typer.Option(
            "--keep-length",
            help="Leave Content-Length and the sizes of chunks as they were: wrong, on purpose.",
            rich_help_panel=_PANEL,
        ),
    ] = False
