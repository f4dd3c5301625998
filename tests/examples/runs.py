"""A run of pytest in the folder of an example."""

import re
import subprocess
import sys
from pathlib import Path

from tests.memory import folder_in_memory
from tests.programs import of_another_pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
PATIENCE_SECONDS = 90


class Run:
    """What a run of pytest said: its exit code, and how each test ended."""

    def __init__(self, ran: subprocess.CompletedProcess[str]) -> None:
        self.exit_code = ran.returncode
        self.text = ran.stdout + ran.stderr

    def __repr__(self) -> str:
        return self.text

    def ids(self, outcome: str) -> list[str]:
        """Return the tests that are ``PASSED``, ``FAILED`` or ``ERROR``, without their file."""
        return re.findall(rf"^{outcome} \S+?::(\S+)", self.text, re.MULTILINE)

    @property
    def skipped(self) -> list[str]:
        """The reasons for which tests were skipped."""
        return re.findall(r"^SKIPPED \[\d+\] [^:]+:\d+: (.*)$", self.text, re.MULTILINE)


def run(example: str, *options: str, **environment: str) -> Run:
    """Run the tests of an example; the environment is this one, but for what pytest has put there."""
    inherited = of_another_pytest()
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", "-q", "-rA", *options]
    with folder_in_memory() as memory:
        ran = subprocess.run(
            [*command, "--basetemp", memory / "pytest"],
            cwd=EXAMPLES / example,
            env={**inherited, "PYTHONDONTWRITEBYTECODE": "1", **environment},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    return Run(ran)
