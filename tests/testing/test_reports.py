"""What is told of a failure: its section, the command that repeats it, junit, and the strips at the end."""

import json
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from tests.testing.suite import Suite

HEAD = "import pytest\nmark = pytest.mark.tracereplay\n"
SWEEP = (
    HEAD
    + """
@mark("upload.txt", truncate=["every:20", None], close=["fin", "rst"])
def test_it(replay, server):
    outcome = replay(server)
    server.output += "no more\\n"
    assert outcome.connection.cut is None or outcome.connection.cut.at < 200 or outcome.connection.way.value == "fin"
"""
)


def test_a_failure_tells_what_happened_and_how_to_repeat_it(suite: Suite, pytester: pytest.Pytester) -> None:
    result = suite(
        HEAD
        + """
@mark("upload.txt", truncate="body:50%", close="half", pause=["9=0.01s"], strict=True, unknown="keep")
def test_it(replay, server):
    print(server.target)
    outcome = replay(server)
    server.output += "POST /files\\x1b[31m\\n"
    assert outcome.answer.status == 201
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- tracereplay -*",
            "upload.txt => 127.0.0.1:*",
            "cut           body:50% (of the body as it is sent) is byte *",
            "answer        400 Bad Request*",
            "the server said meanwhile:",
            "    POST /files*x1b*31m",
            "to repeat it:",
            "    tracereplay play upload.txt --target 127.0.0.1:* --truncate body:50% --close half --pause 9=0.01s *",
        ]
    )
    assert "listening" not in result.stdout.str()
    (command,) = [line for line in result.outlines if line.startswith("    tracereplay play ")]
    words = shlex.split(command)
    assert words[-3:] == ["--unknown", "keep", "--strict"]
    port = words[words.index("--target") + 1]
    again = subprocess.run(
        [sys.executable, "-m", *words, "--format", "json"],
        cwd=pytester.path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"{port} cannot be reached" in again.stderr  # the command was understood; the server went with its tests


def test_of_much_output_the_end_is_told_and_how_much_it_is_not(suite: Suite) -> None:
    result = suite(
        HEAD
        + """
@mark("upload.txt")
def test_it(replay, server):
    replay(server)
    server.output += "x" * 20_000 + "the end"
    raise AssertionError
"""
    )
    result.stdout.fnmatch_lines(["the server said meanwhile: (7 characters, and then)", "    x*xthe end"])


def test_many_plays_of_a_test_are_not_all_told(suite: Suite) -> None:
    result = suite(
        HEAD
        + """
def test_it(replay, server):
    for number in range(8):
        replay(server, "upload.txt", truncate=str(number))
    raise AssertionError
"""
    )
    result.stdout.fnmatch_lines(["(3 plays before these)", "*--truncate 3", "*--truncate 7"])
    assert "--truncate 2" not in result.stdout.str()


def test_a_play_that_is_under_way_is_told_of(suite: Suite) -> None:
    result = suite(
        HEAD
        + """
@mark("upload.txt", truncate="9", close="stall")
def test_it(replay_start, server):
    replay_start(server)
    raise AssertionError
"""
    )
    result.stdout.fnmatch_lines(["upload.txt was not played to its end", "*--truncate 9 --close stall"])


def test_a_play_that_is_ended_before_it_has_connected_is_told_of(suite: Suite) -> None:
    result = suite(
        HEAD
        + """
import socket

@mark("upload.txt")
def test_it(replay_start):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        with socket.create_connection(address):
            playback = replay_start(f"127.0.0.1:{address[1]}")
            playback.stop()
            playback.join()
            raise AssertionError
"""
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["upload.txt was not played to its end"])


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["alone", "two workers"])
def test_each_trace_has_a_strip_in_the_order_of_its_bytes(suite: Suite, workers: tuple[str, ...]) -> None:
    result = suite(SWEEP, *workers)
    result.assert_outcomes(passed=24, failed=4)
    (strip,) = [line for line in result.outlines if line.startswith("upload.txt  ")]
    assert strip == "upload.txt  ...................F.F.F.F..  28 plays, 4 failed"


def test_a_hang_and_a_server_error_have_marks_of_their_own(suite: Suite) -> None:
    result = suite(
        HEAD
        + """
from tests.net.sink import Sink, answer_with, swallow

@mark("upload.txt", timeout="0.1s")
def test_hangs(replay):
    with Sink(swallow) as sink:
        assert replay(sink).answer

@mark("upload.txt", truncate="100%", close="half")
def test_server_error(replay):
    with Sink(answer_with(b"HTTP/1.1 500 Oops\\r\\nContent-Length: 0\\r\\n\\r\\n", after=b"POST")) as sink:
        assert replay(sink).answer.status == 400

def test_two(replay, server):
    replay(server, "upload.txt", truncate="1")
    assert not replay(server, "upload.txt", truncate="2")
"""
    )
    result.stdout.fnmatch_lines(["upload.txt  .F*  4 plays, 3 failed", ". passed  F failed*"])
    (strip,) = [line.split()[1] for line in result.outlines if line.startswith("upload.txt  ")]
    assert sorted(strip) == ["!", ".", "5", "F"]


def test_a_quiet_run_and_one_that_plays_nothing_have_no_strips(suite: Suite) -> None:
    test = HEAD + '@mark("upload.txt")\ndef test_it(replay, server):\n    replay(server)\n'
    assert "upload.txt  ." in suite(test).stdout.str()
    assert "upload.txt  ." not in suite(test, "-q").stdout.str()
    assert "= tracereplay =" not in suite("def test_it(): ...\n").stdout.str()


def test_junit_is_told_of_each_play(suite: Suite, pytester: pytest.Pytester) -> None:
    suite(
        HEAD + '@mark("upload.txt", truncate="9")\ndef test_it(replay, server):\n    replay(server)\n',
        "--junit-xml=junit.xml",
    )
    (told,) = ET.parse(pytester.path / "junit.xml").iter("property")
    assert told.get("name") == "tracereplay"
    play = json.loads(told.get("value") or "")
    assert play.pop("command").startswith("tracereplay play upload.txt --target 127.0.0.1:")
    assert play == {
        "trace": "upload.txt",
        "truncate": "9",
        "at": 9,
        "close": "fin",
        "status": None,
        "ended": "cut",
    }
