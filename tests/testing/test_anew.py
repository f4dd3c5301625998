"""``--tracereplay-record``: today's answers take the place of the recorded ones, at the end of the run."""

from pathlib import Path

import pytest

from tests.testing.suite import CONFTEST, Suite
from tracereplay import load
from tracereplay.trace.event import Direction

TESTS = """
import pytest
mark = pytest.mark.tracereplay

@mark("upload.txt")
def test_whole(replay, server):
    assert replay(server).answer.status == 202

@mark("upload.txt", truncate=["50%", "body:-1"])
def test_cut(replay, server):
    replay(server)
"""
ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nlater"


@pytest.fixture
def run(suite: Suite, pytester: pytest.Pytester) -> Suite:
    """Return the suite, with a server that answers otherwise than it did when it was recorded."""
    pytester.makeconftest(CONFTEST.replace("import ANSWER, SENT", "import SENT") + f"\nANSWER = {ACCEPTED!r}\n")
    return suite


def side(path: Path, direction: Direction) -> bytes:
    return b"".join(event.payload.data for event in load(path).events(0) if event.direction is direction)


def test_the_answers_are_those_of_the_run_and_what_was_sent_stays(run: Suite, pytester: pytest.Pytester) -> None:
    trace = pytester.path / "upload.txt"
    sent = side(trace, Direction.SENT)
    result = run(TESTS, "--tracereplay-record")
    assert result.ret == 0, result.stdout.str()
    result.stdout.fnmatch_lines([f"recorded anew: {trace}"])
    assert side(trace, Direction.RECEIVED) == ACCEPTED
    assert side(trace, Direction.SENT) == sent
    assert not [*pytester.path.glob(".*anew*")]


def test_without_the_option_nothing_is_written(run: Suite, pytester: pytest.Pytester) -> None:
    trace = pytester.path / "upload.txt"
    before = trace.read_bytes()
    assert run(TESTS).ret == 0
    assert trace.read_bytes() == before


def test_a_run_of_cuts_alone_records_nothing(run: Suite, pytester: pytest.Pytester) -> None:
    trace = pytester.path / "upload.txt"
    before = trace.read_bytes()
    result = run(TESTS, "--tracereplay-record", "-k", "cut")
    assert result.ret == 0
    assert "recorded anew" not in result.stdout.str()
    assert trace.read_bytes() == before


def test_an_interrupted_run_keeps_the_old(run: Suite, pytester: pytest.Pytester) -> None:
    trace = pytester.path / "upload.txt"
    before = trace.read_bytes()
    result = run(TESTS + "\ndef test_z():\n    raise KeyboardInterrupt\n", "--tracereplay-record")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert trace.read_bytes() == before
    assert not [*pytester.path.glob(".*anew*")]


def test_it_wants_one_process(run: Suite) -> None:
    pytest.importorskip("xdist")
    result = run(TESTS, "--tracereplay-record", "-n", "2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*wants one process: add -n 0*"])


def test_outcomes_that_differ_are_explained(run: Suite) -> None:
    result = run(
        TESTS.replace(
            "assert replay(server).answer.status == 202", "assert replay(server) == replay(server, truncate='50%')"
        )
    )
    result.stdout.fnmatch_lines(["*the outcomes differ (times do not count)*"])


def test_a_failure_shows_the_timeline_and_what_differs_from_the_recording(run: Suite) -> None:
    result = run(
        TESTS.replace("assert replay(server).answer.status == 202", "assert replay(server).matches_recording()")
    )
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(
        ["what happened, in seconds:", "*=>*262 bytes handed to our kernel*", "*status*201*202*"]
    )
