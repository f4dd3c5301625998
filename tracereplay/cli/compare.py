"""``tracereplay compare``: the same sweep over several servers, and where they differ."""

import dataclasses
import sys
import threading
import time
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.checking import FAILED
from tracereplay.cli.door import put
from tracereplay.cli.editing import Edits
from tracereplay.cli.family import read_options, with_families
from tracereplay.cli.options import Doubts, Format, OutputFormat, TraceName, tell_fills
from tracereplay.cli.secrets import Secrets
from tracereplay.cli.serving import served
from tracereplay.cli.sweeping import Choice, Manner, Parallel, Quiet
from tracereplay.cli.tls import Tls
from tracereplay.errors import PlanError, TargetError, TracereplayError

if TYPE_CHECKING:
    from tracereplay.judge.cell import Cell
    from tracereplay.judge.finding import Sweep
    from tracereplay.judge.setting import Setting

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
    choice: Choice,
    parallel: Parallel = 8,
    manner: Manner,
    tls: Tls,
    edits: Edits,
    secrets: Secrets,
    doubts: Doubts,
    format_: OutputFormat = Format.TEXT,
    quiet: Quiet = False,
) -> None:
    """Sweep over several servers, or direct and through a proxy, and say where they differ."""
    from tracereplay.cli.interrupt import interrupts_noted  # noqa: PLC0415
    from tracereplay.cli.known import known_secrets  # noqa: PLC0415
    from tracereplay.cli.proxying import read_conf  # noqa: PLC0415
    from tracereplay.judge.agreement import Agreement, Server  # noqa: PLC0415
    from tracereplay.net.play import prepare  # noqa: PLC0415
    from tracereplay.show.agreement import agreement_as_json, report_agreement  # noqa: PLC0415
    from tracereplay.show.paint import Paint  # noqa: PLC0415

    confs = {name: read_conf(name) for name in via or ()}
    if (len(server or ()) + len(target or ())) * (1 + len(confs)) < 2:
        raise PlanError(
            "there is nothing to compare with: name two servers, or one and --via",
            hint="--server 'gunicorn -b fd://{fd} app:app' --server 'uvicorn --fd {fd} app:app'",
        )
    options = read_options(manner, tls, edits, secrets, doubts)
    listed, setting = choice.prepared(trace, options)
    setting = dataclasses.replace(setting, parallel=parallel, known=known_secrets(setting.whole, options))
    for one in target or ():
        prepare(setting.whole, one, timeout=setting.terms.hang, network=setting.network)  # now, and not after a sweep
    if not quiet:
        tell_fills(setting.whole.trace)
    servers: list[Server] = []
    faults: list[TracereplayError] = []
    with interrupts_noted() as interrupted, closing(_running(server or (), target or (), confs)) as running:
        for name, at in running:
            swept, fault = _swept(listed, setting, at, interrupted, is_shown=not quiet)
            servers.append(Server(name, swept))
            if fault is not None:
                faults.append(_of(name, fault))
            if interrupted.is_set():
                break
    if faults and not any(one.sweep.plays for one in servers):
        raise faults[0]
    found = Agreement(setting.whole.trace.name, tuple(listed), tuple(servers))
    put([agreement_as_json(found)] if format_ is Format.JSON else report_agreement(found, Paint.on(sys.stdout)))
    if interrupted.is_set():
        raise KeyboardInterrupt
    if faults:
        raise faults[0]
    if found.differences:
        raise typer.Exit(FAILED)
    if found.unmade:
        raise TargetError(f"{found.unmade:,} of {len(listed):,} plays were not made on every server")


def _running(
    servers: Iterable[str], targets: Iterable[str], confs: Mapping[str, str]
) -> Generator[tuple[str, str | TracereplayError], None, None]:
    """Yield the name and the address of each server, while it runs: alone, and then behind each proxy.

    In place of the address of one that cannot be started it is why.
    """
    from tracereplay.trace.discreet import discreet  # noqa: PLC0415

    for command in servers:
        name = discreet(command)
        try:
            with served(command) as running:
                yield from _and_behind(name, running.target, confs)
        except TracereplayError as fault:
            yield name, fault
    for target in targets:
        yield from _and_behind(target, target, confs)


def _and_behind(
    name: str, target: str, confs: Mapping[str, str]
) -> Generator[tuple[str, str | TracereplayError], None, None]:
    from tracereplay.cli.proxying import nginx  # noqa: PLC0415
    from tracereplay.net.target import read_target  # noqa: PLC0415

    yield name, target
    for conf, text in confs.items():
        behind = f"{name}, via {conf}"
        try:
            with nginx(text, str(read_target(target))) as proxy:
                yield behind, proxy.target
        except TracereplayError as fault:
            yield behind, fault


def _swept(
    cells: "list[Cell]", setting: "Setting", at: str | TracereplayError, stop: threading.Event, *, is_shown: bool
) -> "tuple[Sweep, TracereplayError | None]":
    """Return what came of the sweep over the server there, and the error that ended it early, if one did."""
    from tracereplay.cli.live import Live  # noqa: PLC0415
    from tracereplay.judge.finding import Sweep  # noqa: PLC0415
    from tracereplay.judge.sweep import Sweeping  # noqa: PLC0415

    if not isinstance(at, str):
        return Sweep(setting.whole.trace.name, "", (), 0).ended_by(_told(at, setting)), at
    began = time.monotonic()
    sweeping = Sweeping(cells, dataclasses.replace(setting, target=at), stop=stop)
    try:
        with Live(len(cells), is_shown=is_shown) as live:
            for verdict in sweeping.play():
                live.show(verdict)
    except TracereplayError as fault:
        return sweeping.result(time.monotonic() - began).ended_by(_told(fault, setting)), fault
    return sweeping.result(time.monotonic() - began), None


def _told(fault: TracereplayError, setting: "Setting") -> str:
    from tracereplay.trace.discreet import discreet  # noqa: PLC0415

    return setting.known.masked(discreet(fault.message))


def _of(name: str, fault: TracereplayError) -> TracereplayError:
    """Return the fault of the server of this name, which it says."""
    if name not in fault.message:
        fault.message = f"{name}: {fault.message}"
    return fault
