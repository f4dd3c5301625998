"""The options of TLS: the names are those of curl, but for ``--tls`` and ``--tls-end``."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from tracereplay.cli.family import Family

_PANEL = "TLS"


class End(StrEnum):
    """Whether the client says in TLS that it ends."""

    NOTIFY = "notify"
    NONE = "none"


class Version(StrEnum):
    """A version of TLS."""

    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


@dataclass(frozen=True, slots=True)
class Tls(Family):
    """How TLS is spoken."""

    tls: Annotated[
        bool, typer.Option("--tls", help="Play over TLS what was recorded without, too.", rich_help_panel=_PANEL)
    ] = False
    insecure: Annotated[
        bool,
        typer.Option("--insecure", "-k", help="Take any certificate of the server.", rich_help_panel=_PANEL),
    ] = False
    cacert: Annotated[
        str | None,
        typer.Option(
            "--cacert",
            metavar="FILE",
            help="Take certificates signed by one of this file, in place of the system's.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    cert: Annotated[
        str | None,
        typer.Option(
            "--cert",
            "-E",
            metavar="FILE",
            help="Our own certificate (PEM), and its key if that is in it too.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    key: Annotated[
        str | None, typer.Option("--key", metavar="FILE", help="The key of our certificate.", rich_help_panel=_PANEL)
    ] = None
    tlsv1_2: Annotated[bool, typer.Option("--tlsv1.2", help="TLS 1.2 or newer.", rich_help_panel=_PANEL)] = False
    tlsv1_3: Annotated[bool, typer.Option("--tlsv1.3", help="TLS 1.3 or newer.", rich_help_panel=_PANEL)] = False
    tls_max: Annotated[
        Version | None, typer.Option("--tls-max", help="No newer TLS than this.", rich_help_panel=_PANEL)
    ] = None
    tls_end: Annotated[
        End | None,
        typer.Option(
            "--tls-end",
            help="Whether a close_notify goes before a FIN. Default: at an end in order, and with --close half; not"
            " where the client goes away half-way.",
            rich_help_panel=_PANEL,
        ),
    ] = None
