"""By what a sweep knows that it would send the same bytes again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command_line import invoke
from tests.cli.samples import BODY, RECEIVE_HEADER, REQUEST, SEND_DATA, SEND_HEADER, upload
from tests.judge import servers
from tests.net.sink import Sink
from tests.traces import trace_text
from tracereplay.judge.sends import sends_of
from tracereplay.library import Plan, load

SOME = ("--cuts", "every:40", "--close", "half")
SECRET = REQUEST.replace(b"\r\n\r\n", b"\r\nAuthorization: Bearer %s\r\n\r\n")


def sends(folder: Path, head: bytes = REQUEST, body: bytes = BODY, edit: Callable[[Plan], Plan] = lambda x: x) -> str:
    path = folder / "some.txt"
    answer = (RECEIVE_HEADER, b"HTTP/1.1 200 OK\r\n\r\n")
    half = len(head) // 2  # a line may come in two events
    path.write_bytes(trace_text([(SEND_HEADER, head[:half]), (SEND_HEADER, head[half:]), (SEND_DATA, body), answer]))
    return sends_of(edit(load(path).plan()).main_connection)


def test_each_byte_counts_and_nothing_else_does(tmp_path: Path) -> None:
    same = sends(tmp_path)
    assert len(same) == 16
    assert sends(tmp_path, edit=lambda plan: plan.truncated("50%").leaving("rst").at_speed("max")) == same
    others = [
        sends(tmp_path, body=BODY[:-1] + b"x"),
        sends(tmp_path, REQUEST.replace(b"/files", b"/filez")),
        sends(tmp_path, edit=lambda plan: plan.with_header("X-Try", "1")),
    ]
    assert len({same, *others}) == 4


def test_no_secret_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sends(tmp_path, SECRET % b"abcdef") == sends(tmp_path, SECRET % b"another one")
    assert sends(tmp_path, SECRET % b"abcdef") != sends(tmp_path)
    path = tmp_path / "form.txt"
    head = REQUEST.replace(b"200", b"13")
    path.write_bytes(trace_text([(SEND_HEADER, head), (SEND_DATA, b"password=once")]))
    assert invoke("redact", "--in-place", "--redact-body", "password", path).code == 0
    found = set()
    for value in ("once", "more"):
        monkeypatch.setenv("SOME", value)
        plan = load(path).plan().with_secrets({"body.password": "env:SOME"})
        plan.check()
        found.add(sends_of(plan.main_connection))
    assert len(found) == 1


def test_a_trace_that_was_recorded_anew_is_not_gone_on_with(tmp_path: Path) -> None:
    lines = tmp_path / "sweep.jsonl"
    trace = upload(tmp_path)
    with Sink(servers.careful) as sink:
        args = ("sweep", trace, "--target", sink.target, *SOME)
        lines.write_text(invoke(*args, "--format", "jsonl").out, "utf-8")
        assert invoke(*args, "--resume", lines).code == 0
        text = trace.read_bytes()
        assert b"id,name.id,name" in text
        trace.write_bytes(
            text.replace(b"69 64 2c 6e 61 6d 65 0a", b"69 64 2c 6e 61 6d 66 0a").replace(b"name.", b"namf.")
        )
        before = len(sink.connections)
        told = invoke(*args, "--resume", lines)
        assert len(sink.connections) == before
    assert (told.code, told.out) == (2, "")
    assert "sweep.jsonl:1: this is of a sweep that sent other bytes" in told.err
    assert "hint: make the sweep anew, without --resume" in told.err
