"""Outcomes made by hand."""

from tracereplay.engine.outcome import Answer, ConnectionOutcome, Outcome
from tracereplay.plan.plan import Cut
from tracereplay.plan.way import Way

WHOLE = ConnectionOutcome(
    id=0,
    target="127.0.0.1:8000",
    planned=1_048_759,
    cut=None,
    way=Way.FIN,
    left=True,
    handed=1_048_759,
    acknowledged=1_048_759,
    received=140,
    interim=(100,),
    answers=(Answer(201, "Created", (("Content-Length", "3"), ("Date", "now")), 3, b"ok\n", complete=True),),
    peer="none",
    ended="complete",
    seconds=1.25,
    reaction_seconds=0.0021,
)
HALF_WAY = Cut("body:50%", 524_459)


def outcome(*connections: ConnectionOutcome, main: int = 0) -> Outcome:
    return Outcome("upload.txt", connections, main)
