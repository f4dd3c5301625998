"""``tracereplay play``: a trace against a server, cut where the user says."""

from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.checking import FAILED, Check, Ignore, refuse_vain_check
from tracereplay.cli.cutting import PANEL as CUT
from tracereplay.cli.cutting import Leaving, place_words
from tracereplay.cli.door import note, put
from tracereplay.cli.editing import Edits, Retime
from tracereplay.cli.family import read_options, with_families
from tracereplay.cli.network import Network
from tracereplay.cli.options import Doubts, Format, OutputFormat, Timeout, TraceName, tell_fills
from tracereplay.cli.pacing import Pacing
from tracereplay.cli.secrets import Secrets
from tracereplay.cli.tls import Tls
from tracereplay.errors import PlanError

if TYPE_CHECKING:
    from tracereplay.library import Plan

_MANY = "Many"


@with_families
def play(
    trace: TraceName,
    *,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Where to play it, also as http://HOST[:PORT], https://HOST[:PORT] or unix:PATH. Default: the recorded"
            " host, if it is this machine.",
        ),
    ] = None,
    connection: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            help="The connection that cuts and pauses are meant for. Default: the one that sends most.",
        ),
    ] = None,
    timeout: Timeout = "30s",
    truncate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SPEC",
            help="Send only so much: 50%, 65536, 64k, -1 (all but the last byte), or a part of it: head:50%, body:50%,"
            " file:50%, part:2:end, 'after \"text\"', 2.5s, answer:50% (leave when so much was received), over TLS also"
            " wire:20000. Given several times, or a list (boundaries, every:4k, 0%..100%/10), it is a play for each."
            " All places: docs/places.md.",
            autocompletion=place_words,
            rich_help_panel=CUT,
        ),
    ] = None,
    leaving: Leaving,
    pacing: Pacing,
    network: Network,
    tls: Tls,
    edits: Edits,
    retime: Retime = None,
    secrets: Secrets,
    doubts: Doubts,
    repeat: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=10**9,
            help="Play it so often, and tell how the results are spread.",
            rich_help_panel=_MANY,
        ),
    ] = None,
    parallel: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, max=10**6, help="How many plays at a time. Default: 1.", rich_help_panel=_MANY
        ),
    ] = None,
    check: Check = False,
    ignore: Ignore = None,
    format_: OutputFormat = Format.TEXT,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar and no notes.")] = False,
) -> None:
    """Send the recorded bytes to a real server, at the recorded times, and leave half-way if asked to."""
    from tracereplay.cli.crowd import play_crowd  # noqa: PLC0415
    from tracereplay.cli.interrupt import interrupts_noted  # noqa: PLC0415
    from tracereplay.cli.progress import watch  # noqa: PLC0415
    from tracereplay.judge.live_secrets import without_echoes  # noqa: PLC0415
    from tracereplay.library import load, start  # noqa: PLC0415
    from tracereplay.plan.cuts import expanded  # noqa: PLC0415
    from tracereplay.show.as_json import outcome_as_json  # noqa: PLC0415
    from tracereplay.show.report import report  # noqa: PLC0415

    options = read_options(leaving, pacing, network, tls, edits, secrets, doubts, connection=connection, retime=retime)
    route = options.network()
    loaded = load(trace, strict=options.strict, files=options.file)
    whole = options.whole(loaded)
    places = [*expanded(whole.main_connection, truncate)] if truncate else [None]
    plans = [options.cut(whole, place) for place in places]
    plan = plans[0]
    is_recorded_pace = options.speed != "max" and not options.limit_rate and not options.duration
    refuse_vain_check(plans, repeat=repeat, is_wanted=check, ignore=ignore)
    if repeat is not None or len(plans) > 1:
        if not quiet:
            tell_fills(loaded)
            _tell(plan, is_recorded_pace=is_recorded_pace)
        count = len(plans) if repeat is None else repeat
        play_crowd(
            plans,
            count,
            target,
            parallel=parallel or 1,
            timeout=timeout,
            network=route,
            format_=format_,
            is_shown=not quiet,
        )
        return
    if parallel is not None:
        raise PlanError(
            "--parallel says how many plays are under way at a time, and this is one play",
            hint=f"--repeat {max(parallel, 2)} --parallel {parallel}, or a --truncate for each play",
        )
    with interrupts_noted() as interrupted, start(plan, target, timeout=timeout, network=route) as playback:
        if not quiet:
            tell_fills(loaded)
            _tell(plan, is_recorded_pace=is_recorded_pace)
        watch(playback, plan.main_connection.sends_bytes, interrupted, is_shown=not quiet)
        outcome = without_echoes(playback.outcome())
    match = outcome.matches_recording(ignore or ()) if check else None
    if format_ is Format.JSON:
        put([outcome_as_json(outcome, match)])
    else:
        played = {one.id for one in outcome.connections}
        put(report(outcome, [one.id for one in whole.connections if one.id not in played], match))
    if match is not None and not match:
        raise typer.Exit(FAILED)


def _tell(plan: "Plan", *, is_recorded_pace: bool) -> None:
    """Say how what is played differs from what was recorded."""
    if is_recorded_pace and not plan.trace.is_timed:
        note(f"{plan.trace.name} has no times, so it is played as fast as the server reads (--speed max)")
    unknown = sum(one.conversation.sent.unknown.total for one in plan.connections)
    if unknown:
        note(f"{unknown:,} bytes are unknown, and sent as dots")
