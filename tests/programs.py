"""Programs that tests need: without them a test is skipped with the reason, or fails where all must be there.

All must be there, with TRACEREPLAY_REQUIRE_ALL in the environment, of what ``.ci/run`` installs; what the lint extra
installs, with TRACEREPLAY_REQUIRE_LINT, for CI runs the tests once without that extra.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import Literal, NoReturn

import pytest

Rule = Literal["TRACEREPLAY_REQUIRE_ALL", "TRACEREPLAY_REQUIRE_LINT"]

needs_curl = pytest.mark.usefixtures("curl")  # the fixture of tests/conftest.py


def need(program: str) -> str:
    """Return where ``program`` is on the PATH; skip the test, or fail, where it is not."""
    return shutil.which(program) or lack(f"{program} is not installed")


def need_ruff() -> str:
    """Return where the ruff of this environment is; skip the test, or fail, where it is not."""
    beside_us = str(Path(sys.executable).parent)
    return shutil.which("ruff", path=beside_us) or lack("ruff is not installed", rule="TRACEREPLAY_REQUIRE_LINT")


def lack(reason: str, *, rule: Rule = "TRACEREPLAY_REQUIRE_ALL") -> NoReturn:
    """Skip the test for this reason; fail where there must be none."""
    if os.environ.get(rule):
        pytest.fail(reason)
    pytest.skip(reason)


def of_another_pytest() -> dict[str, str]:
    """Return the environment for a pytest of its own: nothing that ours has put there, and without hypothesis.

    Its plugin takes two thirds of the time in which a pytest starts, and no suite that we write uses it.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return kept | {"PYTEST_ADDOPTS": "-p no:hypothesispytest"}
