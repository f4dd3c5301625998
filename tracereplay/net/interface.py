"""From where a connection goes out: an address of this machine, or an interface by its name, as curl's --interface."""

import contextlib
import errno
import ipaddress
import os
import socket
import struct
import sys
from pathlib import Path

from tracereplay.errors import PlanError

if sys.platform == "linux":
    import fcntl

_SIOCGIFADDR = 0x8915  # Linux include/uapi/linux/sockios.h
_SO_BINDTODEVICE = 25  # Linux include/uapi/asm-generic/socket.h
_IF_INET6 = Path("/proc/net/if_inet6")


def check_interface(name: str) -> None:
    """Raise PlanError unless ``name`` is an address, or an interface of this machine."""
    if _is_address(name):
        return
    try:
        socket.if_nametoindex(name)
    except (OSError, ValueError):
        known = ", ".join(found for _, found in socket.if_nameindex())
        raise PlanError(f"{name!r} is neither an address nor an interface", hint=f"there are {known}") from None


def bind_to(sock: socket.socket, name: str) -> None:
    """Let ``sock`` connect from there. Raises OSError.

    The device itself where the system lets us, so that its routes hold too; else from its address, as curl does.
    """
    if _is_address(name):
        _refuse_other_family(name, sock)
        sock.bind((name, 0))
        return
    with contextlib.suppress(PermissionError, AttributeError):
        sock.setsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, name.encode() + b"\0")
        return
    address = _address_of(name, sock)
    if address is None:
        raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    sock.bind((address, 0))


def _address_of(name: str, sock: socket.socket) -> str | None:
    """Return an address of the interface, of the family of ``sock``."""
    if sys.platform != "linux":
        return None
    if sock.family == socket.AF_INET:
        with contextlib.suppress(OSError):
            found = fcntl.ioctl(sock.fileno(), _SIOCGIFADDR, struct.pack("16s24x", name.encode()))
            return socket.inet_ntoa(found[20:24])
        return None
    for line in _IF_INET6.read_text("ascii").splitlines() if _IF_INET6.exists() else ():
        digits, *_, device = line.split()
        if device == name:
            address = ipaddress.IPv6Address(bytes.fromhex(digits))
            return f"{address}%{name}" if address.is_link_local else str(address)
    return None


def _refuse_other_family(name: str, sock: socket.socket) -> None:
    version = ipaddress.ip_address(name).version
    other = 4 if sock.family == socket.AF_INET else 6
    if version != other:
        reason = f"that is an IPv{version} address, and the one to connect to is of IPv{other}"
        raise OSError(errno.EAFNOSUPPORT, reason)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
