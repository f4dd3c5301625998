"""The option of ``sweep`` that asks for a page while a play has stalled."""

import re
import time
from typing import TYPE_CHECKING, Annotated

import typer

from tracereplay.errors import PlanError
from tracereplay.units import SECOND_NS, duration_ns

if TYPE_CHECKING:
    from tracereplay.judge.setting import Setting
    from tracereplay.judge.starving import Asked, Starving
    from tracereplay.plan.plan import Plan

_PAGE = re.compile(r"/|https?://[^/]")

Starve = Annotated[
    str | None,
    typer.Option(
        metavar="PATH",
        help="After the sweep, pause in the middle of the body, and ask for this page as another client: it must be"
        " answered within --hang. A path at the target, or a URL.",
        rich_help_panel="The server",
    ),
]


def stall_of(setting: "Setting", page: str) -> "Plan":
    """Return the plan that pauses in the middle of the body. Raises PlanError for a page that is none."""
    from tracereplay.judge.cell import cells  # noqa: PLC0415
    from tracereplay.plan.way import Way  # noqa: PLC0415
    from tracereplay.trace.discreet import discreet  # noqa: PLC0415

    if not _PAGE.match(page):
        raise PlanError(f"--starve {discreet(page)!r} is no page", hint="--starve /health, or a URL")
    (cell,) = cells(setting.whole.main_connection, ["body:50%"], (Way.STALL,))
    return setting.plan_of(cell)


def starve(setting: "Setting", page: str, at: str) -> "Starving":
    """Ask for the page alone, and while a play has paused; ``at`` is where the server is.

    Raises PlanError for a page that is not answered alone, either, which tells nothing.
    """
    from tracereplay.judge.starving import Starving  # noqa: PLC0415
    from tracereplay.net.play import start  # noqa: PLC0415
    from tracereplay.trace.discreet import discreet  # noqa: PLC0415

    most_ns = duration_ns(setting.terms.hang)
    seconds = most_ns / SECOND_NS
    url = f"http://{at}{page}" if page.startswith("/") else page
    alone = _asked(url, seconds)
    if alone.status is None:
        raise PlanError(
            f"--starve {discreet(page)} is not answered alone, either: {alone.failure}",
            hint="--starve /health, or a URL",
        )
    patience = f"{2 * most_ns // 1_000_000 + 10_000}ms"  # so that it does not end first
    with start(stall_of(setting, page), setting.target, timeout=patience, network=setting.network) as stalled:
        is_held = stalled.wait_left(timeout=setting.terms.hang) and not stalled.is_over
        during = _asked(url, seconds) if is_held else None
        stalled.stop()
    return Starving(discreet(page), alone, during, seconds)


def _asked(url: str, most_seconds: float) -> "Asked":
    from http.client import HTTPException  # noqa: PLC0415

    from tracereplay.judge.starving import Asked  # noqa: PLC0415
    from tracereplay.testing.page import answer_to  # noqa: PLC0415
    from tracereplay.trace.discreet import discreet  # noqa: PLC0415

    began = time.monotonic()
    try:
        with answer_to(url, most_seconds) as answer:
            return Asked(time.monotonic() - began, answer.status)
    except (OSError, HTTPException, ValueError) as fault:
        why = str(getattr(fault, "reason", fault))  # of an error of urllib, which says where it is from
        return Asked(time.monotonic() - began, None, discreet(why) or type(fault).__name__)
