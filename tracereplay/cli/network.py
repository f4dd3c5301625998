"""The options that say how a connection gets to its server: the names are those of curl."""

from dataclasses import dataclass
from typing import Annotated

import typer

from tracereplay.cli.family import Family

_PANEL = "Network"

Preface = Annotated[
    str | None,
    typer.Option(
        "--preface",
        metavar="FILE",
        help="Send the bytes of this file first on each connection, such as a line of the PROXY protocol.",
        rich_help_panel=_PANEL,
    ),
]


@dataclass(frozen=True, slots=True)
class Network(Family):
    """How a connection gets to its server."""

    connect_to: Annotated[
        list[str] | None,
        typer.Option(
            "--connect-to",
            metavar="HOST1:PORT1:HOST2:PORT2",
            help="Connect to HOST2:PORT2 in place of HOST1:PORT1. May be given several times.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    unix_socket: Annotated[
        str | None,
        typer.Option(
            "--unix-socket",
            metavar="PATH",
            help="Connect through this Unix socket; @NAME is one of the abstract namespace.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    interface: Annotated[
        str | None,
        typer.Option(
            "--interface",
            metavar="NAME",
            help="Connect from this interface, or from this IP address.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    proxy: Annotated[
        str | None,
        typer.Option(
            "--proxy",
            "-x",
            metavar="[SCHEME://]HOST[:PORT]",
            help="Go through this proxy: http:// (by CONNECT), socks5:// or socks5h://, with USER:PASSWORD@ if it wants"
            " them.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    preface: Preface = None
    max_time: Annotated[
        str | None,
        typer.Option(
            "--max-time", "-m", metavar="TIME", help="End the whole play after so long.", rich_help_panel=_PANEL
        ),
    ] = None
