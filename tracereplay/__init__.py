"""Turns a curl trace into a regression test: replays it byte for byte, and leaves half-way.

    from tracereplay import load, play

    plan = load("upload.txt").plan().truncated("body:50%").leaving("rst")
    outcome = play(plan, target="127.0.0.1:8000")

Nothing heavy is imported before it is used.
"""

from typing import TYPE_CHECKING

from tracereplay.errors import (
    PlanError,
    SpecError,
    SystemFault,
    TargetError,
    TraceError,
    TracereplayError,
    UnknownBytesError,
)

if TYPE_CHECKING:
    from tracereplay.library import (
        Answer,
        ConnectionOutcome,
        Network,
        Outcome,
        Plan,
        Playback,
        TlsOptions,
        Trace,
        load,
        play,
        start,
    )
    from tracereplay.net.aplay import AsyncPlayback, aplay
    from tracereplay.recorder import record

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "AsyncPlayback",
    "ConnectionOutcome",
    "Network",
    "Outcome",
    "Plan",
    "PlanError",
    "Playback",
    "SpecError",
    "SystemFault",
    "TargetError",
    "TlsOptions",
    "Trace",
    "TraceError",
    "TracereplayError",
    "UnknownBytesError",
    "aplay",
    "load",
    "play",
    "record",
    "start",
]

_ROOMS = {
    "record": "tracereplay.recorder",
    "aplay": "tracereplay.net.aplay",
    "AsyncPlayback": "tracereplay.net.aplay",
}


def __getattr__(name: str) -> object:
    """Import the library when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415

    return getattr(importlib.import_module(_ROOMS.get(name, "tracereplay.library")), name)
