"""Turns a curl trace into a regression test: replays it byte for byte, and leaves half-way.

    from tracereplay import load, play

    plan = load("upload.txt").plan().truncated("body:50%").leaving("rst")
    outcome = play(plan, target="127.0.0.1:8000")

Nothing heavy is imported before it is used.
"""

from typing import TYPE_CHECKING

from tracereplay.errors import (
    PlanError,
    ServerError,
    SpecError,
    SystemFault,
    TargetError,
    TraceError,
    TracereplayError,
    UnknownBytesError,
)

if TYPE_CHECKING:
    from tracereplay.judge.rerecord import rerecord
    from tracereplay.library import (
        Answer,
        ConnectionOutcome,
        Match,
        Network,
        Outcome,
        Plan,
        Playback,
        TlsOptions,
        Trace,
        Verdict,
        load,
        play,
        start,
    )
    from tracereplay.net.aplay import AsyncPlayback, aplay
    from tracereplay.net.many import Played, play_many
    from tracereplay.net.tape import Tape
    from tracereplay.recorder import record
    from tracereplay.testing import probes as probe
    from tracereplay.testing.lookup import traces
    from tracereplay.testing.server import Server, serve
    from tracereplay.testing.sweeps import Finding, Sweep, sweep
    from tracereplay.testing.waiting import await_until, wait_until

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "AsyncPlayback",
    "ConnectionOutcome",
    "Finding",
    "Match",
    "Network",
    "Outcome",
    "Plan",
    "PlanError",
    "Playback",
    "Played",
    "Server",
    "ServerError",
    "SpecError",
    "Sweep",
    "SystemFault",
    "Tape",
    "TargetError",
    "TlsOptions",
    "Trace",
    "TraceError",
    "TracereplayError",
    "UnknownBytesError",
    "Verdict",
    "aplay",
    "await_until",
    "load",
    "play",
    "play_many",
    "probe",
    "record",
    "rerecord",
    "serve",
    "start",
    "sweep",
    "traces",
    "wait_until",
]

_ROOMS = {
    "record": "tracereplay.recorder",
    "aplay": "tracereplay.net.aplay",
    "Played": "tracereplay.net.many",
    "play_many": "tracereplay.net.many",
    "AsyncPlayback": "tracereplay.net.aplay",
    "Tape": "tracereplay.net.tape",
    "rerecord": "tracereplay.judge.rerecord",
    "traces": "tracereplay.testing.lookup",
    "probe": "tracereplay.testing.probes",
    "serve": "tracereplay.testing.server",
    "Server": "tracereplay.testing.server",
    "Finding": "tracereplay.testing.sweeps",
    "Sweep": "tracereplay.testing.sweeps",
    "sweep": "tracereplay.testing.sweeps",
    "wait_until": "tracereplay.testing.waiting",
    "await_until": "tracereplay.testing.waiting",
}


def __getattr__(name: str) -> object:
    """Import the library when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415

    return getattr(importlib.import_module(_ROOMS.get(name, "tracereplay.library")), name)
