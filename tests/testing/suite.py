"""A test suite of somebody else, in a folder of its own, run by a pytest of its own, within this process or not."""

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import tracereplay
from tests.cli.samples import upload
from tests.programs import of_another_pytest

ROOT = Path(__file__).parents[2]
CONFTEST = """
import pytest
from tests.cli.samples import ANSWER, SENT
from tests.net.sink import Sink

def talk(sock, seen):
    while chunk := sock.recv(65536):
        seen.data += chunk
        if len(seen.data) == len(SENT):
            sock.sendall(ANSWER)
    if len(seen.data) < len(SENT):
        sock.sendall(b"HTTP/1.1 400 Bad Request\\r\\nContent-Length: 0\\r\\n\\r\\n")

class Server(Sink):
    output = "listening\\n"

@pytest.fixture(scope="session")
def server():
    with Server(talk) as sink:
        yield sink
"""

Suite = Callable[..., pytest.RunResult]


for _module in walk_packages(tracereplay.__path__, "tracereplay."):
    if not _module.name.endswith("__main__"):
        import_module(_module.name)  # a run within this process forgets what was first imported in it, we don't


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """Return what runs a file of tests, beside which is ``upload.txt``; a warning is an error.

    It runs within this process, which takes a tenth of the time; ``alone`` is in a process of its own, for what ends
    one, or forks.
    """
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in [name for name in os.environ if name.startswith("PYTEST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTEST_ADDOPTS", of_another_pytest()["PYTEST_ADDOPTS"])
    pytester.makeconftest(CONFTEST)
    upload(pytester.path)

    def run(tests: str, *options: str, alone: bool = False) -> pytest.RunResult:
        pytester.makepyfile(test_it=tests)
        run = pytester.runpytest_subprocess if alone else pytester.runpytest
        return run("-W", "error", "--strict-markers", *options)

    return run


def ids(result: pytest.RunResult) -> list[str]:
    """Return what was collected with ``--co -q``, in its order."""
    return [line.partition("::")[2] for line in result.outlines if line.startswith("test_it.py::")]
