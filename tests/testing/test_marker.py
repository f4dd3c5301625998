"""The marker: which tests it makes, and what they are called."""

from pathlib import Path
from shlex import quote

import pytest

from tests.cli.command_line import invoke
from tests.cli.samples import upload
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
        f"tracereplay_dir={quote(str(tmp_path / 'traces'))}",
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
        f"tracereplay_dir={quote(str(tmp_path / folder))}",
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
        f"tracereplay_dir={quote(str(tmp_path))}",
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
