"""A mark that cannot be: one message, which names its line."""

import pytest

from tests.cli.samples import SENT, upload
from tests.testing.suite import Suite

HEAD = "import pytest\nmark = pytest.mark.tracereplay\n"


BAD_MARKS = {
    '"upload.txt", truncate="50%%"': "'50%%' is not a place",
    '"upload.txt", truncate="body:120%"': "'body:120%' lies past the end",
    '"other.txt"': "there is no file 'other.txt'",
    '"test_1.py"': "test_1.py:1: this is no trace of curl",
    '"upload.txt", truncat="50%"': "there is no option 'truncat'",
    '"upload.txt", close="bye"': "'bye' is no way of leaving",
    '"upload.txt", speed="2", limit_rate="3k"': "speed and limit_rate exclude each other",
    '"upload.txt", timeout="x"': "'x' is not a duration",
    '"upload.txt", target="nowhere"': "'nowhere' is not a target",
    '"upload.txt", truncate=[]': "truncate is empty",
    '"upload.txt", hold="1s"': "hold= says how long to stay",
    '"upload.txt", pause=[True]': "pause=True is not a text",
    f'"{"x" * 300}"': f"there is no file '{'x' * 300}'",
    f'"{"x" * 300}*"': f"no file fits '{'x' * 300}*'",
    '"upload.txt", pause="body:50%=1s", truncate=["75%", "25%"]': "a pause at byte 162 comes after the cut at byte 65",
    '"torn.txt"': "torn.txt:7: the trace is torn here",
    '"torn.txt", truncate="50%"': "torn.txt:7: the trace is torn here",
    '"dots.txt"': "dots.txt:",
    "": "no trace is named",
}


def test_what_cannot_be_is_one_message_that_names_the_line_of_the_mark(suite: Suite, pytester: pytest.Pytester) -> None:
    lines = "import pytest\n\n@pytest.mark.skipif(False, reason='')\n@pytest.mark.tracereplay({})\n{}"
    test = "@pytest.mark.tracereplay('upload.txt')\ndef test_it(replay): ...\n"
    pytester.makepyfile(**{f"test_{number}": lines.format(mark, test) for number, mark in enumerate(BAD_MARKS, 1)})
    trace = (pytester.path / "upload.txt").read_bytes()
    (pytester.path / "torn.txt").write_bytes(trace[: trace.index(b"0040: ", trace.index(b"Send data"))])
    upload(pytester.mkdir("dots"), form="ascii").rename(pytester.path / "dots.txt")
    result = suite("")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    found = [line for line in result.outlines if "@pytest.mark.tracereplay: " in line]
    assert len(found) == len(BAD_MARKS)
    for number, message in enumerate(BAD_MARKS.values(), 1):
        prefix = f"test_{number}.py:4: @pytest.mark.tracereplay: {message}"
        assert any(line.startswith(prefix) for line in found), (prefix, found)
    assert "Traceback" not in result.stdout.str()
    assert "testing/" not in result.stdout.str()


LINES = {
    'pytestmark = [pytest.mark.slow,\n    pytest.mark.tracereplay("no.txt")]\ndef test_it(replay): ...\n': 3,
    '@pytest.mark.tracereplay(\n  "no.txt")\nclass TestIt:\n    def test_it(self, replay): ...\n': 2,
    'class TestIt:\n    pytestmark = pytest.mark.tracereplay("no.txt")\n    def test_it(self, replay): ...\n': 3,
    'm = pytest.mark.tracereplay("no.txt")\n@m\ndef test_it(replay): ...\n': 3,
}


def test_the_line_is_found_wherever_the_mark_stands(suite: Suite, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(**{f"test_{number}": "import pytest\n" + text for number, text in enumerate(LINES)})
    result = suite("", "-o", "markers=slow")
    for number, line in enumerate(LINES.values()):
        result.stdout.fnmatch_lines([f"test_{number}.py:{line}: @pytest.mark.tracereplay: there is no file 'no.txt'"])


def test_a_list_of_too_many_places_is_refused(suite: Suite) -> None:
    tests = HEAD + '@mark("upload.txt", truncate="all")\ndef test_it(replay): ...\n'
    result = suite(tests, "--tracereplay-max-cuts", "100")
    result.stdout.fnmatch_lines([f"test_it.py:3: *'all' is {len(SENT) + 1} places, and at most 100 are wanted"])
    assert suite(tests, "--co", "-q", "-o", "tracereplay_max_cuts=1000").ret == 0


def test_a_mark_that_nothing_plays_is_refused(suite: Suite) -> None:
    result = suite(HEAD + '@mark("upload.txt")\ndef test_it(): ...\n')
    result.stdout.fnmatch_lines(["test_it.py:3: *test_it takes neither replay nor replay_start*"])


def test_a_trace_without_cuts_has_no_tests_of_them(suite: Suite) -> None:
    result = suite(HEAD + '@mark("upload.txt", truncate="marks")\ndef test_it(replay): ...')
    assert "upload.txt has no cut and no mark" in result.stdout.str()
