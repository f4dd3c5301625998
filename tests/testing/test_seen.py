"""What the application saw of a play, asked of its server."""

import json
from pathlib import Path

import pytest

from tests.servers.test_witness import APPS, BODY, GUNICORN, HEAD
from tests.traces import trace_text
from tracereplay import Outcome, Plan, PlanError, load, play, serve

HALF = "body:50%"
UVICORN = "uvicorn --fd {fd} --lifespan off apps:"


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """Return the plan of an upload, in a folder with applications that take it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "apps.py").write_text(APPS, "utf-8")
    (tmp_path / "put.txt").write_bytes(trace_text([("=> Send header", HEAD), ("=> Send data", BODY)]))
    return load(tmp_path / "put.txt").plan()


@pytest.mark.parametrize(
    ("command", "way", "expected"),
    [
        (f"{GUNICORN} apps:naive", "fin", (10_000, "clean", None, 200, None)),
        (f"{GUNICORN} apps:naive", "rst", (0, "error", "ConnectionResetError", None, "ConnectionResetError")),
        (f"{GUNICORN} apps:careful", "fin", (10_000, "clean", None, 400, None)),
        (f"{UVICORN}asynchronous", "fin", (10_000, "error", "http.disconnect", 200, None)),
        (f"{UVICORN}asynchronous", "rst", (10_000, "error", "http.disconnect", 200, None)),
    ],
    ids=["gunicorn, fin", "gunicorn, rst", "gunicorn, fin, careful", "uvicorn, fin", "uvicorn, rst"],
)
def test_what_it_made_of_a_client_that_has_left(
    command: str, way: str, expected: tuple[object, ...], plan: Plan
) -> None:
    with serve(command, witness=True) as server:
        seen = server.seen(play(plan.truncated(HALF).leaving(way), target=server.target))
    assert seen is not None
    assert seen.is_over
    assert (seen.read, seen.end, seen.error, seen.status, seen.failed) == expected


def test_each_play_has_its_own_also_when_the_server_has_ended(plan: Plan) -> None:
    with serve(f"{GUNICORN} apps:naive", witness=True) as server:
        outcomes = [play(plan.truncated(cut), target=server.target) for cut in ("body:25%", "head:50%", HALF)]
        assert server.seen(outcomes[1], within="0.1s") is None  # the application was never called
    assert [getattr(server.seen(one, within="0s"), "read", None) for one in outcomes] == [5_000, None, 10_000]


def test_it_waits_until_the_application_is_done_and_no_longer(plan: Plan) -> None:
    text = Path("apps.py").read_text("utf-8")
    Path("apps.py").write_text(
        text.replace('    start_response("200', '    time.sleep(1)\n    start_response("200'), "utf-8"
    )
    with serve(f"{GUNICORN} apps:naive", witness=True) as server:
        outcome = play(plan.truncated(HALF), target=server.target)
        early, late = server.seen(outcome, within="0.1s"), server.seen(outcome, within="30s")
    assert early is not None
    assert late is not None
    assert (early.is_over, early.status, late.is_over, late.status) == (False, None, True, 200)


def test_what_came_by_the_same_port_at_another_time_is_of_another_play(plan: Plan, tmp_path: Path) -> None:
    """A port is used again after some thousand connections."""
    with serve(f"{GUNICORN} apps:naive", witness=True) as server:
        unseen = play(plan.truncated("head:50%"), target=server.target)
        whole = play(plan, target=server.target)
        assert server.seen(whole) is not None
        assert server._sight is not None
        lines = [json.loads(line) for line in server._sight.path.read_text("utf-8").splitlines()]
        for outcome in (unseen, whole):
            assert outcome.connection.ports is not None
            again = {"number": 99, "port": outcome.connection.ports[0], "at": lines[-1]["at"] - 3600}
            with server._sight.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(lines[-1] | again) + "\n")
        assert server.seen(unseen, within="0.1s") is None
        assert server.seen(whole, within="0.1s") is not None


def by_hand(outcome: Outcome) -> Outcome:
    return Outcome(outcome.trace, outcome.connections, outcome.main)


def test_what_cannot_be_known_is_refused(plan: Plan) -> None:
    Path("bare.py").write_text(
        "def app(environ, start_response):\n    start_response('200 OK', [])\n    return []\n", "utf-8"
    )
    with serve(f"{GUNICORN} bare:app", witness=True) as server, serve(f"{GUNICORN} apps:naive") as other:
        outcome = play(plan.truncated(HALF), target=server.target)
        elsewhere = play(plan.truncated(HALF), target=other.target)
        with pytest.raises(PlanError, match="no witness in the application"):
            server.seen(outcome, within="0.1s")
        with pytest.raises(PlanError, match=f"was played to {other.target}, and not to this server"):
            server.seen(elsewhere)
        with pytest.raises(PlanError, match="was made by hand"):
            server.seen(by_hand(outcome))
        with pytest.raises(PlanError, match="was started without a witness"):
            other.seen(elsewhere)
