"""``tracereplay convert``: a trace in the other form."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.door import note
from tracereplay.cli.options import Files, Keep, TraceName, tell_fills

if TYPE_CHECKING:
    from tracereplay.trace.convert import Conversion


class Form(StrEnum):
    """The two forms of a trace."""

    ASCII = "ascii"
    HEX = "hex"


def convert(
    trace: TraceName,
    *,
    to: Annotated[Form, typer.Option(help="As --trace-ascii prints it, or as --trace does.")],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where it goes, gzipped if it ends in .gz; - is the standard output.",
        ),
    ] = "-",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE if it exists.")] = False,
    file: Files = None,
    unknown: Annotated[
        Keep | None,
        typer.Option(help="Write a dot for each byte that the trace does not know.", rich_help_panel="Doubts"),
    ] = None,
) -> None:
    """Write a trace as the same curl would have printed it in the other form; hex to ascii, to read and review it."""
    from tracereplay.cli.output import STANDARD, refuse_existing, refuse_same, written_trace  # noqa: PLC0415
    from tracereplay.library import load  # noqa: PLC0415
    from tracereplay.trace.convert import Conversion  # noqa: PLC0415

    if output != STANDARD:
        refuse_same(trace, output)
        refuse_existing(output, overwrite=overwrite)
    loaded = load(trace, files=file or ())
    tell_fills(loaded)
    conversion = Conversion.of(loaded, to.value, keeps_unknown=unknown is Keep.KEEP)
    with written_trace(output) as stream:
        for piece in conversion.text():
            stream.write(piece)
    if to is Form.HEX:
        _tell_doubts(conversion)
    if conversion.left_out:
        is_one = conversion.left_out == 1
        lines = (
            "line that belongs to no item and looks like a row of a dump is"
            if is_one
            else ("lines that belong to no item and look like rows of a dump are")
        )
        note(f"{conversion.left_out:,} {lines} left out")


def _tell_doubts(conversion: "Conversion") -> None:
    from tracereplay.units import format_bytes  # noqa: PLC0415

    if conversion.unknown:
        note(f"unknown: {format_bytes(conversion.unknown)}, written as dots (2e)")
    if conversion.inferred:
        note(f"inferred to be dots, and written so (2e): {format_bytes(conversion.inferred)} in headers")
