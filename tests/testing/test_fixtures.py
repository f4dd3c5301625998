"""The fixtures: what ``replay`` and ``replay_start`` play, where to, and where they may be used."""

from tests.testing.suite import Suite

HEAD = "import pytest\nmark = pytest.mark.tracereplay\n"


def passed(suite: Suite, tests: str, count: int, *options: str) -> None:
    result = suite(HEAD + tests, *options)
    assert result.parseoutcomes().get("passed") == count, result.stdout.str()
    assert result.ret == 0, result.stdout.str()


def test_a_parameter_is_played_and_what_the_call_says_comes_first(suite: Suite) -> None:
    passed(
        suite,
        """
from tests.cli.samples import SENT, BODY

@mark("upload.txt", truncate=["50%", "body:-1"], close=["rst", "half"], settle="0.1s")
def test_cut(replay, server):
    outcome = replay(server)
    assert outcome.connection.cut.spec in ("50%", "body:-1")
    assert outcome.connection.handed == outcome.connection.cut.at
    assert outcome.connection.way.value in ("rst", "half")
    assert outcome.connection.way.value == "rst" or outcome.answer.status == 400
    assert replay(server, truncate=None, close=None).answer.status == 201
    assert replay(server, "upload.txt").connection.handed == len(SENT)

@mark("upload.txt")
def test_whole(replay, server):
    assert replay(server.target).connection.handed == len(SENT)

@mark("upload.txt", target="127.0.0.1:1", truncate="1")
def test_a_target_that_is_given_comes_first(replay, server):
    assert replay(target=server).connection.handed == 1

def test_by_hand(replay, server):
    assert replay(server, trace="upload.txt", truncate="body:10", close="fin").connection.cut.at == len(SENT) - 190

def test_a_loaded_trace(replay, server, request):
    from tracereplay import load
    trace = load(request.path.parent / "upload.txt")
    assert replay(server, trace).answer.status == 201
""",
        8,
    )


def test_defaults_are_fixtures_to_override(suite: Suite) -> None:
    passed(
        suite,
        """
@pytest.fixture(scope="session")
def replay_target(server):
    return server

@pytest.fixture
def replay_config():
    return {"close": "half", "timeout": "5s"}

@mark("upload.txt", truncate="10")
def test_it(replay):
    assert replay().connection.way.value == "half"

@mark("upload.txt", truncate="10", close="rst")
def test_a_mark_comes_before(replay):
    assert replay().connection.way.value == "rst"
    assert replay(trace="upload.txt").connection.way.value == "half"
""",
        2,
    )


def test_a_pace_displaces_those_that_it_excludes(suite: Suite) -> None:
    passed(
        suite,
        """
@pytest.fixture
def replay_config():
    return {"speed": "max"}

@mark("upload.txt", limit_rate="1M")
def test_a_rate(replay, server):
    assert replay(server).answer.status == 201
    assert replay(server, duration="0.1s").answer.status == 201
    assert replay(server, idle_time_limit="1s").answer.status == 201

@mark("upload.txt", idle_time_limit="1s")
def test_what_goes_together_stays(replay, server, request):
    from tracereplay.testing.session import PLAYS
    replay(server)
    (played,) = request.node.stash[PLAYS]
    assert (played.options.speed, played.options.idle_time_limit) == ("max", "1s")

@mark("upload.txt", limit_rate=None)
def test_none_is_no_pace(replay, server, request):
    from tracereplay.testing.session import PLAYS
    replay(server)
    assert request.node.stash[PLAYS][0].options.speed == "max"

@mark("upload.txt")
def test_two_at_once_are_refused(replay, server):
    with pytest.raises(Exception, match="duration and idle_time_limit exclude each other"):
        replay(server, duration="1s", idle_time_limit="1s")
""",
        4,
    )


def test_fixtures_that_are_asked_for_while_the_test_runs_play(suite: Suite) -> None:
    result = suite(
        HEAD
        + """
@mark("upload.txt", truncate="50%")
def test_one(request, server):
    assert request.getfixturevalue("replay")(server).connection.cut.spec == "50%"

@pytest.fixture
def either(request):
    return request.getfixturevalue("replay_start")

@mark("upload.txt")
def test_within_a_fixture(either, server):
    assert either(server).outcome().answer.status == 201

@mark("upload.txt", close=["fin", "rst"])
def test_several(request, server):
    request.getfixturevalue("replay")(server)
"""
    )
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        ["*PlanError: the mark means 2 plays*", "*hint: name replay as an argument of the test*"]
    )


def test_the_command_line_names_a_target_and_so_does_the_ini_file(suite: Suite) -> None:
    tests = """
def test_it(replay_target):
    assert replay_target == "127.0.0.1:1"
"""
    passed(suite, tests, 1, "--tracereplay-target", "127.0.0.1:1")
    passed(suite, tests, 1, "-o", "tracereplay_target=127.0.0.1:1")


def test_a_play_in_the_background_is_ended_with_its_test(suite: Suite) -> None:
    passed(
        suite,
        """
import threading

@mark("upload.txt", truncate="body:50%", close="stall")
def test_stalls(replay_start, server):
    playback = replay_start(server)
    assert playback.wait_acknowledged("body:50%")
    assert not playback.is_over

def test_nothing_is_left():
    assert [one.name for one in threading.enumerate() if one.name == "tracereplay"] == []
""",
        2,
    )


def test_async_tests_play_too(suite: Suite) -> None:
    passed(
        suite,
        """
import asyncio

@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.mark.anyio
@mark("upload.txt", truncate=["1", "2"])
async def test_it(replay, replay_start, server):
    outcome = await asyncio.to_thread(replay, server)
    assert outcome.connection.handed == outcome.connection.cut.at
    playback = replay_start(server)
    while not playback.is_over:
        await asyncio.sleep(0.01)
""",
        2,
    )


def test_a_method_of_a_test_case_has_one_play_or_a_loop(suite: Suite) -> None:
    result = suite(
        """
import unittest
import pytest
from tracereplay import load

class Uploads(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def plays(self, replay, server):
        self.replay, self.server = replay, server

    @pytest.mark.tracereplay("upload.txt", truncate="50%")
    def test_one(self):
        assert self.replay(self.server).connection.cut.spec == "50%"

    @pytest.mark.tracereplay("upload.txt", close="rst")
    def test_loop(self):
        for cut in load("upload.txt").cuts("every:100"):
            with self.subTest(cut=cut):
                assert self.replay(self.server, truncate=cut).connection.handed == cut.at

    @pytest.mark.tracereplay("upload.txt", truncate=["50%", "60%"])
    def test_several(self):
        self.replay(self.server)

    @pytest.mark.tracereplay("upload.txt", truncate="x")
    def test_bad(self):
        self.replay(self.server)
"""
    )
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "test_it.py:24: @pytest.mark.tracereplay: 'x' is not a place",
            "*PlanError: the mark means 2 plays, and pytest cannot parametrize this test",
        ]
    )


def test_what_cannot_be_played_ends_in_the_line_of_the_test(suite: Suite) -> None:
    result = suite(
        HEAD
        + """
def test_no_trace(replay):
    replay("127.0.0.1:1")

@mark("upload.txt")
def test_nobody_there(replay):
    replay("127.0.0.1:1")

def test_no_option(replay):
    replay(trace="upload.txt", truncat="50%")

def test_no_target(replay):
    replay(7, "upload.txt")
"""
    )
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(
        [
            "E       tracereplay.errors.PlanError: there is no trace to play: this test has no mark",
            "test_it.py:5: PlanError",
            "E       tracereplay.errors.TargetError: *127.0.0.1:1*",
            "test_it.py:9: TargetError",
            "E       tracereplay.errors.PlanError: there is no option 'truncat'",
            "E         hint: did you mean truncate?",
            "E       tracereplay.errors.PlanError: target=7 is no target",
        ]
    )
    assert "tracereplay/testing" not in result.stdout.str()


def test_without_the_plugin_nothing_is_left_of_it(suite: Suite) -> None:
    assert suite("def test_it(): ...\n", "-p", "no:tracereplay").ret == 0
    assert "@pytest.mark.tracereplay" not in suite("", "-p", "no:tracereplay", "--markers").stdout.str()


def test_the_marker_the_fixtures_and_the_options_explain_themselves(suite: Suite) -> None:
    suite("", "--markers").stdout.fnmatch_lines(["@pytest.mark.tracereplay(*): play the traces*"])
    suite("", "--fixtures").stdout.fnmatch_lines(["replay -- *", "replay_start -- *"])
    assert "--tracereplay-max-cuts" in suite("", "--help").stdout.str()
