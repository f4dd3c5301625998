"""The marker: which tests it makes, what they are called, and what is said of one that can't be."""

from pathlib import Path

import pytest

from tests.cli.command_line import invoke
from tests.cli.samples import SENT, upload
from tests.testing.suite import Suite, ids

HEAD = "import pytest\nmark = pytest.mark.tracereplay\n"


def collected(suite: Suite, tests: str, *options: str) -> list[str]:
    result = suite(HEAD + tests, "--co", "-q", *options)
    assert result.ret == 0, result.stdout.str()
    return ids(result)


def test_a_mark_makes_the_product_of_places_and_ways(suite: Suite) -> None:
    assert collected(
        suite,
        """
@mark("upload.txt", truncate=["body:50%", "25%", None], close=["fin", "rst"])
def test_upload(replay): ...

@mark("upload.txt")
def test_whole(replay): ...

@mark("upload.txt", truncate="-1")
def test_cut(replay_start): ...

@mark("upload.txt", close="half")
def test_way(replay): ...

def test_unmarked(replay): ...
""",
    ) == [
        *(f"test_upload[{place}-{way}]" for place in ("25%", "body:50%", "whole") for way in ("fin", "rst")),
        "test_whole[upload]",
        "test_cut[-1]",
        "test_way[half]",
        "test_unmarked",
    ]


def test_lists_of_places_have_names_that_are_read(suite: Suite) -> None:
    found = collected(
        suite,
        """
@mark("upload.txt", truncate="head:boundaries", close="rst")
def test_head(replay): ...

@mark("upload.txt", truncate=["every:100", "50%"])
def test_every(replay): ...
""",
    )
    assert "test_head[start-line-end-rst]" in found
    assert "test_head[head-end+1-rst]" not in found
    assert found[-3:] == ["test_every[100]", "test_every[50%]", "test_every[200]"]


def test_several_traces_are_told_apart_by_as_much_of_their_names_as_it_takes(suite: Suite, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / "traces" / folder).mkdir(parents=True)
        upload(tmp_path / "traces" / folder)
    found = collected(
        suite,
        """
@mark("[ab]/upload.txt", "upload.txt", truncate="50%")
def test_several(replay): ...
""",
        "-o",
        f"tracereplay_dir={tmp_path / 'traces'}",
    )
    assert found == ["test_several[a/upload-50%]", "test_several[b/upload-50%]", "test_several[upload-50%]"]


@pytest.mark.parametrize("folder", ["traces", "traces[1]"])
def test_a_name_with_brackets_is_a_name_before_it_is_a_pattern(suite: Suite, tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    for name in ("up[1].txt", "up1.txt", "up2.txt"):
        upload(tmp_path / folder).rename(tmp_path / folder / name)
    found = collected(
        suite,
        """
from tracereplay import traces

@mark("up[1].txt", truncate="50%")
def test_name(replay): ...

@mark("up[12].txt", truncate="50%")
def test_pattern(replay): ...

@pytest.mark.parametrize("trace", traces("up[1].txt"))
def test_by_hand(trace): ...
""",
        "-o",
        f"tracereplay_dir={tmp_path / folder}",
    )
    assert found == ["test_name[50%]", "test_pattern[up1-50%]", "test_pattern[up2-50%]", "test_by_hand[up[1]]"]


def test_traces_that_differ_in_their_suffix_are_told_apart_by_it_and_nothing_is_made_twice(
    suite: Suite, tmp_path: Path
) -> None:
    upload(tmp_path).rename(tmp_path / "up.trace")
    (tmp_path / "up.txt").write_bytes((tmp_path / "up.trace").read_bytes())
    found = collected(
        suite,
        """
@mark("up.txt", "up.trace", truncate="50%")
def test_suffix(replay): ...

@mark("up.txt", truncate="50%", close=["fin", "fin"])
@mark("up.txt", truncate="50%", close=["fin", "fin"])
def test_twice(replay): ...
""",
        "-o",
        f"tracereplay_dir={tmp_path}",
    )
    assert found == ["test_suffix[up.txt-50%]", "test_suffix[up.trace-50%]", "test_twice[50%-fin]"]


def test_classes_and_modules_are_marked_too(suite: Suite) -> None:
    assert collected(
        suite,
        """
pytestmark = mark("upload.txt", truncate="10%")

@mark("upload.txt", truncate="20%")
class TestIt:
    @mark("upload.txt", truncate="30%")
    def test_method(self, replay): ...

    def test_without(self): ...

@pytest.mark.parametrize("n", [1, 2])
def test_other_parameters(replay, n): ...
""",
    ) == [
        *(f"TestIt::test_method[{place}]" for place in ("10%", "20%", "30%")),
        "TestIt::test_without",
        "test_other_parameters[10%-1]",
        "test_other_parameters[10%-2]",
    ]


def test_the_command_line_comes_before_marks_and_these_before_the_ini_file(suite: Suite) -> None:
    tests = """
@mark("upload.txt", truncate="10%")
def test_cut(replay): ...

@mark("upload.txt")
def test_open(replay): ...

@mark("upload.txt", truncate=None, close=None)
def test_whole(replay): ...
"""
    ini = ("-o", "tracereplay_truncate=1 2", "-o", "tracereplay_close=rst")
    assert collected(suite, tests, *ini) == [
        "test_cut[10%-rst]",
        "test_open[1-rst]",
        "test_open[2-rst]",
        "test_whole[upload]",
    ]
    assert collected(suite, tests, *ini, "--tracereplay-truncate=5", "--tracereplay-close=half") == [
        "test_cut[5-half]",
        "test_open[5-half]",
        "test_whole[upload]",
    ]


def test_the_same_tests_are_collected_by_every_worker(suite: Suite) -> None:
    result = suite(
        HEAD
        + """
@mark("upload.txt", truncate=["boundaries", "every:50"], close=["fin", "rst"])
def test_it(replay, server):
    replay(server)
""",
        "-n2",
    )
    assert result.ret == 0, result.stdout.str()


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


def test_traces_are_parameters_for_those_who_write_them_by_hand(suite: Suite) -> None:
    tests = """
import pytest
from tracereplay import load, traces
@pytest.mark.parametrize("trace", traces("up*.txt"))
@pytest.mark.parametrize("cut", load("upload.txt").cuts("head:boundaries")[:2], ids=lambda cut: cut.name)
def test_it(replay, server, trace, cut):
    assert replay(server, trace, truncate=cut).connection.cut.at == cut.at
"""
    result = suite(tests, "-v")
    assert result.ret == 0, result.stdout.str()
    result.stdout.fnmatch_lines(["test_it.py::test_it[[]start-line-end-1-upload[]] PASSED*"])
    missing = suite("from tracereplay import traces\ntraces('nothing/*.txt')\n")
    missing.stdout.fnmatch_lines(["traces(): no file fits 'nothing/*.txt'"])
    assert "Traceback" not in missing.stdout.str()


def marked(folder: Path, *more: str) -> None:
    path = folder / "upload.txt"
    for words in (("body:50%", "half", "--close", "rst"), ("5", "early", *more)):
        at, name, *others = words
        assert invoke("mark", path, "--at", at, "--name", name, *others).code == 0


def test_marks_in_the_trace_make_a_test_each_which_has_its_name(suite: Suite, pytester: pytest.Pytester) -> None:
    marked(pytester.path)
    tests = """
@mark("upload.txt", truncate="marks")
def test_own_way(replay): ...

@mark("upload.txt", truncate=["marks", "50%"], close=["fin", "half"])
def test_both(replay): ...
"""
    assert collected(suite, tests) == [
        "test_own_way[early]",
        "test_own_way[half]",
        *(f"test_both[{place}-{way}]" for place in ("early", "50%", "half") for way in ("fin", "half")),
    ]


def test_a_marked_cut_is_left_in_its_own_way(suite: Suite, pytester: pytest.Pytester) -> None:
    marked(pytester.path, "--default")
    tests = (
        HEAD
        + """
from tracereplay.plan.way import Way

@mark("upload.txt", truncate="marks")
def test_own(replay, server, request):
    one = replay(server).connection
    assert (one.cut.at, one.way) == {"early": (5, Way.FIN), "half": (162, Way.RST)}[request.node.callspec.id]

@mark("upload.txt", truncate="marks", close="half")
def test_other(replay, server):
    assert replay(server).connection.way is Way.HALF

@mark("upload.txt")
def test_default(replay, server):
    assert replay(server).connection.handed == 5

@mark("upload.txt", truncate=None)
def test_whole(replay, server):
    assert replay(server).connection.handed == 262

@mark("upload.txt", no_marks=True)
def test_unmarked(replay, server):
    assert replay(server).connection.handed == 262
"""
    )
    suite(tests).assert_outcomes(passed=7)


def test_a_trace_without_cuts_has_no_tests_of_them(suite: Suite) -> None:
    result = suite(HEAD + '@mark("upload.txt", truncate="marks")\ndef test_it(replay): ...')
    assert "upload.txt has no cut and no mark" in result.stdout.str()
