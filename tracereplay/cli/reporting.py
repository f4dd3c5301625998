"""Writes the reports of a sweep, and that of a staircase: each is there whole, or not at all."""

from typing import TYPE_CHECKING

from tracereplay.cli.output import refuse_inputs, refuse_same, refuse_unwritable, written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracereplay.judge.finding import Sweep
    from tracereplay.plan.connection import ConnectionPlan
    from tracereplay.plan.echo import Discretion


def refuse_reports(trace: str, inputs: "Iterable[str | None]", *reports: str | None) -> None:
    """Raise PlanError when a file cannot be written, or would take the place of what is read, or of another one."""
    names = [name for name in reports if name is not None]
    refuse_same(trace, *names)
    reads = [name for name in inputs if name is not None]
    for name in names:
        refuse_inputs(reads, name)
        refuse_unwritable(name)


def write_reports(
    sweep: "Sweep", connection: "ConnectionPlan", known: "Discretion", html: str | None, junit: str | None
) -> None:
    """Write those that are wanted, without the ``known`` secrets. Raises PlanError when a file cannot be written."""
    if html is not None:
        from tracereplay.show.report_html import sweep_as_html  # noqa: PLC0415

        write_lines(html, sweep_as_html(sweep, connection, known))
    if junit is not None:
        from tracereplay.show.junit import sweep_as_junit  # noqa: PLC0415

        write_lines(junit, sweep_as_junit(sweep))


def write_lines(name: str, lines: "Iterable[str]") -> None:
    """Write the lines of a report to the file of this name. Raises PlanError when it cannot be written."""
    with written(name) as stream:
        stream.writelines(f"{line}\n".encode() for line in lines)
