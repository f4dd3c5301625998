"""The options that say what is secret in a trace, and how it is told what was found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.cli.door import note
from tracereplay.cli.family import Family
from tracereplay.cli.options import Keep
from tracereplay.errors import PlanError

if TYPE_CHECKING:
    from tracereplay.trace.body_secret import BodyNames
    from tracereplay.trace.secret import Names

SECRETS = "Secrets"
_SOURCES = ("env:", "file:")

Redact = Annotated[
    list[str] | None,
    typer.Option(
        "--redact",
        metavar="NAME",
        help="Also the value of this header, or of this key of a query, is secret: X-Session, or '*-id'. May be given"
        " several times.",
        rich_help_panel=SECRETS,
    ),
]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow",
        metavar="NAME",
        help="This one is not secret: Cookie.theme, query.key, Set-Cookie, user. May be given several times.",
        rich_help_panel=SECRETS,
    ),
]

RedactBody = Annotated[
    list[str] | None,
    typer.Option(
        "--redact-body",
        metavar="NAME",
        help="Also the value of this field of a body is secret, in a form or in JSON: password. env:VARIABLE and"
        " file:PATH hold a text that is secret wherever it stands. May be given several times.",
        rich_help_panel=SECRETS,
    ),
]
Redacted = Annotated[
    Keep | None,
    typer.Option("--redacted", help="Send what was redacted as it is: an x for each byte.", rich_help_panel=SECRETS),
]


@dataclass(frozen=True, slots=True)
class Secrets(Family):
    """What is sent where a secret was redacted."""

    secret: Annotated[
        list[str] | None,
        typer.Option(
            "--secret",
            metavar="NAME=SOURCE",
            help="What to send where a secret was redacted: Authorization=env:TOKEN, =file:PATH, or =redacted for the"
            " x's. Default: TRACEREPLAY_SECRET_AUTHORIZATION in the environment. May be given several times.",
            rich_help_panel=SECRETS,
        ),
    ] = None
    redacted: Redacted = None


def names_of(redact: list[str] | None, allow: list[str] | None) -> "Names":
    """Return what is secret."""
    from tracereplay.trace.secret import Names  # noqa: PLC0415

    if redact and not all(redact):
        raise PlanError("--redact takes the name of a header, or of a key in a query", hint="--redact X-Session")
    return Names(tuple(redact or ()), tuple(allow or ()))


def body_names_of(given: list[str] | None) -> "BodyNames | None":
    """Return what is secret in bodies, None when nothing is. Raises PlanError."""
    if not given:
        return None
    from tracereplay.trace.body_secret import BodyNames  # noqa: PLC0415

    fields = [_field(one) for one in given if not one.startswith(_SOURCES)]
    texts = [_text(one) for one in given if one.startswith(_SOURCES)]
    return BodyNames(tuple(fields), tuple(texts))


def _field(given: str) -> str:
    name, _, value = given.partition("=")
    if not name:
        raise PlanError("--redact-body takes the name of a field", hint="--redact-body password")
    if value.strip("…."):  # it may be the secret itself: it is not repeated
        raise PlanError(
            f"--redact-body takes the name of a field, {name}, and no value of it",
            hint="for a text, wherever it stands: --redact-body env:VARIABLE",
        )
    return name


def _text(source: str) -> bytes:
    from tracereplay.plan.secrets import read_source  # noqa: PLC0415

    kind, _, where = source.partition(":")
    if not where:
        raise PlanError(
            f"--redact-body {source} does not say which {'variable' if kind == 'env' else 'file'} holds the text",
            hint="--redact-body env:VARIABLE, or file:PATH",
        )
    text = read_source("--redact-body", source)
    if not text:
        raise PlanError(f"--redact-body {source}: there is no text in it", hint="one of a byte at least")
    return text


def tell_vain(redact: list[str] | None, redact_body: list[str] | None, found: Mapping[str, int]) -> None:
    """Say which of the names that were given are those of nothing that was found."""
    from tracereplay.trace.body_secret import name_of_field  # noqa: PLC0415
    from tracereplay.trace.secret import TEXT, Names  # noqa: PLC0415

    for name in redact or ():
        names = Names((), (name,))
        if not any(names.allows(one) or names.allows(one.rpartition(".")[2]) for one in found):
            note(f"--redact {name}: nothing of that name was found")
    for given in redact_body or ():
        name = TEXT if given.startswith(_SOURCES) else name_of_field(_field(given))
        if name not in found:
            what = "that text stands nowhere" if name == TEXT else "nothing of that name was found"
            note(f"--redact-body {given}: {what}")


def counted(found: Mapping[str, int]) -> str:
    """Return how many there were of each: ``Authorization (2), query.key (1)``."""
    return ", ".join(f"{name} ({count:,})" for name, count in sorted(found.items()))
