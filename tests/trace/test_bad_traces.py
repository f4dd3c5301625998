"""Real traces, broken: only TraceError may leave, nothing hangs, and a byte that is said to be known is right."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.reading import HEADER, agrees, event, events_of, info, read, text_of
from tracereplay.errors import TraceError
from tracereplay.trace.event import Direction, Event, Item
from tracereplay.trace.payload import Payload
from tracereplay.trace.reader import Form
from tracereplay.trace.trace import Trace

FIXTURES = Path(__file__).parents[2] / "fixtures" / "traces"
UPLOADS = ("8.14.1-multipart_text-ascii", "8.14.1-multipart_text-hex-time-ids", "7.88.1-expect_100_accepted-ascii")
WORN = (
    *UPLOADS,
    "7.52.1-chunked_trailers-hex",
    "8.5.0-stdout_progress_merged-ascii-time",
    "8.17.0-parallel_max_2_reuse-ascii-time",
    "8.18.0-stdout_lookalike-ascii",
    "7.61.1-https_get-ascii",
)
JUNK = (
    b"\0",
    b"\n",
    b"\r\n",
    b"\xff" * 20,
    b"0000: ",
    b"=> Send data, 99999999999 bytes (0x174876e7ff)\n",
    b"x" * 70_000,
)


def text_in(name: str) -> bytes:
    return (FIXTURES / name / "trace.txt").read_bytes()


def load_all(path: Path, text: bytes) -> Trace | None:
    """Load ``text`` and read every event of it; None when it is refused."""
    path.write_bytes(text)
    try:
        trace = Trace.load(path)
    except TraceError:
        return None
    for one in trace.conversations:
        events = list(trace.events(one.id))
        assert sum(len(event.payload) for event in events) == one.sent.bytes + one.received.bytes
        assert (one.protocol == "unknown") == (not one.requests)
        assert one.port is None or 0 <= one.port <= 99_999
        assert one.address or one.host or not one.is_loopback
        for request in one.requests:
            assert request.start <= (request.head_end or request.end) <= request.end <= one.sent.bytes
            assert all(start < end <= one.sent.bytes for start, end in [*request.content, *request.files])
    return trace


def sent_by(trace: Trace) -> dict[int, Payload]:
    found = {}
    for one in trace.conversations:
        parts = [event.payload for event in trace.events(one.id) if event.direction is Direction.SENT]
        marks = b"".join(part.marks or bytes(len(part)) for part in parts)
        found[one.id] = Payload(b"".join(part.data for part in parts), marks)
    return found


@pytest.mark.parametrize("name", UPLOADS)
def test_a_trace_that_is_cut_off_anywhere_never_gives_a_wrong_byte(name: str, tmp_path: Path) -> None:
    text = text_in(name)
    wire = (FIXTURES / name / "sent.0.bin").read_bytes()
    for end in range(0, len(text), 5):
        trace = load_all(tmp_path / "trace.txt", text[:end])
        if trace is not None and trace.conversations:
            assert agrees(sent_by(trace)[0], wire), end
            assert not trace.faults


@pytest.mark.long
@pytest.mark.parametrize("name", WORN)
def test_any_trace_that_is_cut_off_is_read_or_refused(name: str, tmp_path: Path) -> None:
    text = text_in(name)
    for end in range(0, len(text), 3):
        load_all(tmp_path / "trace.txt", text[:end])


def worn(text: bytes, seed: int) -> bytes:
    """Return ``text`` with a few lines lost, doubled, exchanged, altered, or replaced by junk."""
    chance = random.Random(seed)
    lines = text.splitlines(keepends=True)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(lines))
        match chance.randrange(6):
            case 0:
                del lines[at : at + chance.randint(1, 3)]
            case 1:
                lines.insert(at, lines[at])
            case 2:
                other = chance.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
            case 3:
                line = bytearray(lines[at])
                line[chance.randrange(len(line))] = chance.randrange(256)
                lines[at] = bytes(line)
            case 4:
                lines.insert(at, chance.choice(JUNK))
            case _:
                lines[at] = lines[at].rstrip(b"\r\n")
        lines = lines or [b"\n"]
    return b"".join(lines)


@pytest.mark.parametrize("name", WORN)
def test_a_worn_trace_is_read_or_refused(name: str, tmp_path: Path) -> None:
    text = text_in(name)
    for seed in range(40):
        load_all(tmp_path / "trace.txt", worn(text, seed))


@pytest.mark.long
@pytest.mark.parametrize("name", WORN)
def test_a_trace_that_is_worn_in_many_ways_is_read_or_refused(name: str, tmp_path: Path) -> None:
    text = text_in(name)
    for seed in range(1000, 1300):
        load_all(tmp_path / "trace.txt", worn(text, seed))


def _damages(text: bytes) -> Iterator[bytes]:
    """Yield ``text`` with each row of a dump lost in turn, and then doubled."""
    lines = text.splitlines(keepends=True)
    rows = [at for at, line in enumerate(lines) if line[:5].endswith(b":") and line[:2].isalnum()]
    for at in rows:
        yield b"".join(lines[:at] + lines[at + 1 :])
        yield b"".join(lines[: at + 1] + lines[at:])


def test_a_row_that_is_lost_or_doubled_in_hex_never_gives_a_wrong_byte() -> None:
    text = text_in("8.14.1-multipart_text-hex")
    whole = events_of(read(text, "hex"))
    for damaged in _damages(text):
        found = events_of(read(damaged, "hex"))
        assert len(found) == len(whole)
        assert sum(one.is_torn for one in found) <= 1
        for one, other in zip(found, whole, strict=True):
            assert other.payload.data.startswith(one.payload.data)


@pytest.mark.parametrize("name", ["8.14.1-multipart_text-hex", "8.14.1-multipart_text-ascii"])
def test_damage_in_a_dump_is_a_fault(name: str, tmp_path: Path) -> None:
    lines = text_in(name).splitlines(keepends=True)
    first = next(at for at, line in enumerate(lines) if b"=> Send header" in line)
    trace = load_all(tmp_path / "trace.txt", b"".join(lines[: first + 2] + lines[first + 3 :]))
    assert trace is not None
    assert [fault.code for fault in trace.faults] == ["damaged"]


HEADS = [
    pytest.param(b"POST / HTTP/1.1\r\nHost: " + b"9" * 5000 + b":" + b"9" * 5000, id="a huge port"),
    pytest.param(b"POST / HTTP/1.1\r\nHost: a:\xb2\xb3", id="digits that are no digits"),
    pytest.param(b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000, id="a huge length"),
    pytest.param(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked", id="chunks that are none"),
    pytest.param(
        b"POST / HTTP/1.1\r\nContent-Type: multipart/x; boundary*=x'y'%zz; boundary*1*=\x00", id="odd boundary"
    ),
    pytest.param(b"CONNECT  HTTP/1.1\r\nHost: [::1", id="half an address"),
    pytest.param(b"GET / HTTP/2\r\n:authority: x", id="a field of HTTP/2"),
    pytest.param(b"POST / HTTP/1.1\r\n: \r\n\r", id="no name"),
]


@pytest.mark.parametrize("form", ["ascii", "hex"])
@pytest.mark.parametrize("head", HEADS)
def test_an_odd_request_is_read(head: bytes, form: Form, tmp_path: Path) -> None:
    body = event(b"-4\r\nabc\r\n" + b"f" * 5000 + b"\r\n")
    odd: list[Item] = [
        event(head + b"\r\n\r\n", HEADER),
        body,
        event(b"HTTP/1.1 " + b"9" * 5000, HEADER, Direction.RECEIVED),
    ]
    assert load_all(tmp_path / "trace.txt", text_of([info("Connected to h (1) port 80 (#0)"), *odd], form)) is not None
    two = [info("Connected to h (1) port 80 (#0)"), info("Connected to g (1) port 81 (#1)"), *odd]
    assert load_all(tmp_path / "trace.txt", text_of(two, form)) is not None


HUGE = [
    pytest.param(b"x" * 3_000_000, id="one line without an end"),
    pytest.param(b"== Info: x\n" + b"\0" * 3_000_000, id="zeros"),
    pytest.param(b"=> Send data, 99999999999 bytes (0x174876e7ff)\n0000: abc\n", id="a size that is not there"),
    pytest.param(b"=> Send data, 3 bytes (0x3)\n" * 30_000, id="heads alone"),
    pytest.param(b"=> Send data, 3 bytes (0x3) " * 30_000, id="heads in one line"),
    pytest.param(b"12:00:00.000000 " * 60_000, id="times in one line"),
    pytest.param(b"== Info: Established connection to " + b" (a port " * 100_000, id="a wording that goes on"),
    pytest.param(b"\n" * 100_000, id="empty lines"),
    pytest.param(b"[" + b"1" * 1_000_000, id="a number without an end"),
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", HUGE)
def test_a_huge_oddity_is_read_in_time(text: bytes, tmp_path: Path) -> None:
    load_all(tmp_path / "trace.txt", text)


@pytest.mark.long
@settings(max_examples=3000)
@given(st.lists(st.sampled_from((
    b"=> Send data, 5 bytes (0x5)\n", b"=> Send header, 70 bytes (0x46)\n", b"<= Recv data, 3 bytes (0x3)\n",
    b"0000: abc\n", b"0005: de\n", b"0000: " + b"x" * 64 + b"\n", b"0040: abc\n", b"0042: abc\n", b"== Info: x\n",
    b"12:00:00.000001 ", b"[0-1] ", b"* Connected to h (1) port 1 (#0)\n", b"\n", b"abc",
    b"0000: 61 " + b" " * 45 + b"a\n",
)), max_size=14).map(b"".join), st.sampled_from(("ascii", "hex")))  # fmt: skip
def test_any_order_of_lines_is_read_to_its_end(text: bytes, form: Form) -> None:
    for one in read(text, form):
        if isinstance(one, Event):
            assert len(one.payload) <= one.declared_bytes
