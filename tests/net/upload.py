"""An upload of 300,000 bytes, and what a server answers."""

import random

BODY = random.Random(1).randbytes(300_000)
HEAD = b"POST /f HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(BODY)
WHOLE = HEAD + BODY
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def hold_of(how: str) -> str | None:
    """Return how long a client stays that stays, so that tests are quick."""
    return "0.05s" if how in ("half", "stall") else None


def settle_of(how: str) -> str | None:
    """Return how long a reset waits for a reader: on a busy machine it may come late, and a server that writes to a
    connection that was reset learns of the reset before it has read."""
    return "10s" if how == "rst" else None
