"""What is told of a failure has no secret in it that an option was given."""

from pathlib import Path

import pytest

from tests.testing.suite import Suite

TEST = """
import os
import pytest

NONCE = os.environ["GIVEN"]


@pytest.mark.tracereplay("upload.txt", truncate="body:50%", set_header="Authorization: Bearer " + NONCE)
def test_it(replay, server):
    replay(server)
    server.output += repr({"Authorization": "Bearer " + NONCE}) + "\\n"
    assert False
"""


def test_a_secret_in_an_option_is_in_no_section_and_no_report(
    suite: Suite, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIVEN", "QWZY-nonce")
    result = suite(TEST, "--junitxml=report.xml")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "the server said meanwhile:",
            "    {'Authorization': 'Bearer xxxxxxxxxx'}",
            "    tracereplay play upload.txt *--set-header 'Authorization: Bearer [*][*][*][*][*][*][*][*][*][*]'",
        ]
    )
    assert "QWZY" not in result.stdout.str() + result.stderr.str()
    assert "QWZY" not in Path(pytester.path / "report.xml").read_text("utf-8")
