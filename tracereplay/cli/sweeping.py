"""The options of ``sweep`` that ``play`` does not have, or has otherwise; ``compare`` has some of them, too."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.cutting import Hold, Settle
from tracereplay.cli.family import Family
from tracereplay.cli.pacing import Speed, Writes

if TYPE_CHECKING:
    from tracereplay.judge.cell import Cell
    from tracereplay.judge.setting import Setting
    from tracereplay.options import Options

_WHAT, _RULES, _MANY, _REPORTS = "What", "Rules", "Many", "Reports"


class SweepFormat(StrEnum):
    """For whom the output is: people, or programs, as one object or as a line for each play."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"


TargetName = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help="Where to play it, as for play. Default: the recorded host, if it is this machine.",
    ),
]
Connection = Annotated[
    int | None,
    typer.Option(metavar="N", min=0, help="The connection to cut. Default: the one that sends most."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No strip and no notes.")]
Baseline = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="Findings that are known: only others are told, and fail.", rich_help_panel=_RULES
    ),
]
Accept = Annotated[
    bool,
    typer.Option("--accept", help="Write what is found into the --baseline, sorted.", rich_help_panel=_RULES),
]
Parallel = Annotated[
    int,
    typer.Option(metavar="N", min=1, max=10**6, help="How many plays at a time.", rich_help_panel=_MANY),
]
Twice = Annotated[
    bool,
    typer.Option(
        "--twice",
        help="Play each cut again, alone, and not only the first of equal neighbours: tells all that is flaky.",
        rich_help_panel=_MANY,
    ),
]
Resume = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="What an earlier run printed with --format jsonl: those plays are not made again.",
        rich_help_panel=_MANY,
    ),
]
As = Annotated[
    SweepFormat,
    typer.Option("--format", help="For people, a JSON object for programs, or a line of JSON for each play."),
]
ReportHtml = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Write a page to look at: the findings, and each play over the bytes that were sent. It loads nothing.",
        rich_help_panel=_REPORTS,
    ),
]
ReportJunit = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Write JUnit XML for CI: a test for each rule and way of leaving, which fails on a finding.",
        rich_help_panel=_REPORTS,
    ),
]


@dataclass(frozen=True, slots=True)
class Choice(Family):
    """Which plays a sweep makes, and what is taken for right in them."""

    connection: Connection = None
    cuts: Annotated[
        list[str] | None,
        typer.Option(
            "--cuts",
            metavar="SPEC",
            help="Where to cut: a place as of play --truncate, or a list: all, boundaries, every:64k, body:all."
            " May be given several times. Default: each byte of up to 4 KiB; of more the boundaries, edges of 64 KiB,"
            " and 10, 50, 90 %.",
            rich_help_panel=_WHAT,
        ),
    ] = None
    close: Annotated[
        str | None,
        typer.Option(
            "--close",
            metavar="WAYS",
            help="How to leave: of fin, rst, half, stall, vanish. Default: fin,rst,half.",
            rich_help_panel=_WHAT,
        ),
    ] = None
    split: Annotated[
        list[str] | None,
        typer.Option(
            "--split",
            metavar="HOW",
            help="Cut nothing: send the whole in other writes, each when the server has read the one before, for the"
            " answer must be the same as to one write. 2 is each way to send it in two; others are 1, mtu, 4k,"
            " random:SEED. May be given several times.",
            rich_help_panel=_WHAT,
        ),
    ] = None
    hang: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="For how long a server may be silent. Default: 5s; if it is given, after stall, too.",
            rich_help_panel=_RULES,
        ),
    ] = None
    allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TOLERANCE",
            help="What is taken for right: 200-when-only-final-crlf-missing.",
            rich_help_panel=_RULES,
        ),
    ] = None

    def prepared(self, trace: str, options: "Options", within: str = "3s") -> "tuple[list[Cell], Setting]":
        """Return the plays in their order, and how they are played. Raises PlanError, TraceError."""
        from tracereplay.library import load  # noqa: PLC0415
        from tracereplay.testing.sweeps import prepared  # noqa: PLC0415

        return prepared(
            load(trace, strict=options.strict, files=options.file),
            replace(options, connection=self.connection),
            cuts=self.cuts or (),
            close=self.close,
            split=self.split or (),
            hang=self.hang,
            allow=self.allow or (),
            within=within,
        )


@dataclass(frozen=True, slots=True)
class Manner(Family):
    """How each play of a sweep is sent and left."""

    hold: Hold = None
    settle: Settle = None
    speed: Speed = "max"
    segments: Writes = "recorded"
