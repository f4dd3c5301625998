"""Families of options: what Typer reads of a command that takes some, and what the command gets."""

from dataclasses import dataclass
from inspect import signature
from typing import Annotated

import pytest
import typer

from tracereplay.cli.family import Family, read_options, with_families
from tracereplay.errors import PlanError
from tracereplay.plan.way import Way


@dataclass(frozen=True, slots=True)
class Tls(Family):
    tls: Annotated[bool, typer.Option("--tls")] = False
    cacert: Annotated[str | None, typer.Option("--cacert")] = None


@dataclass(frozen=True, slots=True)
class Edits(Family):
    set_field: Annotated[list[str] | None, typer.Option()] = None


@with_families
def tell(trace: str, *, target: str = "here", tls: Tls, close: str | None = None, edits: Edits) -> None:
    """Say what is given."""
    print(trace, target, tls, close, edits)


def test_the_options_of_a_family_stand_where_the_command_takes_the_family() -> None:
    assert [*signature(tell).parameters] == ["trace", "target", "tls", "cacert", "close", "set_field"]


def test_an_option_may_have_the_name_by_which_the_command_calls_its_family(capsys: pytest.CaptureFixture[str]) -> None:
    app = typer.Typer(rich_markup_mode=None)
    app.command()(tell)
    app(["a.txt", "--tls", "--set-field", "a=1", "--set-field", "b=2"], standalone_mode=False)
    assert capsys.readouterr().out == ("a.txt here Tls(tls=True, cacert=None) None Edits(set_field=['a=1', 'b=2'])\n")


def test_the_text_of_the_help_is_that_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    app = typer.Typer(rich_markup_mode=None)
    app.command()(tell)
    app(["--help"], standalone_mode=False)
    assert "Say what is given." in capsys.readouterr().out


def test_families_and_what_a_command_has_beside_them_are_the_options_of_a_play() -> None:
    options = read_options(Tls(tls=True), Edits(["a=1"]), close=Way.HALF)
    assert (options.tls, options.cacert, options.set_field, options.close) == (True, None, ("a=1",), "half")


def test_a_value_that_cannot_be_one_is_refused_under_the_name_of_its_flag() -> None:
    with pytest.raises(PlanError, match="--speed and --limit-rate exclude each other"):
        read_options(Tls(), speed="2", limit_rate="3k")
