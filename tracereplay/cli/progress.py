"""A progress bar on a terminal, while a plan is played."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracereplay.library import Playback

_REFRESH_SECONDS = 0.1


def watch(playback: "Playback", total_bytes: int) -> None:
    """Return when the play is over; until then show, on stderr if that is a terminal, how far it is."""
    if not sys.stderr.isatty():
        playback.wait()
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("sending", total=total_bytes)
        while not playback.wait(_REFRESH_SECONDS):
            sent = playback.sent_bytes
            doing = "waiting for the server" if sent >= total_bytes else "sending"
            progress.update(task, completed=sent, description=doing)
