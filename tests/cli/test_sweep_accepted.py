"""``tracereplay sweep --baseline``: also what is wrong with the server as a whole can be known."""

import json
from pathlib import Path

from tests.cli.command_line import Told, invoke
from tests.cli.samples import upload
from tests.cli.test_sweep_health import CUTS, command
from tests.cli.test_sweep_starving import APP, GUNICORN, SOME
from tests.judge import servers
from tests.net.sink import Sink


def test_a_leak_that_is_known_does_not_fail_and_another_does(tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"

    def sweep(manner: str, *more: str) -> Told:
        args = ("--server", command(tmp_path, manner), *CUTS, "--within", "200ms", "--baseline", str(baseline))
        return invoke("sweep", upload(tmp_path), *args, *more)

    accepted = sweep("leaky", "--accept")
    assert (accepted.code, "leak: open files\n" in accepted.out) == (0, True)
    line = '{"rule": "leak", "place": "open files", "how": "server", "status": null}'
    assert baseline.read_text("utf-8").splitlines()[1] == line
    known = sweep("leaky")
    assert known.code == 0
    assert "leak: open files\n" not in known.out
    assert "accepted      leak: open files grew from " in known.out
    assert json.loads(sweep("leaky", "--format", "json").out)["health"]["findings"] == []
    gone = sweep("clean")
    assert (gone.code, "note: gone: leak: open files; --accept takes it out of" in gone.err) == (0, True)
    baseline.write_text(baseline.read_text("utf-8").replace("open files", "threads"), "utf-8")
    assert sweep("leaky").code == 1


def test_a_page_that_is_known_to_starve_does_not_fail(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP, "utf-8")
    baseline = tmp_path / "baseline.json"
    server = ("--server", f"{GUNICORN} app:app --chdir {tmp_path}", *SOME, "--baseline", str(baseline))
    accepted = invoke("sweep", upload(tmp_path), *server, "--starve", "/health", "--accept")
    known = invoke("sweep", upload(tmp_path), *server, "--starve", "/health")
    other = invoke("sweep", upload(tmp_path), *server, "--starve", "/other")
    assert (accepted.code, known.code, other.code) == (0, 0, 1)
    assert '"place": "/health"' in baseline.read_text("utf-8")
    assert "accepted      starved: while a client had paused" in known.out
    assert "starved: GET /other\n" in other.out


def test_what_is_flaky_is_known_again_whichever_answer_comes_last(tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    cut = ("--cuts", "80", "--close", "half", "--baseline", str(baseline))
    with Sink(servers.moody(80)) as sink:
        accepted, *known = [
            invoke("sweep", upload(tmp_path), "--target", sink.target, *cut, *more) for more in (("--accept",), (), ())
        ]
    assert ["1  flaky" in accepted.out, *("1  accepted" in one.out for one in known)] == [True] * 3, accepted.out
    assert [one.code for one in (accepted, *known)] == [0] * 3
