"""``tracereplay init-test``: a trace becomes a file of tests."""

import os
import re
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.door import note, put
from tracereplay.cli.options import TraceName
from tracereplay.errors import PlanError, UnknownBytesError

if TYPE_CHECKING:
    from tracereplay.plan.plan import Plan
    from tracereplay.show.pytest_code import ServerCode

_HAS_SERVER = re.compile(r"^(async )?def server\(|\bname=[\"']server[\"']", re.MULTILINE)


def init_test(
    trace: TraceName,
    *,
    server: Annotated[
        str | None,
        typer.Option(
            metavar="COMMAND",
            help="What starts the server, with {fd} or {port} for where it listens; or the address of one that runs:"
            " http://127.0.0.1:8000. Default: the recorded one, which must run.",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Default: test_NAME.py, beside the trace."),
    ] = None,
) -> None:
    """Write a test of this upload, whole and cut, to go on from; and a conftest.py where there is none."""
    from tracereplay.cli.output import STANDARD, written  # noqa: PLC0415
    from tracereplay.library import load  # noqa: PLC0415
    from tracereplay.plan.secrets import advised  # noqa: PLC0415
    from tracereplay.show.pytest_code import pytest_file, recorded_status  # noqa: PLC0415

    if STANDARD in (trace, output):
        raise PlanError("a test plays a trace that is a file beside it", hint="tracereplay init-test upload.txt")
    path = Path(trace).parent / _name(Path(trace)) if output is None else Path(output)
    if os.path.lexists(path):
        raise PlanError(f"{path} exists, and is not replaced", hint="choose another name: -o test_FILE.py")
    conftest = path.parent / "conftest.py"
    has_conftest = os.path.lexists(conftest)
    loaded = load(trace)
    plan = loaded.plan().with_secrets(keep=True)
    _check(plan, trace)
    code = _server(plan, server, path.parent)
    is_there = has_conftest and _HAS_SERVER.search(_text(conftest)) is not None
    name = Path(os.path.relpath(trace, path.parent)).as_posix()
    text = pytest_file(plan.main_connection, name, server=code if has_conftest and not is_there else None)
    with ExitStack() as stack:
        stack.enter_context(written(str(path))).write(text.encode())
        if not has_conftest:
            stack.enter_context(written(str(conftest))).write(code.conftest().encode())
    if is_there:
        note(f"{conftest} has a fixture called server, which is used")
    if recorded_status(plan.main_connection) is None:
        note(f"no answer was recorded in {trace}, so the test wants any")
    if plan.main_connection.conversation.tls and not (server or "").startswith("http://"):
        note("it is played over TLS, as it was recorded: the marks take cacert=FILE, or insecure=True")
    variables = [one.partition("=env:")[2] for one in advised([loaded.conversation(plan.main)]) if "=env:" in one]
    if variables:
        note(f"secrets were redacted in {trace}: the tests take them from the environment, {', '.join(variables)}")
    files = path if has_conftest else f"{path} and {conftest}"
    put([f"wrote {files}", f"run it:  pytest {path}"])


def _name(trace: Path) -> str:
    stem = trace.name.removesuffix(".gz")
    return f"test_{re.sub(r'[^0-9A-Za-z]+', '_', Path(stem).stem).strip('_') or 'trace'}.py"


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError as fault:
        raise PlanError(f"{path} cannot be read: {fault.strerror}") from fault


def _check(plan: "Plan", trace: str) -> None:
    """Raise what a play of the whole trace would raise."""
    try:
        plan.check()
    except UnknownBytesError as error:
        error.hint = f"fill them first: tracereplay convert {trace} --to hex --file FILE -o whole.txt"
        raise
    if not plan.main_connection.speaks_http:
        raise PlanError(
            f"connection {plan.main} of {trace} speaks no HTTP, and a test would not know what to ask for",
            hint="write it with the fixture replay_start",
        )


def _server(plan: "Plan", server: str | None, folder: Path) -> "ServerCode":
    """Return the fixture for the server that is named. Raises PlanError for what is neither command nor address."""
    from tracereplay.net.target import read_target, recorded_target  # noqa: PLC0415
    from tracereplay.show.pytest_code import ServerCode  # noqa: PLC0415
    from tracereplay.testing.command import read_command  # noqa: PLC0415

    if server is None:
        try:
            target = str(recorded_target(plan.main_connection))
        except PlanError as error:
            hint = "say what to test: --server 'gunicorn -b fd://{fd} app:app', or --server http://127.0.0.1:8000"
            raise PlanError(error.message, hint=hint) from None
        note(f"the tests play to where it was recorded, {target}: start that server first, or give --server")
        return ServerCode.running(target)
    if len(read_command(server)) == 1 and "{" not in server:
        read_target(server)
        return ServerCode.running(server.strip())
    if "{fd}" not in server and "{port}" not in server:
        raise PlanError(
            f"{server} does not say where to listen",
            hint="--server 'gunicorn -b fd://{fd} app:app', or 'flask run --port {port}'; of one that runs already, the"
            " address: --server http://127.0.0.1:8000",
        )
    return ServerCode.started(server, _parents(folder))


def _parents(folder: Path) -> int | None:
    """Return how many folders above ``folder`` we are now, None where we are somewhere else."""
    up = Path(os.path.relpath(Path.cwd(), folder.resolve())).parts
    return len(up) if all(part == ".." for part in up) else None
