"""The door of pytest: marker, fixtures, options.

@pytest.mark.tracereplay("upload.txt", truncate=["25%", "body:50%"], close=["fin", "rst"])
def test_no_half_file(replay, server):
    outcome = replay(server)
    assert outcome.answer.status == 400

It is imported in every run of pytest. So what it does is in ``tracereplay.testing``, imported when it is used.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import pytest

from tracereplay.testing.session import ANEW, DRAFTS, PLAYS, Settings, begin, end

if TYPE_CHECKING:
    from tracereplay.library import Outcome, Playback
    from tracereplay.net.target import AnyTarget
    from tracereplay.testing.marks import Case
    from tracereplay.testing.replay import Replays
    from tracereplay.testing.server import Server

_MARKER = (
    'tracereplay(*traces, truncate=None, close="fin", **options): play the traces, cut at each of the places'
    ' (truncate="50%", ["body:50%", "-1"], "boundaries", "every:64k", "all", "marks") and left in each of the ways'
    ' (close=["fin", "rst", "half", "stall"]); verdict=True judges each play by the rules of: tracereplay sweep;'
    " the other options are those of: tracereplay play --help"
)
_CASE = "_tracereplay_case"
_PROPERTY = "tracereplay"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--tracereplay-...``, and the same in the ini file."""
    group = parser.getgroup("tracereplay", "replays of curl traces")
    text = "play to this server; default: where the trace was recorded, if that is this machine"
    group.addoption("--tracereplay-target", metavar="HOST:PORT", help=text)
    parser.addini("tracereplay_target", text, default=None)
    text = "refuse a list of more places than this for a trace; default: 1000"
    group.addoption("--tracereplay-max-cuts", metavar="N", help=text)
    if pytest.version_tuple >= (8, 4):
        parser.addini("tracereplay_max_cuts", text, type="int", default=None)
    else:
        parser.addini("tracereplay_max_cuts", text, default=None)
    for name, metavar, text in (
        ("truncate", "SPEC", "cut marked tests here, whatever the mark says, but for truncate=None; several times"),
        ("close", "WAY", "leave marked tests in this way, whatever the mark says, but for close=None; several times"),
    ):
        group.addoption(f"--tracereplay-{name}", metavar=metavar, action="append", help=text)
        parser.addini(f"tracereplay_{name}", f"{name} of marks that do not say it", type="args", default=[])
    text = "at the end, put what was answered in this run to whole plays in the place of what was recorded"
    group.addoption("--tracereplay-record", action="store_true", default=None, help=text)
    parser.addini("tracereplay_record", text, type="bool", default=False)
    parser.addini("tracereplay_dir", "where traces are, that are not beside the test", type="paths", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and what sums up the plays."""
    config.addinivalue_line("markers", _MARKER)
    config.pluginmanager.register(_Summary(), "tracereplay-summary")
    begin(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Forget the run."""
    end(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each case of its marks. Raises CollectError, which names the line of a mark that can't be."""
    if next(metafunc.definition.iter_markers("tracereplay"), None) is None:
        return
    from tracereplay.testing.marks import cases_of, ids_of, refuse_unused  # noqa: PLC0415

    if _CASE not in metafunc.fixturenames:
        if "request" not in metafunc.fixturenames:  # by which replay may be asked for while the test runs
            refuse_unused(metafunc.definition)
        return
    cases = cases_of(metafunc.definition, metafunc.config)
    metafunc.parametrize(_CASE, cases, indirect=True, ids=ids_of(cases, metafunc.config))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add a section about the plays of a test that has failed."""
    report = yield
    plays = item.stash.get(PLAYS, None)
    if plays and report.failed:
        from tracereplay.testing.played import section  # noqa: PLC0415

        report.sections.append(("tracereplay", section(plays)))
    return report


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Explain in what two outcomes, connections or answers differ."""
    if not any(type(one).__module__.startswith("tracereplay.") for one in (left, right)):
        return None
    from tracereplay.testing.explain import explain  # noqa: PLC0415

    return explain(op, left, right)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Generator[None]:
    """Put the traces that were recorded anew in the place of the old ones, when the run came to its end."""
    yield
    drafts = session.config.stash.get(DRAFTS, None)
    if drafts is None:
        return
    is_stopped = session.shouldfail or session.shouldstop
    if is_stopped or exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        session.config.stash[ANEW] = drafts.refuse()
        return
    session.config.stash[ANEW], is_well = drafts.keep()
    session.exitstatus = exitstatus if is_well else pytest.ExitCode.INTERNAL_ERROR


class _Summary:
    """Collects what was played, on the controller of xdist too, which sees nothing but reports."""

    def __init__(self) -> None:
        self._failed: set[str] = set()
        self._tests: list[tuple[bool, list[str]]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of the plays of a test, which its last report tells."""
        if report.failed:
            self._failed.add(report.nodeid)
        if report.when == "teardown":
            plays = [str(value) for name, value in report.user_properties if name == _PROPERTY]
            if plays:
                self._tests.append((report.nodeid not in self._failed, plays))
            self._failed.discard(report.nodeid)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print a strip for each trace, unless the run is quiet; and always what became of the traces themselves."""
        if self._tests and terminalreporter.config.get_verbosity() >= 0:
            from tracereplay.testing.strips import LEGEND, strips  # noqa: PLC0415

            terminalreporter.write_sep("=", "tracereplay")
            for line in strips(self._tests):
                terminalreporter.write_line(line)
            if not all(passed for passed, _ in self._tests):
                terminalreporter.write_line(LEGEND)
        for line in terminalreporter.config.stash.get(ANEW, ()):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def replay_target(pytestconfig: pytest.Config) -> "AnyTarget | None":
    """Where to play when a test does not say: ``--tracereplay-target``. Override it.

    None is where the trace was recorded, if that is this machine.
    """
    return Settings.of(pytestconfig).target


@pytest.fixture(scope="session")
def replay_config() -> dict[str, object]:
    """Options of all plays, such as ``{"timeout": "5s"}``, which marks and calls may change. Override it."""
    return {}


@pytest.fixture(scope="session")
def replay_server(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> "Callable[..., AbstractContextManager[Server]]":
    """Return what starts a command as a server, and ends it when its block is left.

    with replay_server(["gunicorn", "-b", "fd://{fd}", "app:app"]) as server:
        yield server
    """
    from tracereplay.testing.server_fixture import server_factory  # noqa: PLC0415

    return server_factory(pytestconfig, tmp_path_factory)


@pytest.fixture
def _tracereplay_case(request: pytest.FixtureRequest) -> "Case | None":
    """Return what this test plays; None without a mark."""
    case: Case | None = getattr(request, "param", None)
    return case


@pytest.fixture
def _tracereplays(
    request: pytest.FixtureRequest,
    _tracereplay_case: "Case | None",
    replay_target: "AnyTarget | None",
    replay_config: dict[str, object],
) -> "Iterator[Replays]":
    """Give the plays of this test, and end them."""
    from tracereplay.testing.replay import Replays  # noqa: PLC0415

    plays = Replays(request.node, _tracereplay_case, replay_target, replay_config)
    yield plays
    plays.finish()


@pytest.fixture
def replay(_tracereplays: "Replays") -> "Callable[..., Outcome]":
    """Play this parameter of the test: ``replay(target=None, trace=None, **options)`` returns the Outcome.

    ``target`` is ``HOST:PORT``, a URL, or a server with a ``target``; the default is ``replay_target``. Without a mark
    name a trace; the options are those of ``tracereplay play``.
    """
    return _tracereplays.play


@pytest.fixture
def replay_start(_tracereplays: "Replays") -> "Callable[..., Playback]":
    """Begin to play in the background: as ``replay``, but returns the Playback, which the end of the test ends."""
    return _tracereplays.start
