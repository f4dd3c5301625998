"""``tracereplay sweep``: a trace cut everywhere, and what a server does wrong."""

import dataclasses
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tracereplay.cli.checking import FAILED
from tracereplay.cli.door import note
from tracereplay.cli.editing import Edits
from tracereplay.cli.family import read_options, with_families
from tracereplay.cli.health import Pid, ServerCommand, examined
from tracereplay.cli.network import Network
from tracereplay.cli.options import Doubts, TraceName, tell_fills
from tracereplay.cli.outlet import Outlet
from tracereplay.cli.reporting import refuse_reports, write_reports
from tracereplay.cli.secrets import Secrets
from tracereplay.cli.starving import Starve
from tracereplay.cli.sweeping import (
    Accept,
    As,
    Baseline,
    Choice,
    Manner,
    Parallel,
    Quiet,
    ReportHtml,
    ReportJunit,
    Resume,
    SweepFormat,
    TargetName,
    Twice,
)
from tracereplay.cli.tls import Tls
from tracereplay.cli.watching import Knowing, Probes, Settled, Within, WitnessBy, WitnessFile, watch_of, witness_of
from tracereplay.errors import PlanError, TargetError, TracereplayError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tracereplay.cli.health import Checkup
    from tracereplay.judge.baseline import Accepted
    from tracereplay.judge.cell import Cell, Key
    from tracereplay.judge.finding import Sweep
    from tracereplay.judge.setting import Setting
    from tracereplay.judge.sweep import Sweeping
    from tracereplay.judge.verdict import Verdict


@with_families
def sweep(
    trace: TraceName,
    *,
    target: TargetName = None,
    server: ServerCommand = None,
    pid: Pid = None,
    starve: Starve = None,
    choice: Choice,
    baseline: Baseline = None,
    accept: Accept = False,
    witness: WitnessFile = None,
    witness_by: WitnessBy = Knowing.PORTS,
    probe: Probes = None,
    settled: Settled = None,
    within: Within = "3s",
    parallel: Parallel = 8,
    twice: Twice = False,
    resume: Resume = None,
    manner: Manner,
    network: Network,
    tls: Tls,
    edits: Edits,
    secrets: Secrets,
    doubts: Doubts,
    format_: As = SweepFormat.TEXT,
    report_html: ReportHtml = None,
    report_junit: ReportJunit = None,
    quiet: Quiet = False,
) -> None:
    """Cut a trace everywhere, leave in several ways, and say what the server does wrong with what is cut short."""
    from tracereplay.cli.interrupt import interrupts_noted  # noqa: PLC0415
    from tracereplay.cli.known import known_secrets  # noqa: PLC0415
    from tracereplay.cli.live import Live  # noqa: PLC0415
    from tracereplay.judge.line import line_of  # noqa: PLC0415
    from tracereplay.judge.sends import sends_of  # noqa: PLC0415
    from tracereplay.judge.sweep import Sweeping  # noqa: PLC0415

    seeing, edits = witness_of(witness, witness_by, edits, quiet=quiet)
    options = read_options(manner, network, tls, edits, secrets, doubts, target=target)
    reads, writes = (None, baseline) if accept else (baseline, None)
    refuse_reports(trace, (*options.inputs, witness, resume, reads), report_html, report_junit, writes)
    accepted = _read_baseline(baseline, accept=accept)
    stop = threading.Event()
    listed, setting = choice.prepared(trace, options, within)
    known = known_secrets(setting.whole, options, probe, settled, [starve or "", server or ""])
    setting = dataclasses.replace(
        setting,
        parallel=parallel,
        accepted=accepted,
        witness=seeing,
        watch=watch_of(probe, settled, within, stop, known),
        known=known,
    )
    has_lines = resume is not None or format_ is SweepFormat.JSONL
    sends = sends_of(setting.whole.main_connection) if has_lines else ""
    done = _read_done(resume, setting, listed, sends)
    if not quiet:
        tell_fills(setting.whole.trace)
    total = sum(cell.key not in done for cell in listed)
    with interrupts_noted(stop) as interrupted, examined(setting, server, pid, starve) as checkup:
        sweeping = Sweeping(listed, checkup.quartered(total), done=done, twice=twice, stop=interrupted)
        outlet = Outlet(interrupted)
        with Live(len(listed), is_shown=not quiet) as live:

            def told(verdict: "Verdict") -> None:
                live.show(verdict)
                if format_ is SweepFormat.JSONL:
                    outlet.put([line_of(setting.whole.trace.name, verdict, sends)])

            result, fault = _made(sweeping, checkup, told, resumed=len(listed) - total, within=within)
    _tell(result, format_, outlet, quiet=quiet)
    write_reports(result, setting.whole.main_connection, known, report_html, report_junit)
    _tell_baseline(result, accepted, listed, baseline, accept=accept, quiet=quiet)
    if interrupted.is_set():
        raise outlet.fault or KeyboardInterrupt
    if fault is not None:
        raise fault
    if (result.findings or result.faults) and not (accept and result.is_whole):
        raise typer.Exit(FAILED)
    if left := len(listed) - result.plays:
        raise TargetError(f"the server was not well any more: {left:,} of {len(listed):,} plays were not made")


def _made(
    sweeping: "Sweeping", checkup: "Checkup", tell: "Callable[[Verdict], None]", *, resumed: int, within: str
) -> "tuple[Sweep, TracereplayError | None]":
    """Make the plays, ``tell`` of each, and return what came of them, and the error that ended it early, if one did."""
    from tracereplay.trace.discreet import discreet  # noqa: PLC0415

    began, has_begun = time.monotonic(), False
    try:
        for verdict in sweeping.play():
            has_begun = True
            tell(verdict)
        return checkup.told(sweeping.result(time.monotonic() - began), resumed=resumed, within=within), None
    except TracereplayError as fault:
        if not has_begun:
            raise
        result = sweeping.result(time.monotonic() - began)
        why = checkup.setting.known.masked(discreet(fault.message))
        return result.ended_by(why), fault


def _tell(result: "Sweep", format_: SweepFormat, outlet: Outlet, *, quiet: bool) -> None:
    from tracereplay.show.paint import Paint  # noqa: PLC0415
    from tracereplay.show.sweep import report_sweep, sweep_as_json  # noqa: PLC0415

    if format_ is SweepFormat.JSON:
        outlet.put([sweep_as_json(result)])
    elif format_ is SweepFormat.TEXT:
        outlet.put(report_sweep(result, Paint.on(sys.stdout)))
    if format_ is not SweepFormat.TEXT:
        says_enough = result.is_whole or outlet.fault is not None
        stopped = () if says_enough else (f"it was stopped before its end, after {result.plays:,} plays",)
        for one in (*(() if quiet else result.notes), *map(str, result.faults), *stopped):
            note(one)


def _read_baseline(name: str | None, *, accept: bool) -> "Accepted":
    from tracereplay.judge.baseline import Accepted  # noqa: PLC0415

    if name is None:
        if accept:
            raise PlanError("--accept writes what is found, and does not know where", hint="--baseline FILE --accept")
        return Accepted()
    try:
        return Accepted.read(Path(name).read_text("utf-8"), name)
    except FileNotFoundError:
        if accept:
            return Accepted()
        raise PlanError(f"{name} is not there", hint=f"--baseline {name} --accept writes it") from None
    except (OSError, UnicodeDecodeError) as fault:
        raise _unreadable(name, fault) from fault


def _unreadable(name: str, fault: OSError | UnicodeDecodeError) -> PlanError:
    why = fault.strerror if isinstance(fault, OSError) else "it is no text in UTF-8"
    return PlanError(f"{name} cannot be read: {why}")


def _read_done(name: str | None, setting: "Setting", cells: "list[Cell]", sends: str) -> "dict[Key, Verdict]":
    """Return the plays of an earlier run. Raises PlanError for those to another server, or of other bytes."""
    from tracereplay.judge.line import read_lines  # noqa: PLC0415
    from tracereplay.judge.resume import resumed  # noqa: PLC0415

    if name is None:
        return {}
    try:
        with Path(name).open(encoding="utf-8") as lines:
            done = read_lines(lines, name, setting.whole.trace.name, sends)
    except (OSError, UnicodeDecodeError) as fault:
        raise _unreadable(name, fault) from fault
    return resumed(done, cells, setting, name)


def _tell_baseline(
    result: "Sweep", accepted: "Accepted", cells: "list[Cell]", name: str | None, *, accept: bool, quiet: bool
) -> None:
    """Write the baseline if it is to be written, and say what of it is gone."""
    from tracereplay.cli.output import written  # noqa: PLC0415
    from tracereplay.judge.baseline import SERVER  # noqa: PLC0415

    if name is None:
        return
    if not result.is_whole:
        if accept:
            note(f"{name} stays as it is, for the sweep did not come to its end")
        return
    if accept:
        lines = list(accepted.renewed(cells, result))
        with written(name) as stream:
            stream.write("".join(f"{line}\n" for line in lines).encode())
        note(f"{len(lines) - 2:,} known findings are in {name}")
    elif not quiet:
        for one in accepted.gone(cells, result):
            status = "no answer" if one.status is None else f"answer {one.status}"
            where = f": {one.place}" if one.how == SERVER else f" at {one.place}, {one.how}, {status}"
            note(f"gone: {one.rule}{where}; --accept takes it out of {name}")
