"""What ``export`` writes besides scripts: a whole recording for the viewers that people have, without its secrets."""

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.errors import PlanError

if TYPE_CHECKING:
    from tracereplay.options import Options
    from tracereplay.trace.trace import Trace

_OF_THE_TRACE = ("file", "strict")  # options that say what is in it, and not what is to be sent


class ExportFormat(StrEnum):
    """What is written: a script of a play, or a recording for a viewer."""

    PYTHON = "python"
    HAR = "har"
    PCAPNG = "pcapng"


As = Annotated[
    ExportFormat | None,
    typer.Option(
        "--format",
        help="A script of plain sockets, or the whole recording for the viewers of browsers (HAR 1.2) or of packets."
        " Default: by the suffix of FILE, .har or .pcapng; else a script.",
    ),
]


def format_of(chosen: ExportFormat | None, output: str) -> ExportFormat:
    """Return what is to be written to the file ``output``."""
    suffixes = {f".{one.value}": one for one in (ExportFormat.HAR, ExportFormat.PCAPNG)}
    return chosen or suffixes.get(Path(output).suffix.lower(), ExportFormat.PYTHON)


def export_recording(trace: str, kind: ExportFormat, options: "Options", output: str, *, overwrite: bool) -> None:
    """Write the recording in the file ``trace``. Raises PlanError for options of a play, TraceError."""
    from tracereplay.cli.door import note  # noqa: PLC0415
    from tracereplay.cli.options import tell_fills  # noqa: PLC0415
    from tracereplay.cli.output import STANDARD, refuse_existing, refuse_inputs, refuse_same, written  # noqa: PLC0415
    from tracereplay.cli.secrets import counted  # noqa: PLC0415
    from tracereplay.library import load  # noqa: PLC0415

    _refuse_options_of_play(options, kind)
    if output != STANDARD:
        refuse_same(trace, output)
        refuse_inputs(options.inputs, output)
        refuse_existing(output, overwrite=overwrite)
    loaded = load(trace, strict=options.strict, files=options.file)
    tell_fills(loaded)
    with _without_secrets(loaded, options) as (shown, masked), written(output) as stream:
        for piece in _pieces(shown, Path(loaded.name).name, kind, masked):
            stream.write(piece)
    if masked:
        note(f"masked: {counted(masked)}")


def _pieces(trace: "Trace", name: str, kind: ExportFormat, masked: Mapping[str, int]) -> Iterable[bytes]:
    if kind is ExportFormat.HAR:
        from tracereplay.show.har import har  # noqa: PLC0415

        return (text.encode() for text in har(trace, name, masked))
    from tracereplay.show.pcapng import pcapng  # noqa: PLC0415

    return pcapng(trace, name, masked)


@contextmanager
def _without_secrets(trace: "Trace", options: "Options") -> "Iterator[tuple[Trace, Counter[str]]]":
    """Yield the trace without its secrets, and how many of each name it had or has lost before."""
    from tracereplay.trace.redact import Redaction  # noqa: PLC0415
    from tracereplay.trace.secret import USUAL  # noqa: PLC0415
    from tracereplay.trace.trace import Trace  # noqa: PLC0415

    redaction = Redaction(USUAL)
    for _ in trace.redacted(redaction):
        pass
    masked = Counter(redaction.found.counts)
    masked.update(mark.name or "" for one in trace.conversations for mark in one.marks if mark.what == "redacted")
    if not redaction.found.counts:
        yield trace, masked
        return
    with tempfile.TemporaryDirectory(prefix="tracereplay-") as folder:
        path = Path(folder) / "trace.txt"
        with path.open("wb") as stream:
            stream.writelines(trace.redacted(Redaction(USUAL)))
        yield Trace.load(path, strict=options.strict, files=options.file, lookup=trace.lookup), masked


def _refuse_options_of_play(options: "Options", kind: ExportFormat) -> None:
    from tracereplay.options import flag_of  # noqa: PLC0415

    for one in fields(options):
        if one.name not in _OF_THE_TRACE and getattr(options, one.name) != one.default:
            raise PlanError(
                f"{flag_of(one.name)} is of a play, and --format {kind.value} writes what was recorded",
                hint="edit the trace first: tracereplay edit; or export a script: --format python",
            )
