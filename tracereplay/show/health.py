"""What a sweep did to a server's files, threads and memory, as text for people and as JSON."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tracereplay.show.paint import Paint

if TYPE_CHECKING:
    from tracereplay.judge.health import Health, Reading

_DIGITS = 2


def leak_lines(health: "Health", paint: Paint) -> Iterator[str]:
    """Yield the lines of each leak: what it is, and why."""
    for one in health.leaks:
        yield f"{paint('leak', 'bold')}: {one.what}"
        yield f"  {one.why}"
        yield ""


def health_lines(health: "Health") -> Iterator[str]:
    """Yield a table of what there was before and after."""
    rows = [(f"process {health.pid}", "before", "after" if health.after else "it has ended"), *health.rows()]
    name, old, new = (max(map(len, column)) for column in zip(*rows, strict=True))
    for what, before, after in rows:
        yield f"{what:<{name}}  {before:>{old}}  {after:>{new}}".rstrip()


def health_as_json(health: "Health") -> dict[str, object]:
    """Return what stands as ``health`` in the JSON of a sweep."""
    return {
        "pid": health.pid,
        "plays": health.plays,
        "before": _reading(health.before),
        "after": None if health.after is None else _reading(health.after),
        "findings": [
            {"rule": "leak", "what": one.what, "before": one.before, "after": one.after, "why": one.why}
            for one in health.leaks
        ],
    }


def _reading(reading: "Reading") -> dict[str, object]:
    return {
        "open_files": sum(reading.files.values()),
        "threads": sum(reading.threads.values()),
        "memory_bytes": reading.memory,
        "cpu_seconds": round(reading.cpu, _DIGITS),
        "deleted_files": reading.deleted,
        "temporary_files": reading.temporary,
        "processes": len(reading.files),
        "workers_ended": reading.ended,
    }
