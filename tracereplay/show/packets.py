"""TCP over IP as it would have been on the wire: headers that are made up, and consistent, around given bytes.

Nothing here is known from a trace but the payload and its direction: numbers begin at 0, every piece is acknowledged,
and checksums are right.
"""

import ipaddress
import struct
from dataclasses import dataclass, field

from tracereplay.trace.event import Direction

PIECE_BYTES = 32_768  # of payload in a packet; an IP packet has 64 KiB at most

_SYN, _ACK, _PUSH_ACK, _SYN_ACK = 0x02, 0x10, 0x18, 0x12
_TCP, _HOPS = 6, 64
_WINDOW_BYTES = 65_535
_OPTIONS = bytes((2, 4, 0xFF, 0xD7, 1, 3, 3, 14))  # segments of 65,495 bytes, as on the loopback; windows x 16,384

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One end of a connection."""

    address: Address
    port: int


@dataclass(slots=True)
class Stream:
    """The packets of one connection between ``client`` and ``server``, one after the other."""

    client: Endpoint
    server: Endpoint
    _next: dict[Direction, int] = field(default_factory=lambda: dict.fromkeys(Direction, 0))
    _count: int = 0

    def handshake(self) -> list[bytes]:
        """Return the three packets that open it."""
        first = self._packet(Direction.SENT, _SYN, options=_OPTIONS)
        self._next[Direction.SENT] = 1
        second = self._packet(Direction.RECEIVED, _SYN_ACK, options=_OPTIONS)
        self._next[Direction.RECEIVED] = 1
        return [first, second, self._packet(Direction.SENT, _ACK)]

    def data(self, direction: Direction, payload: bytes) -> bytes:
        """Return the packet with these bytes, PIECE_BYTES at most."""
        packet = self._packet(direction, _PUSH_ACK, payload)
        self._next[direction] = (self._next[direction] + len(payload)) & 0xFFFFFFFF
        return packet

    def acknowledgement(self, direction: Direction) -> bytes:
        """Return the packet by which the other end of ``direction`` says that it has all that was sent there."""
        return self._packet(_other(direction), _ACK)

    def _packet(self, direction: Direction, flags: int, payload: bytes = b"", options: bytes = b"") -> bytes:
        is_sent = direction is Direction.SENT
        source, target = (self.client, self.server) if is_sent else (self.server, self.client)
        acknowledged = self._next[_other(direction)] if flags & _ACK else 0
        head = struct.pack(
            "!HHIIBBHHH",
            source.port,
            target.port,
            self._next[direction],
            acknowledged,
            (20 + len(options)) // 4 << 4,
            flags,
            _WINDOW_BYTES,
            0,
            0,
        )
        length = len(head) + len(options) + len(payload)
        addresses = source.address.packed + target.address.packed
        pseudo = addresses + struct.pack("!IHH", length, 0, _TCP)
        checksum = checksum_of(pseudo + head + options + payload)
        tcp = head[:16] + checksum.to_bytes(2, "big") + head[18:] + options + payload
        self._count = (self._count + 1) & 0xFFFF
        return _ip(source.address, addresses, self._count, len(tcp)) + tcp


def checksum_of(data: bytes) -> int:
    """Return the Internet checksum of ``data`` (RFC 1071): the sum of its 16-bit words modulo 65,535, inverted."""
    padded = data + b"\0" * (len(data) % 2)
    return 0xFFFF - (int.from_bytes(padded, "big") % 0xFFFF or 0xFFFF)


def _ip(source: Address, addresses: bytes, number: int, length: int) -> bytes:
    if source.version == 6:
        return struct.pack("!IHBB", 6 << 28, length, _TCP, _HOPS) + addresses
    dont_fragment = 0x4000
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, number, dont_fragment, _HOPS, _TCP, 0) + addresses
    return head[:10] + checksum_of(head).to_bytes(2, "big") + head[12:]


def _other(direction: Direction) -> Direction:
    return Direction.RECEIVED if direction is Direction.SENT else Direction.SENT
