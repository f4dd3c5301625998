"""Servers that a command line starts."""

import pytest

from tracereplay.cli.serving import served
from tracereplay.errors import NotReadyError, ServerError


@pytest.mark.parametrize("placeholder", ["{fd}", "{port}"])
def test_the_hint_of_one_that_does_not_get_ready_names_no_argument_of_python(placeholder: str) -> None:
    command = f"sh -c 'exec sleep 60 # {placeholder}'"
    with (
        pytest.raises(NotReadyError, match="sh was not ready within 200ms") as raised,
        served(command, timeout="200ms"),
    ):
        pytest.fail("it was ready")
    assert raised.value.hint is not None
    assert "--target HOST:PORT" in raised.value.hint
    assert "=" not in raised.value.hint


def test_one_that_ends_before_keeps_its_own_hint() -> None:
    with pytest.raises(ServerError) as raised, served("sh -c 'exit 0 # {port}'"):
        pytest.fail("it was ready")
    assert raised.value.hint == "it must stay in the foreground, not run as a daemon"
