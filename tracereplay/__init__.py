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
        Outcome,
        Plan,
        Playback,
        Trace,
        load,
        play,
        start,
    )
    from tracereplay.recorder import record

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "ConnectionOutcome",
    "Outcome",
    "Plan",
    "PlanError",
    "Playback",
    "SpecError",
    "SystemFault",
    "TargetError",
    "Trace",
    "TraceError",
    "TracereplayError",
    "UnknownBytesError",
    "load",
    "play",
    "record",
    "start",
]


def __getattr__(name: str) -> object:
    """Import the library when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415

    room = importlib.import_module("tracereplay.recorder" if name == "record" else "tracereplay.library")
    return getattr(room, name)
