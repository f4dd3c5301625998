"""Writes the reports of a sweep, and that of a staircase: each is there whole, or not at all."""

from typing import TYPE_CHECKING

from tracereplay.cli.output import refuse_same, written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracereplay.judge.finding import Sweep
    from tracereplay.plan.connection import ConnectionPlan


def refuse_reports(trace: str, html: str | None, junit: str | None) -> None:
    """Raise PlanError when a report would take the place of the trace, or of the other one."""
    refuse_same(trace, *(name for name in (html, junit) if name is not None))


def write_reports(sweep: "Sweep", connection: "ConnectionPlan", html: str | None, junit: str | None) -> None:
    """Write those that are wanted. Raises PlanError when a file cannot be written."""
    if html is not None:
        from tracereplay.show.report_html import sweep_as_html  # noqa: PLC0415

        write_lines(html, sweep_as_html(sweep, connection))
    if junit is not None:
        from tracereplay.show.junit import sweep_as_junit  # noqa: PLC0415

        write_lines(junit, sweep_as_junit(sweep))


def write_lines(name: str, lines: "Iterable[str]") -> None:
    """Write the lines of a report to the file of this name. Raises PlanError when it cannot be written."""
    with written(name) as stream:
        stream.writelines(f"{line}\n".encode() for line in lines)
