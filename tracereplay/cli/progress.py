"""A progress bar on a terminal, while a plan is played."""

import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracereplay.library import Playback

_REFRESH_SECONDS = 0.1


def watch(playback: "Playback", total_bytes: int, interrupted: threading.Event, *, is_shown: bool) -> None:
    """Return when the play is over; until then show, if it is to be shown and stderr is a terminal, how far it is.

    Raises KeyboardInterrupt once ``interrupted`` is set.
    """
    if not is_shown or not sys.stderr.isatty():
        while not _is_over(playback, interrupted):
            pass
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("sending", total=total_bytes)
        while not _is_over(playback, interrupted):
            sent = playback.sent_bytes
            doing = "waiting for the server" if sent >= total_bytes else "sending"
            progress.update(task, completed=sent, description=doing)


def _is_over(playback: "Playback", interrupted: threading.Event) -> bool:
    is_over = playback.wait(_REFRESH_SECONDS)
    if interrupted.is_set():
        raise KeyboardInterrupt
    return is_over
