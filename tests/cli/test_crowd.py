"""``play --repeat`` and several cuts: many plays, and how their results are spread."""

import json
import shlex
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.cli.command_line import COMMAND, NOBODY, environment, invoke
from tests.cli.samples import ANSWER, SENT, upload
from tests.net.sink import Sink, answer_with
from tracereplay import wait_until


def test_a_play_for_each_cut_taking_turns(tmp_path: Path) -> None:
    cuts = ["--truncate", "10", "--truncate", "50%", "--truncate", "-1"]
    with Sink() as sink:
        told = invoke("play", upload(tmp_path), "--target", sink.target, *cuts, "--close", "rst", "--repeat", "7")
        counts = sorted(len(sink.seen(number).data) for number in range(7))
    assert told.code == 0
    assert counts == sorted([10] * 3 + [len(SENT) // 2] * 2 + [len(SENT) - 1] * 2)
    assert "plays         7 of 7, 1 at a time, in " in told.out
    assert "           7  left at the cut by rst, the server had not closed, no answer" in told.out
    assert f"sent          {sum(counts)} bytes" in told.out
    assert "acknowledged  every byte in 7" in told.out


def test_several_cuts_alone_are_a_play_for_each(tmp_path: Path) -> None:
    with Sink() as sink:
        told = invoke("play", upload(tmp_path), "--target", sink.target, "--truncate", "10", "--truncate", "20")
        assert sorted(len(sink.seen(number).data) for number in range(2)) == [10, 20]
    assert "plays         2 of 2" in told.out


def test_json_tells_the_same(tmp_path: Path) -> None:
    with Sink(answer_with(ANSWER, after=SENT[-8:])) as sink:
        args = ["--target", sink.target, "--repeat", "20", "--parallel", "5", "--format", "json"]
        told = invoke("play", upload(tmp_path), *args)
        target = sink.target
    found = json.loads(told.out)
    assert (found["version"], found["target"], found["plays"], found["parallel"]) == (1, target, 20, 5)
    assert sum(kind["count"] for kind in found["outcomes"]) == 20
    assert {kind["status"] for kind in found["outcomes"]} == {201}
    assert (found["handed"], found["exact"]) == (20 * len(SENT), 20)
    assert found["play_seconds"]["max"] > 0


def test_a_server_that_is_not_there_is_a_result_of_many(tmp_path: Path) -> None:
    with Sink() as sink:
        target = sink.target
    told = invoke("play", upload(tmp_path), "--target", target, "--repeat", "3")
    assert told.code == 0
    assert f"           3  not reached: {target} cannot be reached: Connection refused" in told.out


def test_where_nothing_was_reached_the_target_is_the_planned_one(tmp_path: Path) -> None:
    with Sink() as sink:
        port = sink.port
    told = invoke("play", upload(tmp_path, port=port), "--repeat", "2", "--format", "json")
    assert json.loads(told.out)["target"] == f"127.0.0.1:{port}"


def _limited(files: int, *args: str) -> subprocess.CompletedProcess[str]:
    line = f"ulimit -n {files}; exec {shlex.join([*COMMAND, 'play', *args])}"
    return subprocess.run(["sh", "-c", line], capture_output=True, text=True, env=environment(), check=False)


def test_many_are_played_where_there_is_hardly_room_for_one(tmp_path: Path) -> None:
    """Open are three streams, three of the loop, and the socket; others are for a moment."""
    with Sink() as sink:
        args = [str(upload(tmp_path)), "--target", sink.target, "--truncate", "50%", "--quiet"]
        done = _limited(9, *args, "--repeat", "3")
        assert (done.returncode, done.stderr) == (0, "")
        assert len(sink.seen(2).data) == len(SENT) // 2
        told = _limited(8, *args, "--repeat", "3")
    words = "tracereplay: 1 connection needs 9 open files, and the limit is 8\n  hint: raise it first"
    assert (told.returncode, words in told.stderr) == (2, True), told.stderr


@pytest.mark.parametrize("files", [5, 6, 7])
@pytest.mark.parametrize("how", [[], ["--repeat", "3"]], ids=["one", "many"])
def test_where_too_many_files_are_open_nobody_else_is_blamed(tmp_path: Path, files: int, how: list[str]) -> None:
    with Sink() as sink:
        told = _limited(files, str(upload(tmp_path)), "--target", sink.target, "--truncate", "50%", "--quiet", *how)
    assert told.returncode in (2, 4)
    assert "open files" in told.stderr
    assert "hint: raise " in told.stderr
    assert "reached" not in told.stderr
    assert "Traceback" not in told.stderr


def test_more_than_the_system_allows_is_refused(tmp_path: Path) -> None:
    with Sink() as sink:
        told = invoke("play", upload(tmp_path), "--target", sink.target, "--repeat", "9", "--parallel", "999999")
    assert told.code == 2
    assert "hint: raise it first, with `ulimit -n" in told.err


def test_ctrl_c_keeps_what_is_there(tmp_path: Path) -> None:
    def talk(sock: socket.socket, seen: object) -> None:
        while sock.recv(65536):
            pass

    with Sink(talk) as sink:
        args = ["--repeat", "3000", "--parallel", "10", "--truncate", "50%", "--close", "stall", "--hold", "0.3s"]
        process = subprocess.Popen(
            [*COMMAND, "play", str(upload(tmp_path)), "--target", sink.target, *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        sink.seen(9, within=30)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b" of 3,000, 10 at a time" in out
    assert b"Traceback" not in err


def test_ctrl_c_tells_of_what_was_under_way(tmp_path: Path) -> None:
    with Sink() as sink:
        args = ["--repeat", "10", "--parallel", "10", "--truncate", "50%", "--close", "stall", "--format", "json"]
        process = subprocess.Popen(
            [*COMMAND, "play", str(upload(tmp_path)), "--target", sink.target, *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        half = 10 * (len(SENT) // 2)
        wait_until(lambda: sum(len(one.data) for one in sink.connections), equals=half, within="30s")
        process.send_signal(signal.SIGINT)
        found = json.loads(process.communicate(timeout=20)[0])
    assert process.returncode == 130
    assert (found["plays"], found["unfinished"], found["handed"]) == (0, 10, 10 * (len(SENT) // 2))
    assert found["target"] == sink.target


def test_one_play_is_not_several_at_a_time(tmp_path: Path) -> None:
    told = invoke("play", upload(tmp_path), "--target", NOBODY, "--parallel", "5")
    assert (told.code, told.out) == (2, "")
    assert "--parallel says how many plays are under way at a time, and this is one play" in told.err
    assert "hint: --repeat 5 --parallel 5, or a --truncate for each play" in told.err


@pytest.mark.parametrize("args", [["--repeat", "0"], ["--parallel", "0"]])
def test_none_is_refused(tmp_path: Path, args: list[str]) -> None:
    assert invoke("play", upload(tmp_path), *args).code == 2
