"""A sweep as a call: a trace cut everywhere, and what a server did wrong.

found = sweep("upload.txt", "127.0.0.1:8000", close="half")
assert found, found.findings
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from tracereplay.errors import PlanError
from tracereplay.judge.cell import Cell, cells, ways
from tracereplay.judge.finding import Finding, Sweep
from tracereplay.judge.live_secrets import secrets_in
from tracereplay.judge.look import Watch
from tracereplay.judge.oracle import WITHIN, Terms
from tracereplay.judge.setting import PARALLEL, Setting
from tracereplay.judge.split import NORM, hint_of, segments_of, split_cells, split_notes
from tracereplay.judge.sweep import Sweeping
from tracereplay.judge.witnessed import Witness
from tracereplay.library import Trace, load
from tracereplay.net.target import AnyTarget
from tracereplay.options import Options
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.echo import Discretion
from tracereplay.plan.plan import Plan
from tracereplay.testing.keywords import as_keywords

__all__ = ["Finding", "Sweep", "prepared", "sweep"]

HANG = "5s"
WAYS = "fin,rst,half"

_OWN = {"truncate": "cuts", "timeout": "hang"}  # what play calls otherwise


def sweep(
    trace: Trace | str | Path,
    target: AnyTarget | None = None,
    *,
    cuts: str | Sequence[str] = (),
    close: str | Sequence[str] | None = None,
    split: str | Sequence[str] = (),
    hang: str | None = None,
    allow: str | Iterable[str] = (),
    witness: str | Path | None = None,
    probes: Mapping[str, Callable[[], object]] | None = None,
    settled: Mapping[str, Callable[[], object]] | None = None,
    within: str = WITHIN,
    parallel: int = PARALLEL,
    twice: bool = False,
    **options: object,
) -> Sweep:
    """Return what a server did wrong with a trace that was cut everywhere; true when nothing was.

    ``target`` is an address, or a server of ``serve``. All means what it does in ``tracereplay sweep``, and ``options``
    are others of it, with ``_`` for ``-``: ``set_header``. ``cuts``, ``close`` and ``split`` are one or several.
    ``probes``, and those ``settled``, have names, and are called before and after each play, one play at a time. Raises
    PlanError for what cannot be one, TraceError, TargetError when the server is not there.
    """
    for name in options.keys() & _OWN.keys():
        raise PlanError(f"a sweep has no {name}", hint=f"it is called {_OWN[name]} there")
    try:
        read = Options.of({"target": target, "speed": "max", **options}, str)
        loaded = trace if isinstance(trace, Trace) else load(trace, strict=read.strict, files=read.file)
        how = close if close is None else ",".join(_several(close))
        listed, setting = prepared(
            loaded, read, cuts=_several(cuts), close=how, split=_several(split), hang=hang, allow=allow, within=within
        )
    except PlanError as error:
        raise as_keywords(error) from None
    known = Discretion(secrets_in(setting.whole, asdict(read)))
    setting = replace(
        setting,
        parallel=parallel,
        witness=None if witness is None else Witness(witness),
        watch=Watch(probes or {}, settled or {}, within, known) if probes or settled else None,
        known=known,
    )
    began = time.monotonic()
    sweeping = Sweeping(listed, setting, twice=twice)
    for _ in sweeping.play():
        pass
    return sweeping.result(time.monotonic() - began)


def prepared(
    trace: Trace,
    options: Options,
    *,
    cuts: Sequence[str] = (),
    close: str | None = None,
    split: Sequence[str] = (),
    hang: str | None = None,
    allow: str | Iterable[str] = (),
    within: str = WITHIN,
) -> tuple[list[Cell], Setting]:
    """Return the plays of a sweep in their order, and how they are played. Raises PlanError, TraceError."""
    terms = Terms.of(allow, hang or HANG, judges_stall=hang is not None, within=within)
    options = replace(options, timeout=terms.hang, no_marks=trace.has_marks)  # it cuts by itself
    whole = options.whole(trace)

    def options_of(cell: Cell) -> Options:
        if not cell.is_cut:
            return replace(options, segments=segments_of(cell))
        return options.leaving_at(str(cell.place), cell.way)

    def plan_of(cell: Cell) -> Plan:
        chosen = options_of(cell)
        return chosen.cut(whole, chosen.truncate)

    return _cells(whole.main_connection, options, cuts, close, split), Setting(
        whole=replace(options, hold=None, settle=None, segments=NORM if split else options.segments).cut(whole, None),
        plan_of=plan_of,
        command_of=lambda cell: options_of(cell).command(Path(trace.name), str),
        target=options.target,
        network=options.network(),
        terms=terms,
        notes=tuple(split_notes(whole.main_connection, split)),
    )


def _cells(
    connection: ConnectionPlan, options: Options, cuts: Sequence[str], close: str | None, split: Sequence[str]
) -> list[Cell]:
    if split:
        _refuse_cutting({"close": close, "hold": options.hold, "settle": options.settle}, options.segments)
        return split_cells(connection, split, cuts)
    segments = None if options.segments == "recorded" else options.segments
    return cells(connection, cuts, ways(WAYS if close is None else close), segments)


def _several(given: str | Sequence[str]) -> Sequence[str]:
    return (given,) if isinstance(given, str) else given


def _refuse_cutting(given: Mapping[str, str | None], segments: str) -> None:
    """Raise PlanError for an option that says how a cut is left, or in which writes it is sent."""
    for name, value in given.items():
        if value is not None:
            raise PlanError(f"--{name} says how a cut is left, and with --split nothing is cut")
    if segments != "recorded":
        raise PlanError("--segments and --split both say in which writes", hint=hint_of(segments))
