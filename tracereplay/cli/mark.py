"""``tracereplay mark`` and ``unmark``: marks that are written into a trace, and taken out of it again."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.door import note
from tracereplay.cli.options import TraceName
from tracereplay.errors import PlanError, TraceError
from tracereplay.plan.way import Way

if TYPE_CHECKING:
    from tracereplay.trace.marking import Wording
    from tracereplay.trace.meaning import PlacedMark
    from tracereplay.trace.trace import Trace

_ENDURES = ("redacted",)  # says what the trace lacks


def mark(
    trace: TraceName,
    *,
    at: Annotated[str, typer.Option(metavar="SPEC", help="The place, as --truncate of play takes it: body:50%.")],
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What it is called; play --truncate @NAME. A pause needs no name."),
    ] = None,
    close: Annotated[Way | None, typer.Option(help="How to leave there. Default: fin, or what play is told.")] = None,
    pause: Annotated[
        str | None, typer.Option(metavar="TIME", help="Stop there for so long in each play, and do not cut: 2s.")
    ] = None,
    no_cut: Annotated[bool, typer.Option("--no-cut", help="Nothing but a place with a name.")] = False,
    default: Annotated[bool, typer.Option("--default", help="Cut there in a play that does not say where.")] = False,
    connection: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="The connection that it is on. Default: the one that sends most."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Move the mark that has this name, or the default.")
    ] = False,
) -> None:
    """Write a mark into a trace, beside the byte it stands at; nothing else in the file changes."""
    from tracereplay.cli.output import refuse_no_file, rewrite_trace  # noqa: PLC0415
    from tracereplay.library import load  # noqa: PLC0415
    from tracereplay.plan.find import find  # noqa: PLC0415
    from tracereplay.plan.place import read_place  # noqa: PLC0415
    from tracereplay.trace.marking import spot_of, with_marks  # noqa: PLC0415

    _wording(name, close, pause, no_cut=no_cut, default=default)
    refuse_no_file(trace)
    loaded = load(trace)
    plan = loaded.plan()
    plan = plan if connection is None else plan.about(connection)
    main = plan.main_connection
    if main.conversation.protocol in ("h2", "h3"):
        raise PlanError(
            f"{loaded.name}: connection {main.id} speaks HTTP/{main.conversation.protocol[1]}, and play sends a"
            " translation, in which no mark has a place",
            hint=f"tracereplay play {trace} --as-http1 --truncate {at}",
        )
    byte = find(read_place(at), main) + (0 if main.tunnel is None else main.tunnel.end)
    old = [one for one in _marks(loaded) if _gives_way(one, name, default=default)]
    if old and not overwrite:
        raise PlanError(
            f"{loaded.name}:{old[0].line}: there is a {'default cut' if old[0].what == 'default' else 'mark'} already:"
            f" {old[0].name}",
            hint="move it with --overwrite, or give another --name",
        )
    way = close or next((Way(one.way) for one in old if one.way is not None), None)
    wording = _wording(name, None if pause or no_cut else way, pause, no_cut=no_cut, default=default)
    lines = with_marks(loaded.lines(), {one.line for one in old}, spot_of(loaded, main.id, byte), wording)
    rewrite_trace(trace, lines, partial(_refuse_other, loaded, main.id, byte))
    where = f"byte {byte:,} of connection {main.id}" if len(loaded.conversations) > 1 else f"byte {byte:,}"
    note(f"{trace}: {wording.before}{wording.behind} stands at {where}")


def unmark(
    trace: TraceName,
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]…", help="The marks to take out.")] = None,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="Take out all marks; comments stay, and what says that something is redacted.")
    ] = False,
) -> None:
    """Take marks out of a trace, and with a cut the default that names it; nothing else in the file changes."""
    from tracereplay.cli.output import refuse_no_file, rewrite_trace  # noqa: PLC0415
    from tracereplay.library import load  # noqa: PLC0415
    from tracereplay.trace.marking import Wording, with_marks  # noqa: PLC0415

    if bool(names) == every:
        raise PlanError("name the marks to take out, or take all", hint=f"tracereplay show {trace} --marks")
    refuse_no_file(trace)
    loaded = load(trace)
    marks = [one for one in _marks(loaded) if one.what not in _ENDURES]
    known = [one.name for one in marks if one.has_own_name]
    for name in names or ():
        if name not in known:
            there = ", ".join(str(one) for one in known) or "none with a name"
            raise PlanError(f"{loaded.name}: there is no mark {name!r}", hint=f"the trace has {there}")
    out = {one.line for one in marks if every or one.name in (names or ())}
    if out:
        rewrite_trace(
            trace, with_marks(loaded.lines(), out, None, Wording("")), partial(_refuse_left, loaded, len(out))
        )
    note(f"{trace}: {len(out)} {'mark is' if len(out) == 1 else 'marks are'} taken out")
    for fault in loaded.warnings:
        if fault.code == "mark" and fault.line not in out:
            note(f"{trace}:{fault.line}: {fault.message}: the line stays")


def _wording(name: str | None, close: Way | None, pause: str | None, *, no_cut: bool, default: bool) -> "Wording":
    from tracereplay.trace.marking import Wording  # noqa: PLC0415
    from tracereplay.trace.meaning import read_meaning  # noqa: PLC0415
    from tracereplay.units import duration_ns  # noqa: PLC0415

    if name is not None:
        _refuse_no_name(name)
    if pause is not None and (close is not None or default or no_cut):
        raise PlanError("a pause is no place to leave at", hint="mark the pause and the cut one after the other")
    if no_cut and close is not None:
        raise PlanError("a mark that is no cut says nothing of how to leave", hint="leave out --no-cut, or --close")
    if pause is not None:
        duration_ns(pause)
        wording = Wording(f"#: pause {name}" if name else "#: pause", f" {pause}")
    elif name is None:
        raise PlanError("a cut has a name", hint="--name half")
    else:
        more = (f"#: default cut {name}",) if default else ()
        wording = Wording(f"#: {'mark' if no_cut else 'cut'} {name}", "" if close is None else f" {close.value}", more)
    for line in wording.lines(0, b""):
        read_meaning(line)
    return wording


def _refuse_no_name(name: str) -> None:
    from tracereplay.trace.meaning import read_meaning  # noqa: PLC0415

    hint = "a letter, then letters, digits, _ . and -, all of ASCII, and no digit behind a -: --name second-half"
    try:
        is_name = read_meaning(f"#: mark {name}".encode("utf-8", "surrogateescape")).name == name
    except PlanError as error:
        raise PlanError(error.message, hint=hint) from None
    if not is_name:
        raise PlanError(f"{name!r} is no name of a mark", hint=hint)


def _marks(trace: "Trace") -> "list[PlacedMark]":
    return [mark for one in trace.conversations for mark in one.marks]


def _gives_way(mark: "PlacedMark", name: str | None, *, default: bool) -> bool:
    """Return whether a mark cannot stay where there is a new one of this name."""
    if mark.what == "default":
        return default
    return mark.has_own_name and name is not None and mark.name == name


def _refuse_other(trace: "Trace", connection: int, at: int, new: Path) -> None:
    """Raise TraceError when the new file does not read as the old one with a mark at this byte."""
    from tracereplay.trace.trace import Trace  # noqa: PLC0415

    read = Trace.load(new)
    placed = [mark.at for one in read.conversations if one.id == connection for mark in one.marks]
    if at not in placed or not _is_alike(read, trace):
        raise TraceError("it would not read as it does, so that it stays as it is", trace=trace.name)


def _refuse_left(trace: "Trace", count: int, new: Path) -> None:
    from tracereplay.trace.trace import Trace  # noqa: PLC0415

    read = Trace.load(new)
    if len(_marks(read)) != len(_marks(trace)) - count or not _is_alike(read, trace):
        raise TraceError("it would not read as it does, so that it stays as it is", trace=trace.name)


def _is_alike(one: "Trace", other: "Trace") -> bool:
    return [(it.id, it.sent.bytes, it.received.bytes, it.sent.unknown.total) for it in one.conversations] == [
        (it.id, it.sent.bytes, it.received.bytes, it.sent.unknown.total) for it in other.conversations
    ]
