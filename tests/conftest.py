"""What all tests share: the promise to be repeatable, and curl."""

import os
import signal
from collections.abc import Generator

import pytest
from hypothesis import settings

from tests.programs import need

settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("ci")

for _name in ("CI", "BUILD_NUMBER", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "PY_COLORS"):
    os.environ.pop(_name, None)  # by these programs decide how much they print, and how
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes that we start would compile all anew

# What is ignored stays so in children: interrupts in the background of a script, hangups under nohup.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Return how many workers there are with ``-n auto``: for all cores, and two who wait for a server or a clock."""
    return (yield) + 2


@pytest.fixture(scope="session")
def curl() -> str:
    """Return where the user's curl is."""
    return need("curl")
