"""The options of TLS: the names are those of curl, but for ``--tls`` and ``--tls-end``."""

from enum import StrEnum
from typing import Annotated

import typer

_PANEL = "TLS"


class End(StrEnum):
    """Whether the client says in TLS that it ends."""

    NOTIFY = "notify"
    NONE = "none"


class Version(StrEnum):
    """A version of TLS."""

    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


Forced = Annotated[
    bool, typer.Option("--tls", help="Play over TLS what was recorded without, too.", rich_help_panel=_PANEL)
]
Insecure = Annotated[
    bool,
    typer.Option("--insecure", "-k", help="Take any certificate of the server.", rich_help_panel=_PANEL),
]
CaCert = Annotated[
    str | None,
    typer.Option(
        "--cacert",
        metavar="FILE",
        help="Take certificates signed by one of this file, in place of the system's.",
        rich_help_panel=_PANEL,
    ),
]
Cert = Annotated[
    str | None,
    typer.Option(
        "--cert",
        "-E",
        metavar="FILE",
        help="Our own certificate (PEM), and its key if that is in it too.",
        rich_help_panel=_PANEL,
    ),
]
Key = Annotated[
    str | None, typer.Option("--key", metavar="FILE", help="The key of our certificate.", rich_help_panel=_PANEL)
]
AtLeast12 = Annotated[bool, typer.Option("--tlsv1.2", help="TLS 1.2 or newer.", rich_help_panel=_PANEL)]
AtLeast13 = Annotated[bool, typer.Option("--tlsv1.3", help="TLS 1.3 or newer.", rich_help_panel=_PANEL)]
AtMost = Annotated[Version | None, typer.Option("--tls-max", help="No newer TLS than this.", rich_help_panel=_PANEL)]
TlsEnd = Annotated[
    End | None,
    typer.Option(
        "--tls-end",
        help="Whether a close_notify goes before a FIN. Default: at an end in order, and with --close half; not"
        " where the client goes away half-way.",
        rich_help_panel=_PANEL,
    ),
]
