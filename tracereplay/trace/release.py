"""Which curl wrote a trace, as far as a request says so: the trace itself has no version in it."""

import re
from collections.abc import Iterable

from tracereplay.trace.request import Request

Release = tuple[int, int, int]

_AGENT = re.compile(r"curl/(\d{1,3})\.(\d{1,3})\.(\d{1,3})\b", re.ASCII)  # "-DEV" and the like may follow


def release_of(requests: Iterable[Request]) -> Release | None:
    """Return the release of curl that its User-Agent names, None where the user gave another one."""
    for request in requests:
        if found := _AGENT.match(request.header("User-Agent") or ""):
            major, minor, patch = found.groups()
            return int(major), int(minor), int(patch)
    return None
