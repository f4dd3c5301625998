"""``tracereplay record``: the user's curl, and a lossless trace of it."""

import shlex
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.door import note, say
from tracereplay.cli.secrets import SECRETS, Allow, Redact, RedactBody, body_names_of, counted, names_of, tell_vain
from tracereplay.errors import PlanError

if TYPE_CHECKING:
    from tracereplay.library import Trace
    from tracereplay.recorder import Recording
    from tracereplay.trace.conversation import Conversation

_TARGET = "127.0.0.1:8000"
_UNIX = {"--unix-socket": "", "--abstract-unix-socket": "@"}  # how curl is told of a Unix socket


def record(
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="curl ARGS", show_default=False, help="The curl command, as you would run it."),
    ] = None,
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where the trace goes, gzipped if it ends in .gz. Default: a name after the request, such as"
            " post-127.0.0.1-8000-files.txt.",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE if it exists.")] = False,
    redact: Redact = None,
    allow: Allow = None,
    redact_body: RedactBody = None,
    no_redact: Annotated[
        bool,
        typer.Option("--no-redact", help="Keep everything as it was sent and received.", rich_help_panel=SECRETS),
    ] = False,
    body_by_reference: Annotated[
        bool,
        typer.Option(
            "--body-by-reference",
            help="Name the file that curl sends (-T, -F name=@, --data-binary @) and its hash, in place of its bytes:"
            " so the trace of a large upload is small.",
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say nothing afterwards: stderr is curl's alone.")
    ] = False,
) -> None:
    """Run a curl command, unchanged in behaviour, and keep what it sends and receives, byte for byte."""
    from tracereplay.recorder import record as record_curl  # noqa: PLC0415

    secret = None if no_redact else names_of(redact, allow)
    if no_redact and (redact or redact_body):
        raise PlanError("--no-redact keeps everything, and --redact does not", hint="leave out one of them")
    recording = record_curl(
        command or [],
        output,
        overwrite=overwrite,
        secret=secret,
        secret_in_bodies=body_names_of(redact_body),
        body_by_reference=body_by_reference,
    )
    if not quiet:
        for one in recording.notes:
            note(one)
        say("\n".join(_told(recording, command or [])))
        if recording.redacted:
            say(f"  redacted:    {counted(recording.redacted)}")
        tell_vain(redact, redact_body, recording.redacted)
    raise typer.Exit(recording.exit_code)


def _told(recording: "Recording", command: list[str]) -> Iterator[str]:
    """Yield what ``command`` has recorded, and how to play it."""
    from tracereplay.library import load  # noqa: PLC0415

    end = f"curl ended with {recording.exit_code}"
    if recording.path is None:
        yield f"tracereplay: nothing was sent or received, so there is no trace; {end}"
        return
    trace = load(recording.path)
    name = shlex.quote(str(recording.path))
    yield f"tracereplay: recorded {recording.path}: {', '.join((*_counts(trace), end))}"
    yield f"  look at it:  tracereplay show {name}"
    sending = [one for one in trace.conversations if one.sent.bytes]
    if sending:
        where, how = _target(sending, command), _way(sending)
        yield f"  play it:     tracereplay play {name}{where}{_live(sending)} --truncate 50% --close {how}"


def _counts(trace: "Trace") -> Iterator[str]:
    from tracereplay.units import format_bytes  # noqa: PLC0415

    requests = sum(len(one.requests) for one in trace.conversations)
    yield f"{requests} request{'' if requests == 1 else 's'}"
    if len(trace.conversations) > 1:
        yield f"{len(trace.conversations)} connections"
    yield f"{format_bytes(sum(one.sent.bytes for one in trace.conversations))} sent"
    yield f"{sum(one.received.bytes for one in trace.conversations):,} received"
    unknown = sum(one.sent.unknown.total + one.received.unknown.total for one in trace.conversations)
    yield f"{unknown:,} of them unknown" if unknown else "every byte known"


def _target(conversations: "list[Conversation]", command: Sequence[str] = ()) -> str:
    """Return the option that names a server, where the recorded one is not to be played to, or not found."""
    from tracereplay.net.target import is_here, is_unix  # noqa: PLC0415

    away = [one for one in conversations if not is_here(one)]
    if not away:
        return ""
    if not all(is_unix(one) for one in away):
        return f" --target {_TARGET}"
    paths = (_UNIX[option] + path for option, path in pairwise(command) if option in _UNIX)
    return f" --unix-socket {shlex.quote(next(paths, 'PATH'))}"


def _live(conversations: "list[Conversation]") -> str:
    """Return the options that name the live values of what was redacted."""
    from tracereplay.plan.secrets import advised  # noqa: PLC0415

    return "".join(f" --secret {shlex.quote(one)}" for one in advised(conversations))


def _way(conversations: "list[Conversation]") -> str:
    """Return a way to leave in the middle that the recorded connections know: a Unix socket has no reset."""
    from tracereplay.net.target import is_unix  # noqa: PLC0415

    return "half" if any(is_unix(one) for one in conversations) else "rst"
