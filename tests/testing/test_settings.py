"""What the ini file and the command line say of us, and what is said of that when it can't be."""

import pytest

from tests.cli.samples import SENT
from tests.testing.suite import Suite

ALL = """
import pytest

@pytest.mark.tracereplay("upload.txt", truncate="all")
def test_it(replay): ...
"""

WRONG = {
    "neither true nor false": ("tracereplay_record = maybe", "tracereplay_record: *"),
    "an open quote": ('tracereplay_truncate = "50%', "tracereplay_truncate: *No closing quotation*"),
    "an open quote in a folder": ('tracereplay_dir = "traces', "tracereplay_dir: *No closing quotation*"),
    "no number": ("tracereplay_max_cuts = many", "*tracereplay_max_cuts*many*"),
    "no place at all": ("tracereplay_max_cuts = 0", "tracereplay_max_cuts: 0 is no number of places"),
}


@pytest.mark.parametrize(("line", "told"), WRONG.values(), ids=WRONG)
def test_a_value_that_cannot_be_names_its_key(suite: Suite, pytester: pytest.Pytester, line: str, told: str) -> None:
    pytester.makeini(f"[pytest]\n{line}\n")
    result = suite(ALL)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {told}"])
    assert "Traceback" not in result.stderr.str()


MARKED = "import pytest\n\n@pytest.mark.tracereplay('upload.txt')\ndef test_it(replay): ...\n"
SAID = {
    "a way in the ini file": (["-o", "tracereplay_close=boo"], "tracereplay_close in the ini file: 'boo' is no way*"),
    "a place in the ini file": (["-o", "tracereplay_truncate=999%"], "tracereplay_truncate in the ini file: '999%' *"),
    "a way in an option": (["--tracereplay-close=boo"], "--tracereplay-close: 'boo' is no way of leaving*"),
    "a place in an option": (["--tracereplay-truncate=9%%"], "--tracereplay-truncate: '9%%' is not a place*"),
}


@pytest.mark.parametrize(("options", "told"), SAID.values(), ids=SAID)
def test_what_a_mark_did_not_say_is_not_laid_to_it(suite: Suite, options: list[str], told: str) -> None:
    result = suite(MARKED, *options)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([f"test_it.py:3: @pytest.mark.tracereplay: {told}"])


@pytest.mark.parametrize("number", ["0", "-1", "x", ""])
def test_a_number_of_cuts_on_the_command_line_is_one(suite: Suite, number: str) -> None:
    result = suite(ALL, f"--tracereplay-max-cuts={number}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: tracereplay_max_cuts: '{number}' is no number of places"])


@pytest.mark.skipif(pytest.version_tuple < (9, 0), reason="pytest reads no TOML of its own")
@pytest.mark.parametrize(("number", "code"), [(100, pytest.ExitCode.INTERRUPTED), (1000, pytest.ExitCode.OK)])
def test_toml_has_numbers(suite: Suite, pytester: pytest.Pytester, number: int, code: pytest.ExitCode) -> None:
    pytester.makefile(".toml", pytest=f"[pytest]\ntracereplay_max_cuts = {number}\n")
    result = suite(ALL)
    assert result.ret == code
    assert (f"{len(SENT) + 1} places, and at most 100 are wanted" in result.stdout.str()) is (number == 100)
