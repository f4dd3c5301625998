"""docs/json.md shows every name that the JSON has, and no other."""

import json
import re
from pathlib import Path

from typer.testing import CliRunner

from tests.net.sink import Sink, answer_with
from tests.traces import make_trace
from tracereplay.cli.app import app
from tracereplay.judge import look
from tracereplay.judge.health import Health, Reading
from tracereplay.judge.seen import Seen, as_json
from tracereplay.judge.staircase import Curve
from tracereplay.judge.starving import Asked, Starving
from tracereplay.plan.way import Way
from tracereplay.show.health import health_as_json
from tracereplay.show.staircase import staircase_as_json
from tracereplay.show.starving import starving_as_json

TEXT = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")
SHOWN, MARKED, PLAYED, COMPARED, REPEATED, SWEPT, HEALTH, STARVING, LINE, AGREED, CURVES, CHECKED = (
    json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
)


def names(value: object) -> object:
    """Return the shape of a JSON value: its names, without the values."""
    if isinstance(value, dict):
        return {name: names(one) for name, one in value.items()}
    return [names(value[0])] if isinstance(value, list) and value and isinstance(value[0], dict) else None


def test_the_documented_names_are_those_that_are_printed(tmp_path: Path) -> None:
    head = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n"
    answer = b"HTTP/1.1 400 No\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    trace = make_trace(tmp_path, [("=> Send header", head), ("=> Send data", b"ab")])
    trace.path.write_bytes(trace.path.read_bytes() + b"=> Send data, 9 bytes (0x9)\n0000: 6")  # torn: a warning
    with Sink(answer_with(answer, after=b"\r\n\r\n")) as sink:
        options = [
            "--target",
            sink.target,
            "--truncate",
            "body:1",
            "--close",
            "half",
            "--limit-rate",
            "10M",
            "--torn",
            "keep",
            "--format",
            "json",
        ]
        played = CliRunner().invoke(app, ["play", str(trace.path), *options])
    shown = CliRunner().invoke(app, ["show", str(trace.path), "--format", "json"])
    assert names(json.loads(played.stdout)) == names(PLAYED)
    assert names(json.loads(shown.stdout)) == names(SHOWN)
    checked = CliRunner().invoke(app, ["check", str(trace.path), "--redact", "host", "--format", "json"])
    assert names(json.loads(checked.stdout)) == names(CHECKED)


def test_the_names_of_marks_are_those_that_are_printed(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, ["#: cat a\n", "#: cut half\n", ("=> Send header", b"GET / HTTP/1.1\r\n\r\n")])
    told = CliRunner().invoke(app, ["show", str(trace.path), "--marks", "--format", "json"])
    assert names(json.loads(told.stdout)) == names(MARKED)


def test_the_names_of_many_plays_are_those_that_are_printed(tmp_path: Path) -> None:
    head = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    trace = make_trace(tmp_path, [("=> Send header", head)])
    with Sink(answer_with(answer, after=b"\r\n\r\n", then_close=True)) as sink:
        args = ["play", str(trace.path), "--repeat", "2", "--format", "json", "--target", sink.target]
        played = json.loads(CliRunner().invoke(app, args).stdout)
    missed = json.loads(CliRunner().invoke(app, args).stdout)
    assert names(played | {"unreached": missed["unreached"]}) == names(REPEATED)


def test_the_names_of_a_check_are_those_that_are_printed(tmp_path: Path) -> None:
    head = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    trace = make_trace(tmp_path, [("=> Send header", head), ("<= Recv header", answer.replace(b"200", b"201"))])
    with Sink(answer_with(answer, after=b"\r\n\r\n", then_close=True)) as sink:
        args = ["play", str(trace.path), "--check", "--format", "json", "--target", sink.target]
        checked = json.loads(CliRunner().invoke(app, args).stdout)["check"]
    assert names(checked) == names(COMPARED)


def test_the_names_of_a_sweep_are_those_that_are_printed(tmp_path: Path) -> None:
    head = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    trace = make_trace(tmp_path, [("=> Send header", head), ("=> Send data", b"123456789")])
    with Sink(answer_with(answer, after=b"\r\n\r\n")) as sink:
        args = ["sweep", str(trace.path), "--target", sink.target, "--cuts", "-1", "--close", "half", "--format"]
        swept = json.loads(CliRunner().invoke(app, [*args, "json"]).stdout)
        line = json.loads(CliRunner().invoke(app, [*args, "jsonl"]).stdout)
    assert names(swept | {"verdicts": {}}) == names(SWEPT | {"verdicts": {}})
    assert line["seen"] is None  # without a witness
    assert line["probes"] == []
    told = {"seen": as_json(Seen(1, "clean")), "probes": [look.as_json(look.Look("p", 0, 1))]}
    assert names(line | told) == names(LINE)


def test_the_names_of_a_servers_health_are_those_that_are_printed() -> None:
    readings = [Reading({(1, 0.5): files}, {(1, 0.5): 1}, 1, 0.5, 0, 0, None) for files in (9, 109, 209)]
    told = health_as_json(Health(1, 200, 1, readings, readings[-1]))
    assert names({"health": told}) == names(HEALTH)


def test_the_names_of_another_client_are_those_that_are_printed() -> None:
    told = starving_as_json(Starving("/health", Asked(0.1, 200), Asked(5.1, None, "timed out"), 5))
    assert names({"starving": told}) == names(STARVING)


def test_the_names_of_a_staircase_are_those_that_are_printed() -> None:
    told = json.loads(staircase_as_json("large.txt", "127.0.0.1:8000", [Curve(Way.RST, ((1, 0), (2, 2), (3, 2)))]))
    assert names(told) == names(CURVES)


def test_the_names_of_several_servers_are_those_that_are_printed(tmp_path: Path) -> None:
    head = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    trace = make_trace(tmp_path, [("=> Send header", head), ("=> Send data", b"123456789")])
    with Sink(answer_with(answer, after=b"\r\n\r\n", then_close=True)) as sink:
        both = ["--target", sink.target] * 2
        args = ["compare", str(trace.path), *both, "--cuts", "-1", "--close", "half", "--format", "json"]
        told = json.loads(CliRunner().invoke(app, args).stdout)
    told["servers"][0]["verdicts"] = AGREED["servers"][0]["verdicts"]
    assert names(told) == names(AGREED)
