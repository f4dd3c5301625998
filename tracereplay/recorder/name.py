"""The name of a recording that the user gave none: after the method and the URL of its first request."""

import re
from pathlib import Path
from urllib.parse import unquote

from tracereplay.trace.connections import Connections
from tracereplay.trace.event import Direction, Event
from tracereplay.trace.file import TraceFile
from tracereplay.trace.reader import read_items
from tracereplay.trace.source import Source

LONGEST_NAME = 80

_SUFFIX = ".txt"


def default_name(method: str, host: str, target: str) -> str:
    """Return a file name for a request: ``post-127.0.0.1-8000-files.txt``.

    ``host`` is a Host header, with or without a port; ``target`` stands in the request line, its query
    is left out. Only a-z, 0-9, dots and dashes, never hidden, never longer than LONGEST_NAME.
    """
    path = "" if method == "CONNECT" else re.sub(r"^\w+://[^/?]*|\?.*", "", target, flags=re.DOTALL)
    words = re.findall(r"[a-z0-9]+(?:\.[a-z0-9]+)*", unquote(f"{method} {host} {path}").lower())
    stem = "-".join(words).removesuffix(_SUFFIX)
    return (stem[: LONGEST_NAME - len(_SUFFIX)].rstrip("-.") or "curl") + _SUFFIX


def recorded_name(trace: Path) -> str | None:
    """Return the default name of what the hex trace holds; None when nothing was sent or received.

    Without an HTTP request it is after the connection: ``curl-127.0.0.1-21.txt``. Reads no further than
    the first request that is for the server and not for a proxy on the way.
    """
    name = None
    with TraceFile.at(trace).open() as stream:
        for placed in Connections().sort(read_items(Source(stream), "hex")):
            if not isinstance(placed.item, Event) or placed.connection is None:
                continue
            connection = placed.connection
            authority = f"{connection.host or connection.address or ''} {connection.port or ''}"
            request = connection.requests.current
            if request is None:
                name = name or default_name("curl", authority, "")
                if placed.item.is_payload and placed.item.direction is Direction.SENT:
                    break
            else:
                name = default_name(request.method, request.host or authority, request.target)
                if request.head_end is not None and request.method != "CONNECT":
                    break
    return name
