"""A probe as a person writes it on a command line: ``sql:sqlite:///app.db SELECT count(*) FROM uploads``."""

import threading
from collections.abc import Callable

from tracereplay.errors import PlanError
from tracereplay.testing import probes
from tracereplay.testing.probes import Probe
from tracereplay.trace.discreet import discreet

_HINT = (
    "write sql:sqlite:///app.db SELECT …, url:http://…, which is its status, text:http://…, files:uploads/*.part, cmd:…"
)


def probe_of(spec: str, stop: threading.Event | None = None) -> Probe[object]:
    """Return the probe that ``spec`` names, without its secrets; ``stop`` ends a command that it runs.

    Raises PlanError for one that is none.
    """
    kind, colon, rest = spec.partition(":")
    if not colon or not rest.strip():
        raise PlanError(f"{discreet(spec)!r} is no probe", hint=_HINT)
    return Probe(discreet(spec), _named(spec, kind.strip(), rest.strip(), stop))


def _named(spec: str, kind: str, rest: str, stop: threading.Event | None) -> Callable[[], object]:
    match kind:
        case "sql":
            database, _, query = rest.partition(" ")
            if not query.strip():
                raise PlanError(f"{discreet(spec)!r} has no query", hint=_HINT)
            return probes.sql(database, query.strip())
        case "url":
            return probes.url(rest)
        case "text":
            return probes.text(rest)
        case "files":
            return probes.files(rest)
        case "cmd":
            return probes.command(rest, stop=stop)
        case _:
            raise PlanError(f"{kind!r} is no kind of probe", hint=_HINT)
