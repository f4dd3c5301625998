"""Where a SOCKS proxy was asked to connect to, as curl's information tells it; what was said to it is never traced."""

import re
from dataclasses import dataclass

from tracereplay.trace.event import Info

_ASKED = re.compile(  # 7.4x-8.15.0; "communication": to 7.82.0
    rb"SOCKS(?P<version>[45])a? (?:communication to|connect to)(?: IPv[46])? (?P<host>\S+):(?P<port>\d{1,5})(?: |$)"
)
_OPENED = re.compile(  # 8.16.0 on
    rb"Opened SOCKS connection from \S+ port \d{1,5} to (?P<host>\S+) port (?P<port>\d{1,5}) \(via "
)
_LONGEST_BYTES = 4096  # curl cuts a line at 2,048


@dataclass(frozen=True, slots=True)
class SocksDestination:
    """What a SOCKS proxy was asked for. ``version`` is 4 or 5, None where curl does not say it."""

    host: str
    port: int
    version: int | None = None


def socks_destination(info: Info) -> SocksDestination | None:
    """Return what a SOCKS proxy was asked for, if ``info`` tells it."""
    found = _ASKED.match(info.text, 0, _LONGEST_BYTES) or _OPENED.match(info.text, 0, _LONGEST_BYTES)
    if found is None:
        return None
    said = found.groupdict()
    version = int(said["version"]) if "version" in said else None
    return SocksDestination(said["host"].decode("latin-1").strip("[]"), int(said["port"]), version)
