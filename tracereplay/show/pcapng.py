"""A trace as a pcapng file: what viewers of packets open (draft-ietf-opsawg-pcapng).

curl traces no packets. So these are made around the bytes that it shows, and the comment of the file says so. Each
event is one packet, or several; a comment at a packet says what of it is not known.
"""

import ipaddress
import struct
from collections.abc import Iterator, Mapping
from itertools import cycle

from tracereplay import __version__
from tracereplay.show.origin import origin
from tracereplay.show.packets import PIECE_BYTES, Address, Endpoint, Stream
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Event
from tracereplay.trace.payload import Payload
from tracereplay.trace.trace import Trace
from tracereplay.units import format_bytes

_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_BYTE_ORDER = 0x1A2B3C4D
_RAW_IP = 101  # LINKTYPE_RAW
_COMMENT, _APPLICATION, _RESOLUTION, _NAME = 1, 4, 9, 2
_NANOSECONDS = bytes((9,))
_LONGEST_COMMENT_BYTES = 60_000
_MOST_RANGES = 5
_PORTS = range(49_152, 65_536)  # which nobody is given: RFC 6335
_PLAIN_PORT = 80
_UNKNOWN_PORT = 80
_V4 = ipaddress.ip_address("192.0.2.1"), ipaddress.ip_address("192.0.2.2")  # for documentation: RFC 5737, RFC 3849
_V6 = ipaddress.ip_address("2001:db8::1")


def pcapng(trace: Trace, name: str, masked: Mapping[str, int]) -> Iterator[bytes]:
    """Yield the blocks of a pcapng file with all connections of ``trace``, which is called ``name``, without secrets.

    ``masked`` has how many of them there are of each name. Raises TraceError when the file has changed, or one
    that it refers to.
    """
    trace.verify()
    conversations = {one.id: one for one in trace.conversations}
    options = _option(_COMMENT, "\n".join(_comment(trace, name, masked))) + _option(
        _APPLICATION, f"tracereplay {__version__}"
    )
    yield _block(_SECTION, struct.pack("<IHHq", _BYTE_ORDER, 1, 0, -1) + options + _END)
    interface = _option(_NAME, "curl trace") + _raw_option(_RESOLUTION, _NANOSECONDS)
    yield _block(_INTERFACE, struct.pack("<HHI", _RAW_IP, 0, 0) + interface + _END)
    streams: dict[int, Stream] = {}
    ports = _client_ports(trace)
    for placed in trace.story():
        event = placed.item
        if not isinstance(event, Event) or not event.is_payload or placed.connection is None:
            continue
        time_ns = event.time_ns or 0
        if placed.connection.id not in streams:
            stream = streams[placed.connection.id] = stream_of(conversations[placed.connection.id], next(ports))
            for packet in stream.handshake():
                yield _packet(time_ns, packet)
        stream = streams[placed.connection.id]
        for start in range(0, len(event.payload), PIECE_BYTES):
            piece = event.payload[start : start + PIECE_BYTES]
            is_last = start + PIECE_BYTES >= len(event.payload)
            notes = [*_unknown(piece), *(_torn(event) if is_last else ())]
            if placed.is_ambiguous:
                notes.append("nothing tells whether these bytes are of this connection")
            yield _packet(time_ns, stream.data(event.direction, piece.data), "; ".join(notes))
        if event.payload:
            yield _packet(time_ns, stream.acknowledgement(event.direction))


def stream_of(conversation: Conversation, client_port: int) -> Stream:
    """Return the stream of packets of a connection: where it was is as recorded, if that is known."""
    server = _address(conversation.address)
    client: Address = _V4[0]
    if server is None:
        server = _V4[1]
    elif server.is_loopback:
        client = server
    elif server.version == 6:
        client = _V6
    return Stream(Endpoint(client, client_port), Endpoint(server, _server_port(conversation)))


def _server_port(conversation: Conversation) -> int:
    return _PLAIN_PORT if conversation.tls else _port(conversation) or _UNKNOWN_PORT


def _port(conversation: Conversation) -> int | None:
    """Return the recorded port; None without one, and for a number that is none."""
    return conversation.port if conversation.port is not None and conversation.port < 1 << 16 else None


def _client_ports(trace: Trace) -> Iterator[int]:
    """Return a port for each connection, over and over: none that a server has, for both may be on one machine."""
    taken = set(map(_server_port, trace.conversations))
    return cycle([port for port in _PORTS if port not in taken])


def _comment(trace: Trace, called: str, masked: Mapping[str, int]) -> Iterator[str]:
    yield from origin(trace, called, masked)
    yield (
        "The bytes, their order, direction and time are from the trace. The packets are not: their headers, the"
        " handshakes, the acknowledgements and the ports of the client are made up. How a connection was closed is not"
        " shown."
    )
    for one in trace.conversations:
        name = f"Connection {one.id}"
        if one.tls:
            port = "a port that is not known" if _port(one) is None else f"port {one.port}"
            yield f"{name} was inside TLS to {port}; this is its plaintext, shown at port {_PLAIN_PORT}."
        elif _port(one) is None:
            yield f"{name} was to a port that is not known, and is shown at {_UNKNOWN_PORT}."
        if _address(one.address) is None:
            yield f"{name} was to an address that is not known, and is shown at {_V4[1]}."
        if one.protocol in ("h2", "h3"):
            yield (
                f"{name} spoke HTTP/{one.protocol[1]}: its heads are as curl shows them, in the way of HTTP/1, and not"
                " as they were sent."
            )
        unknown = one.sent.unknown.total + one.received.unknown.total
        if unknown:
            yield f"{name}: unknown, and shown as dots: {format_bytes(unknown)}; a comment at each packet says where."


def _unknown(payload: Payload) -> Iterator[str]:
    if payload.unknown:
        ranges = list(payload.unknown_ranges())
        told = ", ".join(
            f"{start}-{end - 1}" if end - start > 1 else f"{start}" for start, end in ranges[:_MOST_RANGES]
        )
        more = f" and {len(ranges) - _MOST_RANGES:,} more places" if len(ranges) > _MOST_RANGES else ""
        yield f"unknown, and shown as dots: {format_bytes(payload.unknown)} of its {len(payload):,}, at {told}{more}"


def _torn(event: Event) -> Iterator[str]:
    if event.is_torn:
        lost = event.declared_bytes - len(event.payload)
        yield f"the trace ends within this dump: {lost:,} more bytes were there, and are not known"


def _address(text: str | None) -> Address | None:
    try:
        return ipaddress.ip_address((text or "").partition("%")[0])
    except ValueError:
        return None


def _packet(time_ns: int, packet: bytes, comment: str = "") -> bytes:
    size = len(packet)
    head = struct.pack("<IIIII", 0, time_ns >> 32, time_ns & 0xFFFFFFFF, size, size)
    options = _option(_COMMENT, comment) + _END if comment else b""
    return _block(_PACKET, head + _padded(packet) + options)


def _block(kind: int, body: bytes) -> bytes:
    size = len(body) + 12
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def _option(code: int, text: str) -> bytes:
    data = text.encode("utf-8", "backslashreplace")
    return _raw_option(code, data[:_LONGEST_COMMENT_BYTES].decode("utf-8", "ignore").encode())


def _raw_option(code: int, data: bytes) -> bytes:
    return struct.pack("<HH", code, len(data)) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


_END = bytes(4)  # of the options of a block
