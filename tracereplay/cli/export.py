"""``tracereplay export``: a play as a script of plain sockets."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.door import note
from tracereplay.cli.options import Files, Keep, Strict, TraceName, tell_fills
from tracereplay.errors import PlanError
from tracereplay.plan.way import Way

if TYPE_CHECKING:
    from tracereplay.net.target import Target
    from tracereplay.plan.connection import ConnectionPlan

_CUT, _PACE, _DOUBT = "Cut", "Pace", "Doubts"


def export(
    trace: TraceName,
    *,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where it goes; - for the standard output.")
    ] = "-",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE if it exists.")] = False,
    target: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Where it connects to. Default: as recorded, if that is this machine."),
    ] = None,
    connection: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Which connection, where the trace has several.")
    ] = None,
    truncate: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help="Send only so much, as for play: 50%, -1, body:50%.", rich_help_panel=_CUT),
    ] = None,
    close: Annotated[Way, typer.Option(help="How to leave, as for play.", rich_help_panel=_CUT)] = Way.FIN,
    hold: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="How long to stay after half and stall.", rich_help_panel=_CUT),
    ] = None,
    settle: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="How long the server may read before rst, once all has arrived. Default: 0.3s.",
            rich_help_panel=_CUT,
        ),
    ] = None,
    pause: Annotated[
        list[str] | None,
        typer.Option(metavar="SPEC=TIME", help="Stop there for so long: body:50%=2s.", rich_help_panel=_PACE),
    ] = None,
    speed: Annotated[
        str | None, typer.Option(metavar="FACTOR", help="Times the recorded speed, or max.", rich_help_panel=_PACE)
    ] = None,
    limit_rate: Annotated[
        str | None, typer.Option(metavar="RATE", help="So many bytes in a second: 3k.", rich_help_panel=_PACE)
    ] = None,
    duration: Annotated[
        str | None, typer.Option(metavar="TIME", help="Spread all the bytes over this time.", rich_help_panel=_PACE)
    ] = None,
    idle_time_limit: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Shorten recorded gaps that are longer.", rich_help_panel=_PACE),
    ] = None,
    segments: Annotated[
        str, typer.Option(metavar="HOW", help="In which writes: recorded, mtu, or a size.", rich_help_panel=_PACE)
    ] = "recorded",
    unknown: Annotated[
        Keep | None,
        typer.Option(help="Send a dot for each byte that the trace does not know.", rich_help_panel=_DOUBT),
    ] = None,
    torn: Annotated[
        Keep | None,
        typer.Option(help="Send a trace that ends early as far as it goes.", rich_help_panel=_DOUBT),
    ] = None,
    as_http1: Annotated[
        bool,
        typer.Option("--as-http1", help="Send what was HTTP/2 or 3 translated to HTTP/1.1.", rich_help_panel=_DOUBT),
    ] = False,
    file: Files = None,
    strict: Strict = False,
) -> None:
    """Write a Python script that sends what play would send, over a plain socket and without tracereplay."""
    from tracereplay.cli.output import STANDARD, refuse_same, written  # noqa: PLC0415
    from tracereplay.library import load  # noqa: PLC0415
    from tracereplay.options import Options, flag_of  # noqa: PLC0415
    from tracereplay.show.socket_code import SocketScript  # noqa: PLC0415

    options = Options.of(
        {
            "target": target,
            "connection": connection,
            "truncate": truncate,
            "close": close.value,
            "hold": hold,
            "settle": settle,
            "pause": pause,
            "speed": speed,
            "limit_rate": limit_rate,
            "duration": duration,
            "idle_time_limit": idle_time_limit,
            "segments": segments,
            "unknown": unknown is not None,
            "torn": torn is not None,
            "as_http1": as_http1,
            "file": file,
            "strict": strict,
        },
        str,
        flag_of,
    )
    stored = Path(output).with_suffix(".bin") if output != STANDARD else None
    if stored is not None:
        refuse_same(trace, output)
        _refuse_existing(Path(output), overwrite=overwrite)
    loaded = load(trace, strict=strict, files=file or ())
    tell_fills(loaded)
    numbers = [one.id for one in options.whole(loaded).connections]
    if connection is None and len(numbers) > 1:
        raise PlanError(
            f"{loaded.name} has several connections: {', '.join(map(str, numbers))}",
            hint=f"a script plays one of them: --connection {numbers[0]}",
        )
    plan = options.plan(loaded)
    plan.check()
    one = plan.main_connection
    script = SocketScript.of(one)
    where = _target(one, target)
    if script.stored_bytes and stored is None:
        raise PlanError(
            f"{script.stored_bytes:,} bytes of what is sent are too many for a script to hold",
            hint=f"tracereplay export {trace} -o standalone.py writes them to standalone.bin, beside it",
        )
    text = script.text(
        host=where.host,
        port=where.port,
        file="" if stored is None else stored.name,
        command=options.command(Path(trace), str),
    )
    if script.stored_bytes and stored is not None:
        refuse_same(trace, str(stored))
        _refuse_existing(stored, overwrite=overwrite)
        with written(str(stored)) as stream:
            for piece in script.stored():
                stream.write(piece)
    with written(output) as stream:
        stream.write(text.encode())
    if script.stored_bytes:
        note(f"{script.stored_bytes:,} bytes of what is sent are in {stored}, which the script reads")


def _refuse_existing(path: Path, *, overwrite: bool) -> None:
    if path.is_file() and not overwrite:
        raise PlanError(f"{path} exists", hint="give --overwrite to replace it, or choose another name")


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
