"""Edited requests, read by real servers: all uploads of the fixtures, to gunicorn, uvicorn and nginx."""

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.memory import folder_in_memory
from tests.programs import lack
from tracereplay import Server, play
from tracereplay.errors import TracereplayError
from tracereplay.library import Plan, load
from tracereplay.plan.text import trace_text
from tracereplay.trace.event import Direction

ROOT = Path(__file__).parents[2]
TRACES = sorted((ROOT / "fixtures" / "traces").glob("*/trace.txt"))
NGINX = shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
CONFIGURATION = (ROOT / "examples" / "nginx_in_front" / "nginx.conf").read_text()

Serve = Callable[..., AbstractContextManager[Server]]


@pytest.fixture(scope="session")
def gunicorn(replay_server: Serve) -> Iterator[Server]:
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket", "--bind", "fd://{fd}"]
    with replay_server([*command, "--pythonpath", str(ROOT), "tests.servers.app.digests"]) as server:
        yield server


@pytest.fixture(scope="session")
def uvicorn(replay_server: Serve) -> Iterator[Server]:
    command = [sys.executable, "-m", "uvicorn", "--fd", "{fd}", "--lifespan", "off"]
    with replay_server([*command, "--app-dir", str(ROOT), "tests.servers.app.digests:asgi"]) as server:
        yield server


@pytest.fixture(scope="session")
def nginx(replay_server: Serve, gunicorn: Server) -> Iterator[Server]:
    if NGINX is None:
        lack("nginx is not installed")
    with folder_in_memory() as folder:  # whose name has no space
        yield from _nginx(replay_server, gunicorn, folder)


def _nginx(replay_server: Serve, gunicorn: Server, folder: Path) -> Iterator[Server]:
    text = CONFIGURATION if os.getuid() else f"user root;\n{CONFIGURATION}"
    for name, value in {"folder": str(folder), "upstream": gunicorn.target, "buffering": "on"}.items():
        text = text.replace(f"@{name}@", value)
    (folder / "nginx.conf").write_text(text)
    line = f"sed -i 's/@port@/{{port}}/' nginx.conf && exec {NGINX} -e stderr -c {folder}/nginx.conf"
    with replay_server(["sh", "-c", line], cwd=folder) as server:
        yield server


def edited(plan: Plan) -> Plan:
    """Return the plan with a larger body and another head, which announces the digest of what the server shall get."""
    number = plan.main_connection.message().request.content.total + 3_000
    plan = (
        plan.grown(f"body={number}", "random:1").with_path("/edited?x=y").with_method("PUT").with_header("Host", "x.y")
    )
    message = plan.main_connection.message()
    digest = hashlib.sha256(b"".join(message.read(0, message.request.content.total)))
    return plan.with_header("X-Digest", digest.hexdigest())


def uploads() -> Iterator[Plan]:
    """Yield the plans of the uploads that a server can be asked for: HTTP/1, whole, with a body."""
    for path in TRACES:
        try:
            plan = load(path).plan().accepting(unknown=True)
            plan.check()
            request = plan.main_connection.message().request
        except TracereplayError:
            continue
        is_whole = all(one.is_complete for one in plan.main_connection.conversation.requests)
        is_plain = request.header("Upgrade") is None and request.method != "CONNECT"
        if is_whole and is_plain and request.content.total:
            yield plan


@pytest.mark.parametrize("name", ["gunicorn", "uvicorn", "nginx"])
def test_an_edited_upload_is_read_without_complaint(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    server = request.getfixturevalue(name)
    count = 0
    for plan in uploads():
        plans = [edited(plan)]
        (tmp_path / "edited.txt").write_bytes(b"".join(trace_text(plans[0])))
        again = load(tmp_path / "edited.txt")
        if again.form == "hex":
            plans.append(again.plan())
            assert sent(plans[1]) == sent(plans[0])
        for one in plans:
            outcome = play(one.at_speed("max"), server.target, timeout="10s")
            answers = [answer.status for answer in outcome.connection.answers if answer.status >= 200]
            assert answers, plan.trace.name
            assert set(answers) == {200}, (plan.trace.name, answers)
        count += 1
    assert count > 20


def sent(plan: Plan) -> bytes:
    return b"".join(event.payload.data for event in plan.main_connection.events() if event.direction is Direction.SENT)
