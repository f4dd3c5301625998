"""``tracereplay export``: a play as a script of plain sockets, or a recording for viewers: see ``exporting``."""

import dataclasses
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.cutting import PANEL as CUT
from tracereplay.cli.cutting import Leaving, place_words
from tracereplay.cli.door import Grouped, note
from tracereplay.cli.editing import Edits, Retime
from tracereplay.cli.exporting import As, ExportFormat, export_recording, format_of
from tracereplay.cli.family import read_options, with_families
from tracereplay.cli.network import Preface
from tracereplay.cli.options import Doubts, Timeout, TraceName, tell_fills
from tracereplay.cli.pacing import Pacing
from tracereplay.cli.secrets import Redacted
from tracereplay.errors import PlanError

if TYPE_CHECKING:
    from typer._click import Context

    from tracereplay.net.target import Target
    from tracereplay.options import Options
    from tracereplay.plan.connection import ConnectionPlan
    from tracereplay.plan.plan import Plan

_TLS = (
    "a script of plain sockets speaks no TLS",
    "send it without, if the server takes that: --target http://HOST:PORT",
)
_ONCE = ("a script plays once", "run it as often as you like, or tracereplay play --repeat")
_PRINTS = ("a script prints what the server says, and no more", "tracereplay play tells all of it")
_COMPARES = ("a script compares nothing with the recording", "tracereplay play --check")
UNABLE = {
    **dict.fromkeys(("--tls", "--insecure", "-k", "--cacert", "--cert", "-E", "--key", "--tls-max", "--tls-end"), _TLS),
    **dict.fromkeys(("--tlsv1.2", "--tlsv1.3"), _TLS),
    **dict.fromkeys(("--repeat", "--parallel"), _ONCE),
    **dict.fromkeys(("--quiet", "-q"), _PRINTS),
    **dict.fromkeys(("--check", "--ignore"), _COMPARES),
    **dict.fromkeys(("--proxy", "-x"), ("a script connects to the server itself", "--target HOST:PORT")),
    "--secret": ("a script shall hold no secret", "send the x's with --redacted keep, or play it"),
    "--connect-to": ("a script connects to one place", "name it: --target HOST:PORT"),
    "--unix-socket": ("a script speaks TCP", "tracereplay play speaks to a Unix socket"),
    "--interface": ("from where a script connects is left to the system", "give create_connection() a source_address"),
    **dict.fromkeys(("--max-time", "-m"), ("nothing ends a script as a whole", "timeout 60 python3 standalone.py")),
}


class Export(Grouped):
    """The command, which says why it does not take an option of ``play``."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """Read the options. Raises PlanError for one that a script cannot follow."""
        for word in takewhile(lambda one: one != "--", args):
            flag = word.partition("=")[0] if word.startswith("--") else word[:2]
            if flag in UNABLE:
                reason, hint = UNABLE[flag]
                raise PlanError(f"{flag} is not exported: {reason}", hint=hint)
        return super().parse_args(ctx, args)


@with_families
def export(
    trace: TraceName,
    *,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where it goes; - for the standard output.")
    ] = "-",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE if it exists.")] = False,
    format_: As = None,
    target: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Where it connects to. Default: as recorded, if that is this machine."),
    ] = None,
    connection: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Which connection, where the trace has several.")
    ] = None,
    truncate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SPEC",
            help="Send only so much, as for play: 50%, -1, body:50%.",
            autocompletion=place_words,
            rich_help_panel=CUT,
        ),
    ] = None,
    leaving: Leaving,
    pacing: Pacing,
    timeout: Timeout = "30s",
    preface: Preface = None,
    edits: Edits,
    retime: Retime = None,
    redacted: Redacted = None,
    doubts: Doubts,
) -> None:
    """Write a Python script that sends what play would send, or the recording for viewers of HAR and of packets."""
    from tracereplay.cli.output import STANDARD, refuse_existing, written  # noqa: PLC0415
    from tracereplay.library import load  # noqa: PLC0415
    from tracereplay.show.socket_code import SocketScript, Surroundings  # noqa: PLC0415
    from tracereplay.units import duration_ns  # noqa: PLC0415

    if truncate and len(truncate) > 1:
        raise PlanError("a script plays once, and that is cut at one place", hint="export one for each --truncate")
    options = read_options(
        leaving,
        pacing,
        edits,
        doubts,
        target=target,
        connection=connection,
        truncate=truncate[0] if truncate else None,
        timeout=timeout,
        preface=preface,
        retime=retime,
        redacted=redacted,
    )
    kind = format_of(format_, output)
    if kind is not ExportFormat.PYTHON:
        export_recording(trace, kind, options, output, overwrite=overwrite)
        return
    stored = _stored(output) if output != STANDARD else None
    if stored is not None:
        _refuse_same(options, trace, output)
        refuse_existing(output, overwrite=overwrite)
    loaded = load(trace, strict=options.strict, files=options.file)
    tell_fills(loaded)
    whole = dataclasses.replace(options, redacted=True).whole(loaded)
    numbers = [one.id for one in whole.connections]
    if connection is None and len(numbers) > 1:
        raise PlanError(
            f"{loaded.name} has several connections: {', '.join(map(str, numbers))}",
            hint=f"a script plays one of them: --connection {numbers[0]}",
        )
    plan = options.cut(whole, options.truncate)
    plan.check()
    one = plan.main_connection
    script = SocketScript.of(one, None if options.redacted else _with_longer_secrets(options, whole))
    where = _target(one, target)
    if script.stored_bytes and stored is None:
        raise PlanError(
            f"{script.stored_bytes:,} bytes of what is sent are too many for a script to hold",
            hint=f"tracereplay export {trace} -o standalone.py writes them to standalone.bin, beside it",
        )
    text = script.text(
        Surroundings(
            host=where.host,
            port=where.port,
            timeout_ns=duration_ns(options.timeout),
            preface=options.network().preface_bytes(),
            stored="" if stored is None else stored.name,
            folder=None if stored is None else stored.parent,
            command=options.command(Path(trace), str),
        )
    )
    if script.stored_bytes and stored is not None:
        if stored == Path(output):
            hint = f"choose another name: -o {stored.with_suffix('.py')}"
            raise PlanError(f"{output} is where the data of the script goes", hint=hint)
        _refuse_same(options, trace, str(stored))
        refuse_existing(str(stored), overwrite=overwrite)
        with written(str(stored)) as stream:
            for piece in script.stored():
                stream.write(piece)
    with written(output) as stream:
        stream.write(text.encode())
    if script.stored_bytes:
        note(f"{script.stored_bytes:,} bytes of what is sent are in {stored}, which the script reads")


def _stored(output: str) -> Path:
    """Return where the data of the script goes, beside it. Raises PlanError for a directory, which has no such name."""
    if Path(output).is_dir():
        hint = f"name a file in it: -o {Path(output) / 'standalone.py'}"
        raise PlanError(f"{output or repr(output)} is a directory", hint=hint)
    return Path(output).with_suffix(".bin")


def _refuse_same(options: "Options", trace: str, output: str) -> None:
    """Raise PlanError when ``output`` would replace what is read."""
    from tracereplay.cli.output import refuse_inputs, refuse_same  # noqa: PLC0415

    refuse_same(trace, output)
    refuse_inputs(options.inputs, output)


def _with_longer_secrets(options: "Options", whole: "Plan") -> "ConnectionPlan":
    """Return the connection as it is when what was redacted is longer: what is then otherwise depends on that."""
    from tracereplay.show.socket_secrets import with_longer_secrets  # noqa: PLC0415

    return options.cut(with_longer_secrets(whole), options.truncate).main_connection


def _target(one: "ConnectionPlan", named: str | None) -> "Target":
    """Return where the script connects to. Raises PlanError for what is no plain TCP connection."""
    from tracereplay.net.target import UnixTarget, read_target, recorded_target  # noqa: PLC0415

    where = recorded_target(one) if named is None else read_target(named)
    if isinstance(where, UnixTarget):
        raise PlanError(f"a script speaks TCP, and {where} is a Unix socket", hint="name another: --target HOST:PORT")
    if where.tls_name or (one.conversation.tls and not where.is_plain):
        raise PlanError(
            "a script of plain sockets speaks no TLS",
            hint=f"send it without, if the server takes that: --target http://{where}",
        )
    if named is None and (one.tunnel is not None or one.conversation.socks is not None):
        raise PlanError(
            f"connection {one.id} goes through a proxy, and a script does not",
            hint=f"connect to the server itself: --target {where}",
        )
    return where
