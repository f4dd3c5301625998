"""Options that several commands share, and how a shell completes them."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.door import note
from tracereplay.cli.family import Family

if TYPE_CHECKING:
    from tracereplay.trace.trace import Trace

_BEGINS_TRACE = re.compile(rb"(?:\d\d:\d\d:\d\d\.\d{6} )?(?:\[[\dx]+-[\dx]+\] )?(?:== Info: |\* |=> Send |<= Recv )")
_LOOKED_AT_BYTES = 64
_DOUBT = "Doubts"


class Format(StrEnum):
    """For whom the output is: people, or programs."""

    TEXT = "text"
    JSON = "json"


class Keep(StrEnum):
    """What to do with what is not sure: the only choice other than to refuse it."""

    KEEP = "keep"


def trace_names(incomplete: str) -> list[str]:
    """Return the paths that go on from ``incomplete`` and hold a trace, and the directories on the way."""
    folder = Path(incomplete) if incomplete.endswith("/") else Path(incomplete).parent
    prefix = incomplete[: incomplete.rfind("/") + 1]
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return []
    names = (f"{prefix}{entry.name}{'/' if entry.is_dir() else ''}" for entry in entries if _may_be_trace(entry))
    return [name for name in names if name.startswith(incomplete)]


def _may_be_trace(path: Path) -> bool:
    if path.name.startswith("."):
        return False
    try:
        if not path.is_file():
            return path.is_dir()
        with path.open("rb") as stream:
            return _BEGINS_TRACE.match(stream.read(_LOOKED_AT_BYTES)) is not None
    except OSError:
        return False


TraceName = Annotated[
    str,
    typer.Argument(
        metavar="TRACE",
        help="What curl wrote with --trace or --trace-ascii, or `tracereplay record`; - for the standard input.",
        autocompletion=trace_names,
    ),
]
OutputFormat = Annotated[
    Format, typer.Option("--format", help="For people, or a JSON object for programs, alone on stdout.")
]
Files = Annotated[
    list[str] | None,
    typer.Option(
        "--file",
        metavar="FILE",
        help="A file that curl uploaded: it tells the bytes that an ascii trace does not know. May be given several"
        " times.",
        rich_help_panel=_DOUBT,
    ),
]
Timeout = Annotated[str, typer.Option(metavar="TIME", help="Give up when nothing has happened for so long.")]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Take a dot in a header of an ascii trace for an unknown byte, as in a body."),
]


@dataclass(frozen=True, slots=True)
class Doubts(Family):
    """What to make of a trace that is not sure."""

    unknown: Annotated[
        Keep | None,
        typer.Option(help="Send a dot for each byte that the trace does not know.", rich_help_panel=_DOUBT),
    ] = None
    torn: Annotated[
        Keep | None,
        typer.Option(help="Play a trace that ends early as far as it goes.", rich_help_panel=_DOUBT),
    ] = None
    as_http1: Annotated[
        bool,
        typer.Option(
            "--as-http1",
            help="Send what curl sent over HTTP/2 or 3 translated to HTTP/1.1: those are not the recorded bytes.",
            rich_help_panel=_DOUBT,
        ),
    ] = False
    file: Files = None
    strict: Strict = False


def tell_fills(trace: "Trace") -> None:
    """Say which file was taken for which upload."""
    for fill in trace.fills:
        note(str(fill))
