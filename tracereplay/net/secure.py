"""Which connections are played over TLS, and with whom: as recorded, unless the user says otherwise."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from tracereplay.errors import PlanError
from tracereplay.net.route import Route
from tracereplay.net.target import Target, UnixTarget, behind_proxies
from tracereplay.net.tls import Tls, TlsOptions
from tracereplay.plan.connection import ConnectionPlan


def secured(connections: Iterable[ConnectionPlan], routes: dict[int, Route], options: TlsOptions) -> dict[int, Route]:
    """Return the routes, with TLS where it is wanted. Raises PlanError where it can't be, or is needed for the cut."""
    context = cache(options.context)
    secure = {}
    for one in connections:
        route = routes[one.id]
        wire_bytes = None if one.cut is None else one.cut.wire_bytes
        if not _is_wanted(one, route.target, options):
            if wire_bytes is not None:
                raise PlanError(
                    f"wire:{wire_bytes} counts ciphertext, and connection {one.id} is played without TLS",
                    hint="play it over TLS: --tls",
                )
            secure[one.id] = route
            continue
        tls = Tls(context(speaks_http=one.speaks_http), _name(one, route.target), options.end, wire_bytes)
        secure[one.id] = replace(route, tls=tls)
    return secure


def _is_wanted(one: ConnectionPlan, target: Target | UnixTarget, options: TlsOptions) -> bool:
    if target.is_plain and options.forced:
        raise PlanError(f"--tls and a target without TLS exclude each other: {target}")
    is_wanted = bool(target.tls_name or options.forced) or (one.conversation.tls and not target.is_plain)
    if is_wanted and any(request.is_tunnel for request in one.conversation.requests):
        raise PlanError(
            f"connection {one.id} asks a proxy for a tunnel, and proxies are not spoken to over TLS",
            hint="record it without the proxy, and play it with --proxy",
        )
    return is_wanted


def _name(one: ConnectionPlan, target: Target | UnixTarget) -> str:
    """Return whom we speak with: whom an https target names, else the host that was recorded."""
    server = behind_proxies(one)
    recorded = server.host if server else one.conversation.host
    reached = target.host if isinstance(target, Target) else "localhost"
    return (target.tls_name or recorded or reached).strip("[]")
