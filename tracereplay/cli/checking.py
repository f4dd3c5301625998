"""``play --check``: the answers against the recorded ones, and an exit code that tells."""

from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.errors import PlanError

if TYPE_CHECKING:
    from tracereplay.library import Plan

FAILED = 1
_PANEL = "Check"

Check = Annotated[
    bool,
    typer.Option(
        "--check",
        help="Compare the answers with the recorded ones; exit code 1 when they differ. Date, Server and the like"
        " differ each time, and do not count.",
        rich_help_panel=_PANEL,
    ),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="What --check shall not compare: a header, reason, interim, body, or a path in a JSON body, such as"
        " body.files[*].id. May be given several times.",
        rich_help_panel=_PANEL,
    ),
]


def refuse_vain_check(plans: "list[Plan]", *, repeat: int | None, is_wanted: bool, ignore: list[str] | None) -> None:
    """Raise PlanError when there is nothing to compare, before anything is played."""
    if not is_wanted:
        if ignore:
            raise PlanError("--ignore says what --check shall not compare", hint=f"--check --ignore {ignore[0]}")
        return
    from tracereplay.judge.recording import refuse_incomparable  # noqa: PLC0415

    for plan in plans:
        refuse_incomparable(plan)
    if repeat is not None:
        raise PlanError("--check compares one play with the recording", hint="leave out --repeat")
