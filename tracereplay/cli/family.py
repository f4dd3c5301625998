"""Families of options: what several commands take is written once, as a class with a field for each option.

A command takes a family as one parameter, and Typer sees the options of it in that place.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import Enum
from functools import wraps
from inspect import Parameter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracereplay.options import Options


@dataclass(frozen=True, slots=True)
class Family:
    """The options of a family as they are given; each field is annotated as Typer reads it."""


def with_families(command: Callable[..., None]) -> Callable[..., None]:
    """Return the command as Typer reads and calls it: with the options of each family in place of the family."""
    families: dict[str, type[Family]] = {}
    seen: list[Parameter] = []
    for own in inspect.signature(command).parameters.values():
        if isinstance(own.annotation, type) and issubclass(own.annotation, Family):
            families[own.name] = own.annotation
            seen += _options(own.annotation)
        else:
            seen.append(own)

    @wraps(command, assigned=("__module__", "__name__", "__doc__"))
    def flat(**given: object) -> None:
        made = {name: _made(family, given) for name, family in families.items()}
        command(**given, **made)

    flat.__signature__ = inspect.Signature(seen)  # type: ignore[attr-defined]
    return flat


def read_options(*families: Family, **own: object) -> "Options":
    """Return the options of a play, those of the families and the others. Raises PlanError for what cannot be one."""
    from tracereplay.options import Options, flag_of  # noqa: PLC0415

    given = {field.name: getattr(one, field.name) for one in families for field in fields(one)} | own
    texts = {name: value.value if isinstance(value, Enum) else value for name, value in given.items()}
    return Options.of(texts, str, flag_of)


def _options(family: type[Family]) -> list[Parameter]:
    return [
        Parameter(one.name, Parameter.KEYWORD_ONLY, default=one.default, annotation=one.type) for one in fields(family)
    ]


def _made(family: type[Family], given: dict[str, object]) -> Family:
    """Return the family of what is given of it, which is taken out."""
    return family(**{field.name: given.pop(field.name) for field in fields(family)})
