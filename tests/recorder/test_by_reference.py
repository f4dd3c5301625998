"""Recordings that refer to the files that a real curl sent: small, and what they play is what curl sent."""

import os
import random
from pathlib import Path

import pytest

from tests.cli.command_line import invoke
from tests.net.sink import Sink, answer_with, swallow
from tests.programs import needs_curl
from tests.recorder.curl_server import CurlServer, names_in
from tracereplay.library import load, play
from tracereplay.recorder import Recording, record
from tracereplay.trace.reference import read_sent

pytestmark = [needs_curl, pytest.mark.usefixtures("_without_curlrc")]

BIG = random.Random(12).randbytes(1_500_000)
OTHER = random.Random(13).randbytes(200_000)
LINES = b"id,name\r\n" * 20_000


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "big.bin").write_bytes(BIG)
    (folder / "other.bin").write_bytes(OTHER)
    (folder / "lines.csv").write_bytes(LINES)
    return folder


def recorded(server: CurlServer, line: str, output: str = "up.txt", *, by_reference: bool = True) -> Recording:
    argv = ["curl", "-sS", "-o", os.devnull, "--noproxy", "*", *line.format(url=server.url).split()]
    return record(argv, Path(output), body_by_reference=by_reference)


def played(path: str, after: bytes) -> bytes:
    """Return what the peer got of a play, which it answers ``after`` these bytes."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with Sink(answer_with(answer, after=after, then_close=True)) as sink:
        play(load(path).plan().at_speed("max"), target=sink.target)
        return bytes(sink.seen().data)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        pytest.param("-T big.bin {url}/quiet/a", "big.bin", id="-T"),
        pytest.param("-T lines.csv {url}/quiet/a", "lines.csv", id="-T of the same line again and again"),
        pytest.param("-H Transfer-Encoding:chunked -T big.bin {url}/quiet/a", "big.bin", id="in chunks"),
        pytest.param("--data-binary @big.bin {url}/quiet/a", "big.bin", id="--data-binary"),
        pytest.param("-F file=@big.bin {url}/quiet/a", "big.bin", id="-F"),
        pytest.param(
            "-F f=@big.bin -F note=hello -F g=@other.bin;type=x/y {url}/quiet/a", "big.bin other.bin", id="two -F"
        ),
        pytest.param("-F f=@other.bin,big.bin {url}/quiet/a", "big.bin other.bin", id="two files in a field"),
        pytest.param("-H Transfer-Encoding:chunked -F f=@big.bin {url}/quiet/a", "big.bin", id="a form in chunks"),
        pytest.param(
            "-T big.bin {url}/quiet/a -T big.bin {url}/quiet/b -T other.bin {url}/quiet/c",
            "big.bin other.bin",
            id="several uploads",
        ),
        pytest.param("-H Expect: -T other.bin --limit-rate 2M {url}/quiet/a", "other.bin", id="slowly"),
    ],
)
def test_the_trace_is_small_and_every_byte_of_it_known(server: CurlServer, folder: Path, line: str, names: str) -> None:
    before = len(server.bodies)

    assert recorded(server, line).notes == ()

    text = (folder / "up.txt").read_bytes()
    assert len(text) < 100_000
    sources = [found for row in text.splitlines(keepends=True) if (found := read_sent(row, 1))]
    assert sorted(one.name for one in sources) == names.split()
    assert all(one.size == (folder / one.name).stat().st_size for one in sources)
    trace = load("up.txt")
    assert {warning.code for warning in trace.warnings} <= {"interim-end"}
    bodies = server.bodies[before:]
    outcome = play(trace.plan().at_speed("max"))
    assert outcome.connection.handed == trace.conversations[0].sent.bytes
    assert server.bodies[before:] == bodies * 2


def test_it_is_played_as_the_plain_trace_of_the_same_upload_is(server: CurlServer, folder: Path) -> None:
    line = "-H Expect: -T big.bin {url}/quiet/a"
    recorded(server, line, "short.txt.gz")
    recorded(server, line, "plain.txt", by_reference=False)

    short, plain = played("short.txt.gz", BIG[-8:]), played("plain.txt", BIG[-8:])

    assert short == plain
    assert plain.endswith(BIG)
    assert (folder / "short.txt.gz").stat().st_size < 20_000 < (folder / "plain.txt").stat().st_size


def test_uploads_at_once_of_the_same_file(server: CurlServer, folder: Path) -> None:
    recorded(server, "-Z -T big.bin {url}/quiet/a -o /dev/null -T big.bin {url}/quiet/b")

    assert server.bodies[-2:] == [BIG, BIG]
    assert (folder / "up.txt").stat().st_size < 100_000
    play(load("up.txt").plan().at_speed("max"))
    assert server.bodies[-4:] == [BIG] * 4


@pytest.mark.parametrize(
    "line", ["-T - {url}/quiet/a", "-d @lines.csv {url}/quiet/a", "-d hello {url}/quiet/a", "{url}/quiet/a"]
)
def test_what_is_no_file_stays_in_the_trace_and_that_is_said(server: CurlServer, folder: Path, line: str) -> None:
    if line.startswith("-T"):
        line = "-T body.bin {url}/quiet/a"
        (folder / "body.bin").write_bytes(b"too small")

    [note] = recorded(server, line).notes

    assert note.startswith("no file was sent as it is, so the trace refers to none")
    assert b"#:" not in (folder / "up.txt").read_bytes()


def test_a_curl_that_gave_up_leaves_what_it_had_sent(folder: Path) -> None:
    with Sink(swallow) as sink:
        url = f"http://{sink.target}/a"
        argv = [
            "curl",
            "-s",
            "--noproxy",
            "*",
            "-H",
            "Expect:",
            "--limit-rate",
            "1M",
            "-m",
            "0.4",
            "-T",
            "big.bin",
            url,
        ]
        done = record(argv, Path("up.txt"), body_by_reference=True)
        arrived = bytes(sink.seen().data)

    assert done.exit_code == 28
    _, _, body = arrived.partition(b"\r\n\r\n")
    assert 0 < len(body) < len(BIG)
    assert (folder / "up.txt").stat().st_size < 20_000 + len(body) // 2
    (folder / "big.bin").write_bytes(BIG[: len(body)] + b"and the rest, which was not sent, is another")
    assert played("up.txt", arrived[-8:]) == arrived


def test_a_changed_file_is_refused_before_anybody_is_asked(server: CurlServer, folder: Path) -> None:
    recorded(server, "-T big.bin {url}/quiet/a")
    before = len(server.bodies)
    (folder / "big.bin").write_bytes(BIG[:-1] + b"!")

    told = invoke("play", "up.txt")

    assert (told.code, len(server.bodies)) == (3, before)
    assert "big.bin is not what was sent: the sha256 of its first 1,500,000 bytes is " in told.err
    told = invoke("check", "up.txt")
    assert (told.code, "is not what was sent" in told.out + told.err) == (3, True)


def test_nothing_is_left_beside_it(server: CurlServer, folder: Path) -> None:
    before = names_in(folder)
    recorded(server, "-T big.bin {url}/quiet/a")
    assert names_in(folder) == before | {"up.txt"}
