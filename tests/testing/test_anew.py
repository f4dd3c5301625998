"""``--tracereplay-record``: today's answers take the place of the recorded ones, at the end of the run."""

import signal
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
BACKGROUND = """
import pytest

@pytest.mark.tracereplay("upload.txt")
def test_it(replay_start, server):
    playback = replay_start(server)
    {ends}
"""
ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nlater"


@pytest.fixture
def run(suite: Suite, pytester: pytest.Pytester) -> Suite:
    """Return the suite, with a server that answers otherwise than it did when it was recorded."""
    pytester.makeconftest(CONFTEST.replace("import ANSWER, SENT", "import SENT") + f"\nANSWER = {ACCEPTED!r}\n")
    return suite


def side(path: Path, direction: Direction) -> bytes:
    return b"".join(event.payload.data for event in load(path).events(0) if event.direction is direction)


def is_all_there_is(folder: Path) -> bool:
    """Return whether nothing hidden stands beside the trace."""
    return not [*folder.glob(".upload*")]


def test_the_answers_are_those_of_the_run_and_what_was_sent_stays(run: Suite, pytester: pytest.Pytester) -> None:
    trace = pytester.path / "upload.txt"
    sent = side(trace, Direction.SENT)
    result = run(TESTS, "--tracereplay-record")
    assert result.ret == 0, result.stdout.str()
    result.stdout.fnmatch_lines([f"recorded anew: {trace}"])
    assert side(trace, Direction.RECEIVED) == ACCEPTED
    assert side(trace, Direction.SENT) == sent
    assert is_all_there_is(pytester.path)


def test_a_quiet_run_says_what_it_has_replaced(run: Suite, pytester: pytest.Pytester) -> None:
    result = run(TESTS, "--tracereplay-record", "-q")
    result.stdout.fnmatch_lines([f"recorded anew: {pytester.path / 'upload.txt'}"])
    assert "= tracereplay =" not in result.stdout.str()


def test_the_trace_keeps_its_permissions(run: Suite, pytester: pytest.Pytester) -> None:
    trace = pytester.path / "upload.txt"
    trace.chmod(0o640)
    assert run(TESTS, "--tracereplay-record").ret == 0
    assert side(trace, Direction.RECEIVED) == ACCEPTED
    assert trace.stat().st_mode & 0o777 == 0o640


def test_a_trace_that_cannot_be_replaced_is_said_and_ends_the_run_with_an_error(
    run: Suite, pytester: pytest.Pytester
) -> None:
    trace = pytester.path / "upload.txt"
    gone = "\ndef test_z(request):\n    path = request.path.parent / 'upload.txt'\n"
    gone += "    path.unlink()\n    path.mkdir()\n"
    result = run(TESTS + gone, "--tracereplay-record", "-q")
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    result.stdout.fnmatch_lines([f"not recorded anew: *{trace}*"])
    assert is_all_there_is(pytester.path)


@pytest.mark.parametrize("ends", ["playback.outcome()", "playback.wait()"])
def test_a_play_in_the_background_is_recorded_too(run: Suite, pytester: pytest.Pytester, ends: str) -> None:
    trace = pytester.path / "upload.txt"
    test = BACKGROUND.format(ends=ends)
    assert run(test, "--tracereplay-record").ret == 0
    assert side(trace, Direction.RECEIVED) == ACCEPTED


@pytest.mark.parametrize("ends", ["playback.stop()", "playback.leave('rst')", "..."])
def test_one_that_is_ended_early_is_not(run: Suite, pytester: pytest.Pytester, ends: str) -> None:
    trace = pytester.path / "upload.txt"
    before = trace.read_bytes()
    test = BACKGROUND.format(ends=ends).replace('"upload.txt"', '"upload.txt", pause="body:50%=30s"')
    assert run(test, "--tracereplay-record").ret == 0
    assert trace.read_bytes() == before


def test_what_the_recording_no_longer_matches_is_recorded_with_the_failure(
    run: Suite, pytester: pytest.Pytester
) -> None:
    test = TESTS.replace("assert replay(server).answer.status == 202", "assert replay(server).matches_recording()")
    assert run(test, "--tracereplay-record").parseoutcomes()["failed"] == 1
    assert side(pytester.path / "upload.txt", Direction.RECEIVED) == ACCEPTED
    assert run(test).ret == 0


@pytest.mark.parametrize("option", ["-x", "--maxfail=1"])
def test_a_run_that_stops_early_keeps_the_old(run: Suite, pytester: pytest.Pytester, option: str) -> None:
    trace = pytester.path / "upload.txt"
    before = trace.read_bytes()
    result = run(TESTS + "\ndef test_x():\n    assert 0\ndef test_z(): ...\n", "--tracereplay-record", option)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert trace.read_bytes() == before
    result.stdout.fnmatch_lines(["nothing is recorded anew: the run did not come to its end"])
    assert is_all_there_is(pytester.path)


def test_a_run_that_is_killed_leaves_nothing_beside_the_trace(run: Suite, pytester: pytest.Pytester) -> None:
    kill = "\nimport os, signal\ndef test_z():\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    assert run(TESTS + kill, "--tracereplay-record", alone=True).ret == -signal.SIGKILL
    assert is_all_there_is(pytester.path)


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
    result = run(TESTS + "\ndef test_z():\n    raise KeyboardInterrupt\n", "--tracereplay-record", alone=True)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert trace.read_bytes() == before
    assert is_all_there_is(pytester.path)


@pytest.mark.parametrize("options", ["-n 2", "-d --tx 2*popen", "--dist load --tx 2*popen"])
def test_it_wants_one_process(run: Suite, options: str) -> None:
    pytest.importorskip("xdist")
    result = run(TESTS, "--tracereplay-record", *options.split())
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
