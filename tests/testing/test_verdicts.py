"""``verdict=True`` of a mark: the rules of a sweep judge each play of a test."""

from collections.abc import Callable

import pytest

from tests.cli.command_line import invoke
from tests.cli.samples import UPLOAD
from tests.testing.suite import Suite
from tests.traces import trace_text

CONFTEST = """
import pytest
from tests.judge import servers
from tests.net.sink import Sink

class Server(Sink):
    output = "listening\\\\n"

@pytest.fixture(scope="session")
def server():
    with Server(servers.{talk}) as sink:
        yield sink
    print("connections", len(sink.connections))
"""
TEST = """
import pytest

@pytest.mark.tracereplay("upload.txt", truncate={truncate}, close={close}, verdict=True{more})
def test_cuts(replay, server):
    replay(server)
"""


Judged = Callable[[str, str], pytest.RunResult]


@pytest.fixture
def judged(suite: Suite, pytester: pytest.Pytester) -> Judged:
    """Return what runs a file of tests against a server of ``tests.judge.servers``."""

    def run(talk: str, tests: str) -> pytest.RunResult:
        pytester.makeconftest(CONFTEST.format(talk=talk))
        return suite(tests, "-s")

    return run


def test_a_finding_fails_the_test_with_the_rule_the_reason_and_the_command(judged: Judged) -> None:
    by_hand = (
        '\n\ndef test_by_hand(replay, server):\n    replay(server, trace="upload.txt", truncate="50%", close="half")\n'
    )
    text = TEST.format(truncate='["50%", "100%"]', close='["half", "fin"]', more="") + by_hand
    result = judged("naive", text)
    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*2xx-for-incomplete: the server answered 200 to a message without 131 bytes of its body*",
            "*- tracereplay -*",
            "2xx-for-incomplete: the server answered 200*RFC 9112, section 8)",
            "    tracereplay play upload.txt --target 127.0.0.1:* --truncate 50% --close half",
        ]
    )
    result.stdout.fnmatch_lines(["FAILED *test_cuts[[]50%-half[]]*"])


def test_every_byte_of_a_careful_server_is_green_and_the_whole_is_played_once(judged: Judged) -> None:
    result = judged("careful", TEST.format(truncate='"all"', close='["half"]', more=""))
    result.assert_outcomes(passed=263)
    result.stdout.fnmatch_lines(["*connections 264"])


def test_a_play_in_the_background_is_judged_at_the_end_of_its_test(judged: Judged) -> None:
    text = """
import pytest

@pytest.mark.tracereplay("upload.txt", truncate="50%", close="half", verdict=True)
def test_cuts(replay_start, server):
    replay_start(server).outcome()

@pytest.mark.tracereplay("upload.txt", truncate="50%", close="fin", verdict=True)
def test_over_before_it_began(replay_start, server):
    replay_start(server)
"""
    result = judged("failing", text)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*5xx-for-incomplete: the server failed with 500*"])


def test_nothing_is_green_where_the_whole_request_is_refused(judged: Judged) -> None:
    talk = "replying(lambda *_: servers.BAD)"
    result = judged(talk, TEST.format(truncate='["50%"]', close='["half"]', more=""))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the whole request is answered 400, which was 201 when it was recorded, so that*"])


def test_the_whole_that_is_played_first_is_not_cut_by_the_default_of_the_trace(judged: Judged, suite: Suite) -> None:
    assert invoke("mark", "upload.txt", "--at", "body:50%", "--name", "half", "--default").code == 0
    result = judged("closing", TEST.format(truncate='["marks", "100%"]', close='["half"]', more=""))
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*connections 3"])


# Which whole request a cut is held against.


def recorded(pytester: pytest.Pytester, status: bytes) -> None:
    """Write the trace as if the server had answered with this status."""
    events = [(kind, data.replace(b"201 Created", status)) for kind, data in UPLOAD]
    (pytester.path / "upload.txt").write_bytes(trace_text(events))


PLAIN = """
@pytest.mark.tracereplay("upload.txt", truncate=["50%", "60%"], close="half", verdict=True)
def test_plain(replay, server):
    replay(server)
"""
EDITED = """
@pytest.mark.tracereplay("upload.txt", truncate="50%", close="half", verdict=True, set_header="X-Mode: refuse")
def test_edited(replay, server):
    replay(server)
"""
REFUSING = (
    'replying(lambda seen, whole: servers.BAD.replace(b"400", b"403") if b"X-Mode" in seen.data'
    " else servers.OK if whole else servers.BAD)"
)


@pytest.mark.parametrize("tests", [EDITED + PLAIN, PLAIN + EDITED], ids=["the edited first", "the edited last"])
def test_what_the_edits_of_another_test_do_says_nothing_of_this_one(judged: Judged, tests: str) -> None:
    result = judged(REFUSING, f"import pytest\n{tests}")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*connections 4", "*the whole request is answered 403, which was 201 when*"])
    result.stdout.fnmatch_lines(["FAILED *test_edited*"])


def test_a_failure_that_the_whole_is_answered_too_is_no_finding(judged: Judged, pytester: pytest.Pytester) -> None:
    recorded(pytester, b"503 Service Unavailable")
    talk = 'replying(lambda *_: servers.FAILED.replace(b"500", b"503"))'
    judged(talk, TEST.format(truncate='["50%"]', close='["half"]', more="")).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("talk", "failed"),
    [("refusing_the_end", 0), ("replying(lambda *_: servers.BAD * 2)", 1)],
    ids=["of a message that is cut short alone", "of a whole one, too"],
)
def test_a_second_answer_is_a_finding_where_a_whole_request_gets_one_too(
    talk: str, failed: int, judged: Judged, pytester: pytest.Pytester
) -> None:
    recorded(pytester, b"400 Bad Request")
    result = judged(talk, TEST.format(truncate='["50%"]', close='["half"]', more=""))
    result.assert_outcomes(passed=1 - failed, failed=failed)
    assert ("leftover-as-request: after the answer 400 came another" in result.stdout.str()) is bool(failed)


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ('verdict=True, allow="200-when-crlf-missing"', "did you mean 200-when-only-final-crlf-missing?"),
        ('allow="200-when-only-final-crlf-missing"', "allow= says what a verdict takes for right"),
    ],
)
def test_what_cannot_be_meant_is_an_error_of_collection(suite: Suite, mark: str, message: str) -> None:
    mark = f'"upload.txt", truncate="50%", {mark}'
    result = suite(f"import pytest\n\n@pytest.mark.tracereplay({mark})\ndef test_it(replay):\n    replay()\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{message}*"])


def test_an_outcome_can_be_asked_and_reads_as_a_reason(judged: Judged) -> None:
    text = """
import pytest

@pytest.mark.tracereplay("upload.txt", truncate="50%", close="half")
def test_it(replay, server):
    verdict = replay(server).verdict()
    assert not verdict
    assert (verdict.rule, verdict.facts.missing.what, verdict.facts.status) == ("2xx-for-incomplete", "body", 200)
    assert replay(server, truncate=None, close="fin").verdict()

@pytest.mark.tracereplay("upload.txt", truncate="50%", close="half")
def test_red(replay, server):
    assert replay(server).verdict()
"""
    result = judged("naive", text)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*2xx-for-incomplete: the server answered 200 to a message without 131 bytes*"])
