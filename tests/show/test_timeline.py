from pathlib import Path

import pytest

from tests.traces import make_trace
from tracereplay.show.paint import Paint
from tracereplay.show.timeline import describe, timeline
from tracereplay.trace.event import Direction, Event, Kind
from tracereplay.trace.payload import Payload


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        (Kind.HEADER, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1"),
        (Kind.HEADER, b"HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK"),
        (Kind.HEADER, b"\r\n", "(end of the head)"),
        (Kind.HEADER, b"\n\0", "(end of the head)"),
        (Kind.HEADER, b"Cookie: a=b\r\n", "Cookie: (not shown)"),
        (Kind.HEADER, b"", "torn"),
        (Kind.TLS, b"\x16\x03\x01", "TLS handshake"),
        (Kind.DATA, b"", ""),
        (Kind.DATA, b"a\x00b", r'"a\x00b"'),
        (Kind.DATA, b"--x\r\ncontent-disposition: form-data; name=f\r\n", "multipart part head: name=f"),
    ],
)
def test_an_event_is_described_by_what_it_is(kind: Kind, data: bytes, words: str) -> None:
    event = Event(1, None, None, Direction.SENT, kind, Payload(data), max(1, len(data)))
    assert describe(event) == words


def test_colour_changes_nothing_but_colour(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send data", b"a"), ("<= Recv data", b"b\n")], form="ascii")
    plain = list(timeline(trace, Paint()))
    painted = list(timeline(trace, Paint(is_on=True)))
    assert painted != plain
    for code in ("0", "1", "2", "32", "33", "36"):
        painted = [line.replace(f"\x1b[{code}m", "") for line in painted]
    assert painted == plain
