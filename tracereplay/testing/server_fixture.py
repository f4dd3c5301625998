"""The fixture ``replay_server``: ``serve``, with a log that pytest keeps, and faults without our own lines in them.

    @pytest.fixture(scope="session")
    def app(replay_server):
        with replay_server(["gunicorn", "-b", "fd://{fd}", "shop:app"]) as server:
            yield server

Every xdist worker has a session of its own, and so servers and ports of its own.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import ParamSpec

import pytest

from tracereplay.errors import TracereplayError
from tracereplay.testing.server import Server, serve

_P = ParamSpec("_P")


@pytest.fixture(scope="session")
def replay_server(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., AbstractContextManager[Server]]:
    """Return ``serve``: starts a command as a server, and ends it when its block is left."""
    return _in_pytest(serve, tmp_path_factory)


def _in_pytest(
    start: Callable[_P, AbstractContextManager[Server]], folders: pytest.TempPathFactory
) -> Callable[_P, AbstractContextManager[Server]]:
    @contextmanager
    def serving(*args: _P.args, **kwargs: _P.kwargs) -> Iterator[Server]:
        kwargs.setdefault("log", folders.mktemp("replay_server") / "output.txt")
        with ExitStack() as stack:
            try:
                server = stack.enter_context(start(*args, **kwargs))
            except TracereplayError as fault:
                pytest.fail(str(fault), pytrace=False)
            yield server

    return serving
