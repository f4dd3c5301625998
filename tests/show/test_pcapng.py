"""A trace as pcapng: opened by tshark, which finds the same bytes and nothing wrong."""

import os
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.programs import need
from tests.traces import make_trace
from tracereplay.library import Trace, load
from tracereplay.show.packets import checksum_of
from tracereplay.show.pcapng import pcapng
from tracereplay.trace.event import Direction

ROOT = Path(__file__).parents[2]
UPLOAD = ROOT / "examples" / "flask_uploads" / "upload.txt"
SH, SD, RH, RD = "=> Send header", "=> Send data", "<= Recv header", "<= Recv data"
_CHECKED = ("-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE")
_WRONG = "_ws.malformed || tcp.analysis.flags || tcp.checksum.status == 0 || ip.checksum.status == 0"


def capture(folder: Path, trace: Trace) -> Path:
    path = folder / "trace.pcapng"
    with path.open("wb") as stream:
        stream.writelines(pcapng(trace, "upload.txt", {}))
    return path


def tshark(path: Path, *args: str) -> list[list[str]]:
    """Return the fields that tshark prints for each packet."""
    told = subprocess.run(
        [need("tshark"), "-r", path, *_CHECKED, *args],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "HOME": str(path.parent)},
    )
    return [line.split("\t") for line in told.stdout.splitlines()]


def fields(path: Path, *names: str, only: str = "frame") -> list[list[str]]:
    return tshark(path, "-Y", only, "-T", "fields", *(word for name in names for word in ("-e", name)))


def payload(path: Path, direction: str) -> bytes:
    return b"".join(bytes.fromhex(one) for (one,) in fields(path, "tcp.payload", only=f"tcp.len > 0 && {direction}"))


def recorded(trace: Trace, direction: Direction) -> bytes:
    (one,) = trace.conversations
    return b"".join(event.payload.data for event in trace.events(one.id) if event.direction is direction)


def test_tshark_finds_the_same_bytes_the_http_in_them_and_nothing_wrong(tmp_path: Path) -> None:
    trace = load(UPLOAD)
    path = capture(tmp_path, trace)
    port = trace.conversations[0].port
    assert payload(path, f"tcp.dstport == {port}") == recorded(trace, Direction.SENT)
    assert payload(path, f"tcp.srcport == {port}") == recorded(trace, Direction.RECEIVED)
    assert fields(path, "frame.number", "_ws.expert.message", only=_WRONG) == []
    assert fields(path, "http.request.method", "http.request.uri", only="http.request") == [["POST", "/files"]]
    assert fields(path, "http.response.code", only="http.response") == [["200"]]
    flags = [one for (one,) in fields(path, "tcp.flags")]
    assert [int(one, 16) for one in flags[:4]] == [0x02, 0x12, 0x10, 0x18]


@pytest.mark.parametrize(
    "name",
    [
        "7.88.1-parallel_3-ascii-time",
        "7.29.0-ipv6-hex",
        "7.61.1-https_get-ascii",
        "7.52.1-unix_socket-ascii",
        "7.88.1-h2c_prior_knowledge-hex",
        "8.17.0-ftp_get-ascii-time",
        "7.19.7-proxy_connect-ascii",
    ],
)
def test_each_connection_of_a_recording_is_a_stream_with_nothing_wrong(name: str, tmp_path: Path) -> None:
    trace = load(ROOT / "fixtures" / "traces" / name / "trace.txt")
    path = capture(tmp_path, trace)
    assert fields(path, "frame.number", "_ws.expert.message", only=_WRONG) == []
    found: dict[str, bytes] = {}
    servers = {port for (port,) in fields(path, "tcp.dstport", only="tcp.flags == 2")}
    for client, server, data in fields(path, "tcp.srcport", "tcp.dstport", "tcp.payload"):
        if server in servers:
            found[client] = found.get(client, b"") + bytes.fromhex(data)
    assert sorted(found.values()) == sorted(
        b"".join(event.payload.data for event in trace.events(one.id) if event.direction is Direction.SENT)
        for one in trace.conversations
    )


def test_the_times_are_those_of_the_trace(tmp_path: Path) -> None:
    events = [("12:00:01.000001 " + SH, b"GET / HTTP/1.1\r\n\r\n"), ("12:00:03.500000 " + RH, b"HTTP/1.1 200 OK\r\n")]
    path = capture(tmp_path, make_trace(tmp_path, events))
    times = [one for (one,) in fields(path, "frame.time_epoch", only="tcp.len > 0")]
    assert times == ["43201.000001000", "43203.500000000"]


@pytest.mark.parametrize(
    "where", ["127.0.0.1 (127.0.0.1) port 8000", "::1 (::1) port 8000", "a.test (10.1.2.3) port 25"]
)
def test_large_writes_are_pieces_to_the_recorded_address(where: str, tmp_path: Path) -> None:
    body = bytes(range(256)) * 400
    path = tmp_path / "trace.txt"
    events = [(SD, body), (RD, body[:5]), (SD, b"end")]
    make_trace(tmp_path, events)
    text = path.read_bytes().partition(b"\n")[2]
    path.write_bytes(f"== Info: Connected to {where} (#0)\n".encode() + text)
    trace = load(path)
    made = capture(tmp_path, trace)
    port = where.rpartition(" ")[2]
    assert payload(made, f"tcp.dstport == {port}") == body + b"end"
    assert fields(made, "frame.number", only=_WRONG) == []
    address = where.partition("(")[2].partition(")")[0]
    name = "ipv6.dst" if ":" in address else "ip.dst"
    assert fields(made, name, only="tcp.flags == 2") == [[address]]


def test_what_is_made_up_and_what_is_not_known_is_said(tmp_path: Path) -> None:
    head = b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"
    trace = make_trace(tmp_path, [(SH, head), (SD, b"a\nb\n\nc...")], form="ascii")
    path = tmp_path / "trace.pcapng"
    with path.open("wb") as stream:
        stream.writelines(pcapng(trace, "upload.txt", {"Cookie.sid": 2}))
    data = path.read_bytes()
    for told in (
        b"Made by tracereplay of upload.txt, a trace of curl.",
        b"The trace has no times: all is at 1970-01-01 00:00:00.",
        b"The packets are not: their headers, the handshakes",
        b"Connection 0: unknown, and shown as dots: 6 bytes; a comment at each packet says where.",
        b"Secrets are masked, an x for each of their bytes: Cookie.sid (2x).",
    ):
        assert told in data
    comments = [one for (one,) in fields(path, "frame.comment", only="frame.comment")]
    assert comments == ["unknown, and shown as dots: 6 bytes of its 9, at 1, 3-4, 6-8"]


def test_the_plaintext_of_tls_is_at_the_port_of_plain_http(tmp_path: Path) -> None:
    events = [("=> Send SSL data", b"\x16\x03\x01"), (SH, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    path = capture(tmp_path, make_trace(tmp_path, events, port=443))
    assert fields(path, "tcp.dstport", "http.request.method", only="http.request") == [["80", "GET"]]
    assert b"Connection 0 was inside TLS to port 443; this is its plaintext, shown at port 80." in path.read_bytes()


def test_a_port_that_is_none_is_not_known(tmp_path: Path) -> None:
    path = capture(tmp_path, make_trace(tmp_path, [(SD, b"x")], port=99_999))
    assert fields(path, "tcp.dstport", only="tcp.len > 0") == [["80"]]
    assert b"Connection 0 was to a port that is not known, and is shown at 80." in path.read_bytes()


def test_a_dump_that_is_torn_says_what_is_missing(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [(SD, b"x" * 64)])
    text = trace.path.read_bytes()
    trace.path.write_bytes(text[: text.index(b"0020:")])
    path = capture(tmp_path, load(trace.path))
    assert payload(path, "tcp.dstport == 80") == b"x" * 32
    assert "the trace ends within this dump: 32 more bytes were there" in path.read_bytes().decode("latin-1")


def test_the_blocks_are_whole_and_come_one_by_one(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [(SD, b"x" * 100_001)])
    blocks = list(pcapng(trace, "upload.txt", {}))
    for block in blocks:
        _, size = struct.unpack_from("<II", block)
        assert size == len(block) == struct.unpack_from("<I", block, len(block) - 4)[0]
        assert size % 4 == 0
    assert len(blocks) == 2 + 3 + 4 + 1
    assert max(map(len, blocks)) < 33_000


@given(st.binary(max_size=64).filter(lambda data: len(data) % 2 == 0))
def test_what_ends_in_its_checksum_has_the_checksum_0(data: bytes) -> None:
    assert checksum_of(b"\0\1" + data + checksum_of(b"\0\1" + data).to_bytes(2, "big")) == 0
