"""What a test lacks is told of by a skip with the reason, and where nothing may lack, by a failure."""

from pathlib import Path

import pytest

from tests.programs import need, need_ruff


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TRACEREPLAY_REQUIRE_ALL", raising=False)
    monkeypatch.delenv("TRACEREPLAY_REQUIRE_LINT", raising=False)


def test_a_program_that_is_there_is_found_by_its_path(tmp_path: Path) -> None:
    program = tmp_path / "xxd"
    program.touch(0o755)
    assert need("xxd") == str(program)


def test_a_program_that_is_not_there_skips_with_the_reason() -> None:
    with pytest.raises(pytest.skip.Exception, match=r"^xxd is not installed$"):
        need("xxd")


def test_a_program_that_must_be_there_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACEREPLAY_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match=r"^xxd is not installed$"):
        need("xxd")


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [("TRACEREPLAY_REQUIRE_ALL", pytest.skip.Exception), ("TRACEREPLAY_REQUIRE_LINT", pytest.fail.Exception)],
)
def test_what_the_lint_extra_brings_has_a_rule_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: str, verdict: type[BaseException]
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv(rule, "1")
    with pytest.raises(verdict, match=r"^ruff is not installed$"):
        need_ruff()
