"""What all tests share: the promise to be repeatable, and curl."""

import os
import signal

import pytest
from hypothesis import settings

from tests.programs import need

settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("ci")

for _name in ("CI", "BUILD_NUMBER", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "PY_COLORS"):
    os.environ.pop(_name, None)  # by these programs decide how much they print, and how

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in the background of a script; children inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def curl() -> str:
    """Return where the user's curl is."""
    return need("curl")
