"""``tracereplay extract``: the raw bytes of a connection."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.door import note
from tracereplay.cli.options import Files, Keep, Strict, TraceName, tell_fills
from tracereplay.errors import PlanError, TraceError

if TYPE_CHECKING:
    from tracereplay.library import Trace
    from tracereplay.trace.conversation import Conversation
    from tracereplay.trace.event import Direction


def extract(
    trace: TraceName,
    *,
    sent: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write what curl sent to FILE; - for the standard output.")
    ] = None,
    received: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write what curl received to FILE; - for the standard output."),
    ] = None,
    connection: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Which connection, where the trace has several.")
    ] = None,
    unknown: Annotated[
        Keep | None, typer.Option(help="Write a dot for each byte that the trace does not know.")
    ] = None,
    torn: Annotated[Keep | None, typer.Option(help="Write a trace that ends early as far as it goes.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE if it exists.")] = False,
    file: Files = None,
    strict: Strict = False,
) -> None:
    """Write the raw bytes that curl sent or received, exact, or not at all."""
    from tracereplay.cli.output import refuse_existing, refuse_same, written  # noqa: PLC0415
    from tracereplay.library import load  # noqa: PLC0415
    from tracereplay.trace.event import Direction  # noqa: PLC0415

    wanted = {
        direction: name
        for direction, name in ((Direction.SENT, sent), (Direction.RECEIVED, received))
        if name is not None
    }
    if not wanted:
        raise PlanError(
            "neither --sent nor --received says what to write",
            hint=f"tracereplay extract {trace} --sent request.bin",
        )
    refuse_same(trace, *wanted.values())
    for name in wanted.values():
        refuse_existing(name, overwrite=overwrite)
    loaded = load(trace, strict=strict, files=file or ())
    tell_fills(loaded)
    conversation = _chosen(loaded, connection)
    _check(loaded, conversation, wanted, keeps_unknown=unknown is Keep.KEEP, keeps_torn=torn is Keep.KEEP)
    with ExitStack() as stack:
        streams = {direction: stack.enter_context(written(name)) for direction, name in wanted.items()}
        for event in loaded.events(conversation.id):
            if event.direction in streams:
                streams[event.direction].write(event.payload.data)


def _chosen(trace: "Trace", number: int | None) -> "Conversation":
    if number is not None:
        return trace.conversation(number)
    if not trace.conversations:
        raise TraceError("nothing was sent or received in this trace", trace=trace.name)
    if len(trace.conversations) > 1:
        numbers = ", ".join(str(one.id) for one in trace.conversations)
        raise PlanError(
            f"{trace.name} has several connections: {numbers}",
            hint=f"choose one: --connection {trace.conversations[0].id}",
        )
    return trace.conversations[0]


def _check(
    trace: "Trace",
    conversation: "Conversation",
    wanted: "dict[Direction, str]",
    *,
    keeps_unknown: bool,
    keeps_torn: bool,
) -> None:
    """Refuse bytes that are not what went over the connection; tell what is less than sure of the others."""
    from tracereplay.show.timeline import warnings  # noqa: PLC0415
    from tracereplay.trace.doubts import refuse_torn, refuse_unknown, refuse_unsound  # noqa: PLC0415
    from tracereplay.units import format_bytes  # noqa: PLC0415

    for direction in wanted:
        refuse_unsound(trace, conversation, direction)
        if not keeps_torn:
            refuse_torn(trace, conversation, direction, verb="write")
        if not keeps_unknown:
            refuse_unknown(trace, conversation, direction)
        tally = conversation.tally(direction)
        if tally.unknown.total:
            note(f"{format_bytes(tally.unknown.total)} {direction.value} are unknown, and written as dots")
        if tally.inferred:
            note(
                f"{format_bytes(tally.inferred)} {direction.value} are inferred: dots in headers, taken for dots"
                " (--strict refuses them)"
            )
    for warning in warnings(trace):
        note(f"{trace.name}, {warning}")
