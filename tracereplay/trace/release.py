"""Which curl wrote a trace, as far as a request says so: the trace itself has no version in it."""

import re

Release = tuple[int, int, int]

_AGENT = re.compile(r"curl/(\d{1,3})\.(\d{1,3})\.(\d{1,3})\b", re.ASCII)  # "-DEV" and the like may follow


def release_named(agent: str) -> Release | None:
    """Return the release of curl that a User-Agent names, None where it names something else."""
    found = _AGENT.match(agent)
    if found is None:
        return None
    major, minor, patch = found.groups()
    return int(major), int(minor), int(patch)
