"""``tracereplay sweep``: what it prints, what it keeps, and its exit codes."""

import contextlib
import json
import os
import pty
import re
import shlex
import signal
import subprocess
import threading
from dataclasses import fields
from inspect import signature
from pathlib import Path

import pytest

from tests.cli.command_line import COMMAND, NOBODY, Told, environment, invoke, run
from tests.cli.samples import REQUEST, SENT, upload
from tests.judge import servers
from tests.net.sink import Seen, Sink
from tracereplay.cli.sweep import sweep as sweep_command
from tracereplay.options import Options

HEAD, TOTAL = len(REQUEST), len(SENT)
SOME = ("--cuts", "every:40", "--close", "half")


def sweep(folder: Path, sink: Sink, *args: str) -> Told:
    return invoke("sweep", upload(folder), "--target", sink.target, *args)


def test_a_finding_is_told_first_with_its_reason_and_its_command_and_the_exit_code_is_1(tmp_path: Path) -> None:
    with Sink(servers.naive) as sink:
        told = sweep(tmp_path, sink, "--close", "half,fin")
        command = next(line for line in told.out.splitlines() if line.startswith("  $ "))
        again = invoke(*shlex.split(command)[2:])
    assert told.code == 1
    lines = told.out.splitlines()
    assert lines[0] == f"{tmp_path}/upload.txt => {sink.target}"
    first = f"2xx-for-incomplete: half, answer 200, at {HEAD - 1} places from byte 1 to "
    assert lines[2] == f"{first}header-content-length-end+1 (byte {HEAD - 1})"
    assert "without 261 bytes" not in told.out
    assert "without 61 bytes of its head: one that is cut short is incomplete" in lines[3]
    assert f" --target {sink.target} --timeout 5s --truncate 1 --close half --speed max" in lines[4]
    assert re.search(rf"^plays +{2 * TOTAL} in .*: 2 findings$", told.out, re.MULTILINE)
    assert f"{TOTAL - 1:>12}  2xx-for-incomplete" in told.out
    assert re.search(r"^half +!{59}\.$|^half +!+\.?$", told.out, re.MULTILINE)
    assert "answer        200 OK" in again.out


def test_a_careful_server_is_told_in_few_words(tmp_path: Path) -> None:
    with Sink(servers.careful) as sink:
        told = sweep(tmp_path, sink, *SOME)
    assert (told.code, told.err) == (0, "")
    assert re.search(r"^plays +6 in .*: nothing wrong$", told.out, re.MULTILINE)
    assert "half          ......" in told.out


def test_json_is_the_contract(tmp_path: Path) -> None:
    with Sink(servers.naive) as sink:
        told = sweep(tmp_path, sink, *SOME, "--format", "json")
    found = json.loads(told.out)
    path = str(tmp_path / "upload.txt")
    play = f"tracereplay play {shlex.quote(path)} --target {sink.target}"
    assert list(found) == ["version", "trace", "target", "plays", "seconds", "whole", "notes", "findings", "verdicts"]
    assert (found["version"], found["trace"], found["target"], found["plays"]) == (1, path, sink.target, 6)
    assert found["verdicts"] == {"2xx-for-incomplete": 6}
    first, second = found["findings"]
    why = "the server answered 200 to a message without 22 bytes of its head: one that is cut short is incomplete, and"
    assert first.pop("why").startswith(why)
    assert first == {
        "rule": "2xx-for-incomplete",
        "place": "40",
        "at": 40,
        "how": "half",
        "status": 200,
        "count": 1,
        "command": f"{play} --timeout 5s --truncate 40 --close half --speed max",
    }
    assert (second["at"], second["count"]) == (80, 5)
    assert told.code == 1


def test_jsonl_is_a_line_for_each_play_in_the_order_of_the_places(tmp_path: Path) -> None:
    with Sink(servers.careful) as sink:
        told = sweep(tmp_path, sink, "--cuts", "every:40", "--format", "jsonl")
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert [(one["how"], one["at"]) for one in lines] == [
        (how, at) for how in ("fin", "rst", "half") for at in range(40, TOTAL, 40)
    ]
    assert {one["verdict"] for one in lines if one["how"] == "half"} == {"rejected"}


def test_an_earlier_run_is_gone_on_with(tmp_path: Path) -> None:
    with Sink(servers.naive) as sink:
        lines = sweep(tmp_path, sink, *SOME, "--format", "jsonl").out.splitlines(keepends=True)
        earlier = tmp_path / "earlier.jsonl"
        earlier.write_text("".join(lines[:4]) + lines[4][:30], "utf-8")  # the fifth was being written
        before = len(sink.connections)
        told = sweep(tmp_path, sink, *SOME, "--resume", str(earlier), "--format", "jsonl")
        plays = len(sink.connections) - before
        strict = sweep(tmp_path, sink, *SOME, "--resume", str(earlier), "--format", "json")
    assert told.out.splitlines()[:4] == [line.rstrip() for line in lines[:4]]
    assert [json.loads(line)["at"] for line in told.out.splitlines()] == [40, 80, 120, 160, 200, 240]
    assert plays == 2 + 2 + 1 + 2  # the whole request, the two that were missing, the whole request, a second look
    assert len(json.loads(strict.out)["findings"]) == 2


def test_known_findings_do_not_fail_and_new_ones_do(tmp_path: Path) -> None:
    baseline = tmp_path / "sweep-baseline.json"
    keeping = ["--baseline", str(baseline)]
    with Sink(servers.naive) as sink:
        accepted = sweep(tmp_path, sink, *SOME, *keeping, "--accept")
        again = sweep(tmp_path, sink, *SOME, *keeping)
        more = sweep(
            tmp_path, sink, "--cuts", "every:40", "--cuts", "90", "--close", "half", *keeping, "--format", "json"
        )
    with Sink(servers.careful) as sink:
        better = sweep(tmp_path, sink, *SOME, *keeping)
        sweep(tmp_path, sink, "--cuts", "80", "--close", "half", *keeping, "--accept")
    assert (accepted.code, accepted.err) == (0, f"note: 6 known findings are in {baseline}\n")
    assert (again.code, "nothing wrong" in again.out, "6  accepted" in again.out) == (0, True, True)
    assert (more.code, [one["at"] for one in json.loads(more.out)["findings"]]) == (1, [90])
    assert better.code == 0
    assert f"note: gone: 2xx-for-incomplete at 40, half, answer 200; --accept takes it out of {baseline}" in better.err
    assert baseline.read_text("utf-8").splitlines() == [
        '{"version": 1, "accepted": [',
        *(
            f'{{"rule": "2xx-for-incomplete", "place": "{at}", "how": "half", "status": 200}}{"," if at < 240 else ""}'
            for at in (40, 120, 160, 200, 240)  # 80 was looked for, and is gone; the others were not
        ),
        "]}",
    ]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--close", "fin,rts"], "'rts' is no way of leaving"),
        (["--allow", "200-when-crlf-missing"], "did you mean 200-when-only-final-crlf-missing?"),
        (["--accept"], "hint: --baseline FILE --accept"),
        (["--baseline", "nowhere.json"], "hint: --baseline nowhere.json --accept writes it"),
        (["--baseline", "{trace}"], "is not the baseline of a sweep"),
        (["--resume", "{trace}"], "upload.txt:1: this is not a line of a sweep"),
        (["--resume", "nowhere.jsonl"], "nowhere.jsonl cannot be read"),
        (["--cuts", "half:50%"], "is not a place"),
        (["--cuts", "body:9999"], "lies past the end"),
        (["--hang", "soon"], "soon"),
        (["--within", "soon"], "soon"),
        (["--probe", "uploads"], "'uploads' is no probe"),
        (["--settled", "sql:x.db"], "has no query"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_played(args: list[str], message: str, tmp_path: Path) -> None:
    trace = upload(tmp_path)
    told = invoke("sweep", trace, "--target", NOBODY, *(one.replace("{trace}", str(trace)) for one in args))
    assert (told.code, told.out) == (2, "")
    assert message in told.err


def test_a_line_of_another_trace_or_server_is_refused(tmp_path: Path) -> None:
    earlier = tmp_path / "earlier.jsonl"
    with Sink(servers.careful) as sink:
        lines = sweep(tmp_path, sink, *SOME, "--format", "jsonl").out
    for text, said in ((lines.replace("upload.txt", "other.txt"), "a sweep of"), (lines, "was played otherwise: tra")):
        earlier.write_text(text, "utf-8")
        told = invoke("sweep", upload(tmp_path), "--target", NOBODY, *SOME, "--resume", earlier)
        assert (told.code, said in told.err) == (2, True)


def test_without_a_server_it_is_the_network_that_said_no(tmp_path: Path) -> None:
    told = invoke("sweep", upload(tmp_path), "--target", NOBODY)
    assert told.code == 4
    assert "Connection refused" in told.err


def test_ctrl_c_keeps_what_is_there_and_leaves_the_baseline_alone(tmp_path: Path) -> None:
    has_come = threading.Event()
    over = threading.Event()

    def talk(sock, seen: Seen) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
        servers.read(sock, seen)
        if len(seen.data) == 200:
            has_come.set()
            over.wait(20)
        sock.sendall(servers.OK)

    baseline = tmp_path / "baseline.json"
    with Sink(talk) as sink:
        args = [upload(tmp_path), "--target", sink.target, "--cuts", "every:10", "--close", "half", "--hang", "30s"]
        process = subprocess.Popen(
            [*COMMAND, "sweep", *map(str, args), "--baseline", str(baseline), "--accept", "--parallel", "2"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            text=True,
        )
        assert has_come.wait(30)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        over.set()
    assert process.returncode == 130
    assert "2xx-for-incomplete: half, answer 200, at " in out
    assert ", stopped before its end" in out
    assert "Traceback" not in err
    assert "stays as it is, for the sweep did not come to its end" in err
    assert not baseline.exists()


@pytest.mark.parametrize(("extra", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False)], ids=["colour", "none"])
def test_a_strip_is_shown_on_a_terminal(extra: dict[str, str], is_coloured: bool, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with Sink(servers.naive) as sink:
        done = subprocess.run(
            [*COMMAND, "sweep", str(upload(tmp_path)), "--target", sink.target, *SOME],
            stdout=subprocess.PIPE,
            stderr=theirs,
            env=environment(TERM="xterm", **extra),
            check=False,
        )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # which is how its end is told
        while more := os.read(ours, 65536):
            shown += more
    os.close(ours)
    assert re.search(rb"\[(\x1b\[33m)?!", shown)
    assert (b"\x1b[33m!" in shown) is is_coloured
    assert b" of 6" in shown
    assert shown.endswith(b"\r\x1b[K")
    assert b"\x1b" not in done.stdout


def test_no_strip_where_nobody_looks(tmp_path: Path) -> None:
    with Sink(servers.careful) as sink:
        told = run("sweep", upload(tmp_path), "--target", sink.target, *SOME)
    assert (told.code, told.err) == (0, "")


def test_a_stall_is_judged_where_a_time_is_given(tmp_path: Path) -> None:
    over = threading.Event()
    try:
        with Sink(servers.hanging(over)) as sink:
            args = ["--cuts", "50%", "--close", "stall", "--hang", "0.2s"]
            told = sweep(tmp_path, sink, *args)
            over.set()
    finally:
        over.set()
    assert told.code == 1
    assert "hang: stall, no answer, at 50% (byte 131)" in told.out


def test_what_is_sent_can_be_edited_and_the_command_says_so(tmp_path: Path) -> None:
    with Sink(servers.naive) as sink:
        told = sweep(tmp_path, sink, "--cuts", "0%..100%/2", "--close", "half", "--path", "/other", "--format", "json")
        heads = {bytes(one.data)[:11] for one in sink.connections}
    (found,) = json.loads(told.out)["findings"]
    assert " --close half --speed max --path /other" in found["command"]
    assert b"POST /other" in heads
    assert json.loads(told.out)["verdicts"] == {"whole": 2, "2xx-for-incomplete": 1}


def test_a_client_may_leave_within_the_answer(tmp_path: Path) -> None:
    with Sink(servers.careful) as sink:
        told = sweep(tmp_path, sink, "--cuts", "answer:50%", "--close", "fin,half", "--format", "jsonl")
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert [(one["place"], one["at"], one["verdict"]) for one in lines] == [
        ("answer:50%", TOTAL, "unseen"),
        ("answer:50%", TOTAL, "whole"),
    ]


def test_it_takes_the_options_of_play_but_for_those_that_it_has_itself_and_those_of_time() -> None:
    of_play = {one.name for one in fields(Options)}
    of_time = {"pause", "limit_rate", "duration", "idle_time_limit", "retime"}
    assert of_play - set(signature(sweep_command).parameters) == of_time | {"truncate", "timeout", "no_marks"}


@pytest.mark.parametrize("line", ["#: pause 1h\n", "#: cutt half\n"], ids=["a pause", "no mark"])
def test_other_marks_of_a_trace_say_nothing_to_a_sweep(line: str, tmp_path: Path) -> None:
    trace = upload(tmp_path)
    text = trace.read_bytes()
    trace.write_bytes(text.replace(b"=> Send data", line.encode() + b"=> Send data", 1))
    with Sink(servers.naive) as sink:
        told = invoke("sweep", trace, "--target", sink.target, "--cuts", "-1", "--close", "half")
        command = next(one for one in told.out.splitlines() if one.startswith("  $ "))
        again = invoke(*shlex.split(command)[2:])
    assert (told.code, again.code) == (1, 0)
    assert "--no-marks" in command


def test_the_cut_that_a_trace_has_by_default_is_not_that_of_a_sweep(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    assert invoke("mark", trace, "--at", "body:50%", "--name", "half", "--default").code == 0
    with Sink(servers.careful) as sink:
        told = invoke("sweep", trace, "--target", sink.target, "--cuts", "@half", "--cuts", "-1", "--close", "half")
        assert {len(one.data) for one in sink.connections} == {HEAD + 100, TOTAL - 1, TOTAL}
    assert told.code == 0
