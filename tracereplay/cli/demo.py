"""``tracereplay demo``: the main job, on this machine, in a few seconds."""

import shlex
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from tracereplay.cli.door import put
from tracereplay.errors import PlanError

if TYPE_CHECKING:
    from tracereplay.demo.tour import Visit

_TITLES = ("how", "sent", "server saw", "how it ended for the server", "answer to the client", "reaction")


def demo(
    *,
    keep: Annotated[
        Path, typer.Option(metavar="DIR", help="Where to leave the recorded trace; no file is overwritten.")
    ] = Path(),
    serve: Annotated[
        int | None,
        typer.Option(
            metavar="PORT",
            min=0,
            max=65535,
            help="Only run the server, for you to play with, until Ctrl-C; 0: any port.",
        ),
    ] = None,
) -> None:
    """Record an upload, play it whole and cut in every way, and tell what the server saw each time."""
    from tracereplay.demo.tour import free_name, tour  # noqa: PLC0415
    from tracereplay.show.columns import columns  # noqa: PLC0415

    if serve is not None:
        _serve(serve)
    if not keep.is_dir():
        raise PlanError(f"{keep} is not a directory", hint=f"mkdir -p {shlex.quote(str(keep))}")
    output = free_name(keep)
    visits = list(tour(output, lambda line: put([f"* {line}"])))
    put([""])
    put(columns([_TITLES, *(_row(visit) for visit in visits)], right=(1, 2, 5)))
    put(_explained(visits))
    put(_next(shlex.quote(str(output))))


def _serve(port: int) -> NoReturn:
    """Run the server and say what it sees, until the user has seen enough."""
    from tracereplay.demo.server import serving  # noqa: PLC0415

    with serving(port) as server:
        put([f"an upload API that works on a body while it arrives, on {server.url}; Ctrl-C ends it"], now=True)
        for number in count():
            upload = server.upload(number, None)
            put([f"saw {upload.body_bytes:,} of {upload.declared_bytes:,} bytes: {upload.end.value}"], now=True)
    raise AssertionError("count() does not end")


def _row(visit: "Visit") -> Sequence[str]:
    from tracereplay.units import SECOND_NS, format_duration  # noqa: PLC0415

    client, server = visit.client, visit.server
    answer = client.answers[-1] if client.answers else None
    reaction = client.reaction_seconds
    return (
        visit.how,
        f"{client.handed:,}",
        f"{server.body_bytes:,} of {server.declared_bytes:,}",
        server.end.value,
        "none" if answer is None else f"{answer.status} {answer.reason}",
        "-" if reaction is None else format_duration(round(reaction * SECOND_NS)),
    )


def _explained(visits: "Sequence[Visit]") -> Iterator[str]:
    yield ""
    yield "sent: bytes that the client handed over, head and body. server saw: bytes of the body that the"
    yield "application has read. reaction: from the client's last act to the server's first after it."
    reset = next((visit for visit in visits if visit.how.endswith("rst")), None)
    whole = visits[0]
    head = whole.client.handed - whole.server.body_bytes
    if reset is not None and reset.server.body_bytes < reset.client.handed - head:
        yield "A reset takes bytes away that had arrived and were not read yet: the server saw fewer than were sent."


def _next(trace: str) -> Iterator[str]:
    yield ""
    yield f"The recorded upload is left for you in {trace}. What to try next:"
    yield f"  tracereplay show {trace} -n 20"
    yield f"  tracereplay extract {trace} --sent request.bin"
    yield "Against a server that is not the recorded one (in another terminal: tracereplay demo --serve 8000):"
    yield f"  tracereplay play {trace} --target 127.0.0.1:8000 --truncate body:50% --close half"
    yield "And your own upload:"
    yield "  tracereplay record -o upload.txt -- curl -F file=@report.csv http://127.0.0.1:8000/files"
    yield "  tracereplay play upload.txt --truncate 50% --close rst"
