"""By what a sweep knows that it would send the same bytes again."""

import hashlib
from dataclasses import replace

from tracereplay.plan.connection import ConnectionPlan
from tracereplay.trace.event import Direction, Kind
from tracereplay.trace.secret import without_secrets

_DIGITS = 16


def sends_of(connection: ConnectionPlan) -> str:
    """Return a digest of all that is sent with the edits, and without a cut: 16 hexadecimal digits of a SHA-256.

    It may be shown, and a guess be tried against it: so the secrets of a head are not in it, and for live values what
    was recorded in their place is. It reads the trace, and a body that is made, once.
    """
    digest, line = hashlib.sha256(), b""
    recorded = replace(connection, edits=tuple(one for one in connection.edits if one != connection.live))
    for event in recorded.events():
        if event.direction is not Direction.SENT:
            continue
        data = event.payload.data
        if event.kind is Kind.HEADER:
            *lines, line = (line + data).split(b"\n")
            for one in lines:
                digest.update(without_secrets(one + b"\n"))
        else:
            digest.update(without_secrets(line) + data)
            line = b""
    digest.update(without_secrets(line))
    return digest.hexdigest()[:_DIGITS]
