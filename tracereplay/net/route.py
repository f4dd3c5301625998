"""The way of each connection of a plan: to where, through what, and what is said before the recorded bytes.

The law: nothing reaches a host that is not this machine unless the user has named it. A proxy that is named leads
nowhere else but where the connection would go without it.
"""

import socket
from dataclasses import dataclass, replace

from tracereplay.errors import PlanError
from tracereplay.net import vanishing
from tracereplay.net.network import Detour, Network
from tracereplay.net.proxy import Proxy, read_proxy
from tracereplay.net.target import Target, UnixTarget, behind_proxies, recorded_target
from tracereplay.net.tls import Tls
from tracereplay.plan.plan import ConnectionPlan
from tracereplay.plan.way import Way

_NEEDS_TCP = {"rst": "a Unix socket has no reset", "vanish": "nobody can vanish from a Unix socket"}
_SOCKS5 = 5


@dataclass(frozen=True, slots=True)
class Route:
    """To ``target``, through ``proxies`` in turn, from ``interface``; ``preface`` goes first, then ``tls``."""

    target: Target | UnixTarget
    proxies: tuple[Proxy, ...] = ()
    interface: str | None = None
    preface: bytes = b""
    tls: Tls | None = None

    def hops(self, target: Target) -> list[Target]:
        """Return where it leads one after the other: the proxies, and then ``target``."""
        return [*(Target(proxy.host, proxy.port) for proxy in self.proxies), target]


def routes_of(
    connections: tuple[ConnectionPlan, ...], named: Target | UnixTarget | None, network: Network
) -> dict[int, Route]:
    """Return the way of each connection by its number; ``named`` is the target that the user names.

    Raises PlanError where there is none, or none that it could be left in the way that is planned.
    """
    if network.unix_socket is not None:
        if named is not None:
            raise PlanError("--target and --unix-socket both say where to play", hint="name one of them")
        named = UnixTarget(network.unix_socket)
    preface = network.preface_bytes()
    routes = {one.id: _route(one, named, network, preface) for one in connections}
    for one in connections:
        check_way(routes[one.id].target, one.way)
    return routes


def check_way(target: Target | UnixTarget, way: Way) -> None:
    """Raise PlanError when nobody can leave ``target`` in this way, SystemFault when this system does not let us."""
    if isinstance(target, Target):
        if way is Way.VANISH:
            vanishing.means_for(socket.AF_INET6 if ":" in target.host else socket.AF_INET)
    elif way.value in _NEEDS_TCP:
        raise PlanError(
            f"{_NEEDS_TCP[way.value]}: --close {way.value} cannot be played to {target}",
            hint="leave it by fin, half or stall; or let the server listen on a port of 127.0.0.1, for this test",
        )


def _route(one: ConnectionPlan, named: Target | UnixTarget | None, network: Network, preface: bytes) -> Route:
    proxies: tuple[Proxy, ...] = () if network.proxy is None else (read_proxy(network.proxy),)
    target = named or _recorded_detour(one, network)
    is_recorded = target is None
    target = target or recorded_target(one)
    if isinstance(target, UnixTarget):
        if proxies or network.interface:
            raise PlanError(
                f"{target} is on this machine, and not in the network: no --proxy or --interface leads there"
            )
    elif named is not None:
        target = _led_round(target, {target.host}, network)
    elif is_recorded and not proxies:
        proxies = _recorded_proxies(one)
    return Route(target, proxies, network.interface, preface)


def _led_round(target: Target, hosts: set[str], network: Network) -> Target:
    """Return where ``target``, which has these names, is led by --connect-to."""
    detour = _first(network, hosts, target.port)
    if detour is None:
        return target
    port = target.port if detour.port is None else detour.port
    return replace(target, host=detour.host or target.host, port=port)


def _recorded_detour(one: ConnectionPlan, network: Network) -> Target | UnixTarget | None:
    """Return where --connect-to leads what was recorded, None when it does not speak of it.

    A host that it names may be any; one that it leaves as it was is the recorded one, and must be this machine.
    """
    conversation, server = one.conversation, behind_proxies(one)
    hosts = {server.host} if server else {host for host in (conversation.host, conversation.address) if host}
    port = server.port if server else conversation.port
    detour = _first(network, hosts, port)
    if detour is None:
        return None
    if detour.host is None:
        target = recorded_target(one)
        return target if isinstance(target, UnixTarget) else _led_round(target, hosts, network)
    if (port := port if detour.port is None else detour.port) is None:
        raise PlanError(f"--connect-to {detour.host} needs a port: the trace does not tell any")
    return Target(detour.host, port)


def _first(network: Network, hosts: set[str], port: int | None) -> Detour | None:
    return next((one for one in network.detours() if one.fits(hosts, port)), None)


def _recorded_proxies(one: ConnectionPlan) -> tuple[Proxy, ...]:
    """Return the proxies that were recorded, which are to be asked anew; all of it is on this machine."""
    conversation, server = one.conversation, behind_proxies(one)
    host, port, socks = conversation.address or conversation.host, conversation.port, conversation.socks
    if server is None or host is None or port is None:
        return ()
    hop = Target(host.strip("[]"), port)
    proxies = []
    if socks is not None:
        if socks.version not in (None, _SOCKS5):
            raise PlanError(
                f"connection {one.id} was recorded through a SOCKS{socks.version} proxy, and we speak SOCKS5",
                hint=f"play it without: --target {server}",
            )
        proxies.append(Proxy("socks5h", hop.host, hop.port))
        hop = Target(socks.host, socks.port)
    if one.tunnel is not None:
        proxies.append(Proxy("http", hop.host, hop.port, head=one.tunnel.head))
    return tuple(proxies)
