"""``tracereplay play``: a trace against a server, cut where the user says."""

from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli import editing
from tracereplay.cli import tls as tls_options
from tracereplay.cli.checking import FAILED, Check, Ignore, refuse_vain_check
from tracereplay.cli.cutting import PANEL as CUT
from tracereplay.cli.cutting import Close, Hold, NoMarks, Settle, place_words
from tracereplay.cli.door import note, put
from tracereplay.cli.network import ConnectTo, Interface, MaxTime, Preface, ProxyName, UnixSocket
from tracereplay.cli.options import (
    AsHttp1,
    Files,
    Format,
    OutputFormat,
    Strict,
    Timeout,
    Torn,
    TraceName,
    Unknown,
    tell_fills,
)
from tracereplay.cli.pacing import Duration, IdleTimeLimit, LimitRate, Pause, Speed, Writes
from tracereplay.cli.secrets import Redacted, Secret
from tracereplay.errors import PlanError

if TYPE_CHECKING:
    from tracereplay.library import Plan

_MANY = "Many"


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
    close: Close = None,
    no_marks: NoMarks = False,
    hold: Hold = None,
    settle: Settle = None,
    pause: Pause = None,
    speed: Speed = None,
    limit_rate: LimitRate = None,
    duration: Duration = None,
    idle_time_limit: IdleTimeLimit = None,
    segments: Writes = "recorded",
    connect_to: ConnectTo = None,
    unix_socket: UnixSocket = None,
    interface: Interface = None,
    proxy: ProxyName = None,
    preface: Preface = None,
    max_time: MaxTime = None,
    tls: tls_options.Forced = False,
    insecure: tls_options.Insecure = False,
    cacert: tls_options.CaCert = None,
    cert: tls_options.Cert = None,
    key: tls_options.Key = None,
    tlsv1_2: tls_options.AtLeast12 = False,
    tlsv1_3: tls_options.AtLeast13 = False,
    tls_max: tls_options.AtMost = None,
    tls_end: tls_options.TlsEnd = None,
    request: editing.RequestNumber = None,
    drop_event: editing.DropEvent = None,
    boundary: editing.Boundary = None,
    body: editing.Body = None,
    set_file: editing.SetFile = None,
    set_field: editing.SetField = None,
    grow: editing.Grow = None,
    fill: editing.Fill = None,
    method: editing.Method = None,
    path: editing.TargetPath = None,
    remove_header: editing.RemoveHeader = None,
    set_header: editing.SetHeader = None,
    announce: editing.Announce = None,
    replace: editing.Replace = None,
    keep_length: editing.KeepLength = False,
    retime: editing.Retime = None,
    secret: Secret = None,
    redacted: Redacted = None,
    unknown: Unknown = None,
    torn: Torn = None,
    as_http1: AsHttp1 = False,
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
    file: Files = None,
    strict: Strict = False,
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
    from tracereplay.options import Options, flag_of  # noqa: PLC0415
    from tracereplay.plan.cuts import expanded  # noqa: PLC0415
    from tracereplay.show.as_json import outcome_as_json  # noqa: PLC0415
    from tracereplay.show.report import report  # noqa: PLC0415

    options = Options.of(
        {
            "connection": connection,
            "close": None if close is None else close.value,
            "no_marks": no_marks,
            "hold": hold,
            "settle": settle,
            "pause": pause,
            "speed": speed,
            "limit_rate": limit_rate,
            "duration": duration,
            "idle_time_limit": idle_time_limit,
            "segments": segments,
            "connect_to": connect_to,
            "unix_socket": unix_socket,
            "interface": interface,
            "proxy": proxy,
            "preface": preface,
            "max_time": max_time,
            "tls": tls,
            "insecure": insecure,
            "cacert": cacert,
            "cert": cert,
            "key": key,
            "tlsv1_2": tlsv1_2,
            "tlsv1_3": tlsv1_3,
            "tls_max": tls_max,
            "tls_end": tls_end,
            "secret": secret,
            "redacted": redacted is not None,
            "unknown": unknown is not None,
            "torn": torn is not None,
            "as_http1": as_http1,
            "request": request,
            "drop_event": drop_event,
            "boundary": boundary,
            "body": body,
            "set_file": set_file,
            "set_field": set_field,
            "grow": grow,
            "fill": fill,
            "method": method,
            "path": path,
            "remove_header": remove_header,
            "set_header": set_header,
            "announce": announce,
            "replace": replace,
            "keep_length": keep_length,
            "retime": retime,
        },
        str,
        flag_of,
    )
    network = options.network()
    loaded = load(trace, strict=strict, files=file or ())
    whole = options.whole(loaded)
    places = [*expanded(whole.main_connection, truncate)] if truncate else [None]
    plans = [options.cut(whole, place) for place in places]
    plan = plans[0]
    refuse_vain_check(plans, repeat=repeat, is_wanted=check, ignore=ignore)
    if repeat is not None or len(plans) > 1:
        if not quiet:
            tell_fills(loaded)
            _tell(plan, is_recorded_pace=speed != "max" and not limit_rate and not duration)
        count = len(plans) if repeat is None else repeat
        play_crowd(
            plans,
            count,
            target,
            parallel=parallel or 1,
            timeout=timeout,
            network=network,
            format_=format_,
            is_shown=not quiet,
        )
        return
    if parallel is not None:
        raise PlanError(
            "--parallel says how many plays are under way at a time, and this is one play",
            hint=f"--repeat {max(parallel, 2)} --parallel {parallel}, or a --truncate for each play",
        )
    with interrupts_noted() as interrupted, start(plan, target, timeout=timeout, network=network) as playback:
        if not quiet:
            tell_fills(loaded)
            _tell(plan, is_recorded_pace=speed != "max" and not limit_rate and not duration)
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
