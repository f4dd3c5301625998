"""``tracereplay compare``: the same sweep over several servers, and where they differ."""

import dataclasses
import sys
import threading
import time
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.checking import FAILED
from tracereplay.cli.door import put
from tracereplay.cli.family import read_options, with_families
from tracereplay.cli.options import Doubts, Format, TraceName, tell_fills
from tracereplay.cli.secrets import Secrets
from tracereplay.cli.sweeping import Allow, Cuts, Hang, Parallel, Ways
from tracereplay.errors import PlanError

if TYPE_CHECKING:
    from tracereplay.judge.cell import Cell
    from tracereplay.judge.finding import Sweep
    from tracereplay.judge.setting import Setting

_HANG = "5s"
_WAYS = "fin,rst,half"
_PANEL = "Servers"


@with_families
def compare(
    trace: TraceName,
    *,
    server: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COMMAND",
            help="What starts a server, with {fd} or {port} for where it listens. May be given several times.",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST:PORT", help="A server that runs. May be given several times.", rich_help_panel=_PANEL
        ),
    ] = None,
    via: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NGINX.CONF",
            help="Also each server with nginx in front of it, by this file, in which {host}, {port}, {upstream} and"
            " {folder} are filled in. May be given several times.",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    connection: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="The connection to cut. Default: the one that sends most."),
    ] = None,
    cuts: Cuts = None,
    close: Ways = None,
    hang: Hang = None,
    allow: Allow = None,
    parallel: Parallel = 8,
    secrets: Secrets,
    doubts: Doubts,
    format_: Annotated[
        Format, typer.Option("--format", help="For people, or a JSON object for programs.")
    ] = Format.TEXT,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No strip and no notes.")] = False,
) -> None:
    """Sweep over several servers, or direct and through a proxy, and say where they differ."""
    from tracereplay.cli.interrupt import interrupts_noted  # noqa: PLC0415
    from tracereplay.cli.proxying import read_conf  # noqa: PLC0415
    from tracereplay.judge.agreement import Agreement, Server  # noqa: PLC0415
    from tracereplay.judge.cell import cells, ways  # noqa: PLC0415
    from tracereplay.judge.oracle import Terms  # noqa: PLC0415
    from tracereplay.judge.setting import Setting  # noqa: PLC0415
    from tracereplay.library import load  # noqa: PLC0415
    from tracereplay.show.agreement import agreement_as_json, report_agreement  # noqa: PLC0415
    from tracereplay.show.paint import Paint  # noqa: PLC0415

    confs = {name: read_conf(name) for name in via or ()}
    if (len(server or ()) + len(target or ())) * (1 + len(confs)) < 2:
        raise PlanError(
            "there is nothing to compare with: name two servers, or one and --via",
            hint="--server 'gunicorn -b fd://{fd} app:app' --server 'uvicorn --fd {fd} app:app'",
        )
    options = read_options(secrets, doubts, connection=connection, timeout=hang or _HANG, speed="max")
    loaded = load(trace, strict=options.strict, files=options.file)
    options = dataclasses.replace(options, no_marks=loaded.has_marks)
    whole = options.whole(loaded)
    listed = cells(whole.main_connection, cuts or (), ways(close or _WAYS))
    setting = Setting(
        whole=options.cut(whole, None),
        plan_of=lambda cell: options.leaving_at(str(cell.place), cell.way).cut(whole, str(cell.place)),
        command_of=lambda cell: options.leaving_at(str(cell.place), cell.way).command(Path(trace), str),
        network=options.network(),
        terms=Terms.of(allow or (), hang or _HANG, judges_stall=hang is not None),
        parallel=parallel,
    )
    if not quiet:
        tell_fills(loaded)
    servers: list[Server] = []
    with interrupts_noted() as interrupted, closing(_running(server or (), target or (), confs)) as running:
        for name, at in running:
            aimed = dataclasses.replace(setting, target=at)
            servers.append(Server(name, _swept(listed, aimed, interrupted, is_shown=not quiet)))
            if interrupted.is_set():
                break
    found = Agreement(loaded.name, tuple(listed), tuple(servers))
    put([agreement_as_json(found)] if format_ is Format.JSON else report_agreement(found, Paint.on(sys.stdout)))
    if interrupted.is_set():
        raise KeyboardInterrupt
    if found.differences:
        raise typer.Exit(FAILED)


def _running(
    servers: Iterable[str], targets: Iterable[str], confs: Mapping[str, str]
) -> Generator[tuple[str, str], None, None]:
    """Yield the name and the address of each server, while it runs: alone, and then behind each proxy."""
    from tracereplay.testing.server import serve  # noqa: PLC0415

    for command in servers:
        with serve(command) as running:
            yield from _and_behind(command, running.target, confs)
    for target in targets:
        yield from _and_behind(target, target, confs)


def _and_behind(name: str, target: str, confs: Mapping[str, str]) -> Generator[tuple[str, str], None, None]:
    from tracereplay.cli.proxying import nginx  # noqa: PLC0415

    yield name, target
    for conf, text in confs.items():
        with nginx(text, target) as proxy:
            yield f"{name}, via {conf}", proxy.target


def _swept(cells: "list[Cell]", setting: "Setting", stop: threading.Event, *, is_shown: bool) -> "Sweep":
    from tracereplay.cli.live import Live  # noqa: PLC0415
    from tracereplay.judge.sweep import Sweeping  # noqa: PLC0415

    began = time.monotonic()
    sweeping = Sweeping(cells, setting, stop=stop)
    with Live(len(cells), is_shown=is_shown) as live:
        for verdict in sweeping.play():
            live.show(verdict)
    return sweeping.result(time.monotonic() - began)
