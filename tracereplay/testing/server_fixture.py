"""What the fixture ``replay_server`` gives: ``serve``, with a log that pytest keeps, and faults without lines of ours.

    @pytest.fixture(scope="session")
    def app(replay_server):
        with replay_server(["gunicorn", "-b", "fd://{fd}", "shop:app"]) as server:
            yield server

What a server printed during a test that failed is told with it. Every worker of xdist has a session of its own, and so
servers and ports of its own.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import ParamSpec

import pytest

from tracereplay.errors import TracereplayError
from tracereplay.show.printable import printable
from tracereplay.testing.server import Server, running, serve
from tracereplay.testing.session import PLAYS

_P = ParamSpec("_P")

_NAME = "tracereplay-servers"
_MOST_LINES = 200


def server_factory(
    config: pytest.Config, folders: pytest.TempPathFactory
) -> Callable[..., AbstractContextManager[Server]]:
    """Return ``serve`` as it is in a run of pytest."""
    if not config.pluginmanager.has_plugin(_NAME):
        config.pluginmanager.register(_Printed(), _NAME)
    return _in_pytest(serve, folders)


def _in_pytest(
    start: Callable[_P, AbstractContextManager[Server]], folders: pytest.TempPathFactory
) -> Callable[_P, AbstractContextManager[Server]]:
    @contextmanager
    def serving(*args: _P.args, **kwargs: _P.kwargs) -> Iterator[Server]:
        __tracebackhide__ = True
        kwargs.setdefault("log", folders.mktemp("replay_server") / "output.txt")
        with ExitStack() as stack:
            try:
                server = stack.enter_context(start(*args, **kwargs))
            except TracereplayError as fault:
                pytest.fail(str(fault), pytrace=False)
            yield server

    return serving


class _Printed:
    """Tells what the servers printed during a test that has failed, but for what its plays tell already."""

    def __init__(self) -> None:
        self._marks: dict[Server, int] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Remember how much they had printed before the test."""
        self._marks = {server: server.mark() for server in running()}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add a section for each server that has printed something since."""
        report = yield
        if report.failed:
            told = [play.server for play in item.stash.get(PLAYS, [])]
            report.sections += [self._section(server) for server in running() if server not in told]
        return report

    def _section(self, server: Server) -> tuple[str, str]:
        lines = server.output_since(self._marks.get(server, 0)).splitlines()
        left_out = [f"({len(lines) - _MOST_LINES:,} lines before these, in {server.log_file})"]
        shown = lines if len(lines) <= _MOST_LINES else left_out + lines[-_MOST_LINES:]
        return f"{server!r} printed", "\n".join(map(printable, shown))
