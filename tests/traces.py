"""Traces for tests, made of literals: what curl would have written for these bytes."""

from collections.abc import Iterable
from pathlib import Path

from tracereplay.library import Trace, load
from tracereplay.trace import dump_ascii, dump_hex
from tracereplay.trace.payload import Payload

CONNECTED = "== Info: Connected to 127.0.0.1 (127.0.0.1) port {port} (#0)\n"


def trace_text(events: Iterable[tuple[str, bytes] | str], *, form: str = "hex") -> bytes:
    """Return the text of a trace: events such as ``("=> Send header", b"...")``, and other lines as they are.

    A kind may begin with a time and ids: ``"12:00:00.000000 [0-0] <= Recv data"``.
    """
    write = dump_hex.write if form == "hex" else dump_ascii.write
    parts = []
    for event in events:
        if isinstance(event, str):
            parts.append(event.encode())
        else:
            kind, data = event
            parts.append(f"{kind}, {len(data)} bytes (0x{len(data):x})\n".encode() + write(Payload(data)))
    return b"".join(parts)


def make_trace(
    folder: Path, events: Iterable[tuple[str, bytes] | str], *, form: str = "hex", port: int = 80, strict: bool = False
) -> Trace:
    """Write a trace in ``folder`` and load it; it was recorded with 127.0.0.1 at ``port``."""
    path = folder / "trace.txt"
    path.write_bytes(CONNECTED.format(port=port).encode() + trace_text(events, form=form))
    return load(path, strict=strict)
