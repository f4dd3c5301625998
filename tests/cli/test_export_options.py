"""``tracereplay export`` and the options of ``play``: each works as it does there, or is refused with the reason."""

import runpy
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command_from_info

from tests.cli.command_line import invoke
from tests.cli.samples import RECEIVE_HEADER, SEND_DATA, SEND_HEADER
from tests.cli.test_export import run_script, same_at_the_peer, written
from tests.net.sink import Seen, Sink
from tests.net.test_body import Counter
from tests.net.upload import ANSWER, BODY
from tests.programs import need_ruff
from tracereplay.cli.app import app
from tracereplay.cli.export import UNABLE

MiB = 1 << 20
FILE = bytes(range(251)) * 6000  # 1.4 MiB, more than one piece of either framing
PUT = b"PUT / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
ANSWERED = (RECEIVE_HEADER, ANSWER)
PLAIN = [(SEND_HEADER, PUT + b"Content-Length: 4\r\n\r\n"), (SEND_DATA, b"abcd"), ANSWERED]
CHUNKED = [
    (SEND_HEADER, PUT + b"Transfer-Encoding: chunked\r\n\r\n"),
    (SEND_DATA, b"4\r\nabcd\r\n0\r\n\r\n"),
    ANSWERED,
]
FRAMED = {"a length": (PLAIN, b"\r\nContent-Length: %d\r\n" % len(FILE)), "chunks": (CHUNKED, b"\r\n\r\n40000\r\n")}


def take_all(sock: socket.socket, seen: Seen) -> None:
    """Answer when the last byte of the last piece is there."""
    while chunk := sock.recv(MiB):
        seen.data += chunk
        if seen.data.endswith((FILE[-999:], FILE[-999:] + b"\r\n0\r\n\r\n")) and len(seen.data) > len(FILE):
            sock.sendall(ANSWER)


CUTS = ["head:50%", "body:1", "body:262150", "body:1M", "file:50%", "-1"]
PACED = {
    "whole": [],
    "in segments, with a pause": ["--segments", "1000", "--pause", "body:50%=10ms"],
    "over a time": ["--duration", "0.3s"],
    "with a reset": ["--truncate", "body:90%", "--close", "rst", "--settle", "1s"],
    **{f"cut at {cut}": [f"--truncate={cut}"] for cut in CUTS},
}


@pytest.mark.parametrize("options", PACED.values(), ids=PACED)
@pytest.mark.parametrize("framed", FRAMED)
def test_a_file_in_the_place_of_the_body_arrives_as_of_a_play(tmp_path: Path, framed: str, options: list[str]) -> None:
    (tmp_path / "body.bin").write_bytes(FILE)
    trace, head = FRAMED[framed]
    seen, _ = same_at_the_peer(written(tmp_path, trace), take_all, "--body", f"@{tmp_path / 'body.bin'}", *options)
    if not options:
        assert head in seen.data
        assert seen.data.endswith(FILE if framed == "a length" else b"\r\n0\r\n\r\n")
    assert {one.name for one in tmp_path.iterdir()} == {"body.bin", "trace.txt", "script.py"}


@pytest.mark.parametrize("framed", FRAMED)
def test_such_a_script_reads_well(tmp_path: Path, framed: str) -> None:
    ruff = need_ruff()
    (tmp_path / "body.bin").write_bytes(FILE)
    trace = written(tmp_path, FRAMED[framed][0])
    script = tmp_path / "script.py"
    assert invoke("export", trace, "--body", f"@{tmp_path / 'body.bin'}", "-o", script).code == 0
    assert 'FILE = Path(__file__).parent / "body.bin"\n' in script.read_text()
    for command in (["format", "--diff"], ["check"]):
        done = subprocess.run([ruff, *command, "--isolated", tmp_path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_the_file_moves_with_the_script_or_is_where_it_was(tmp_path: Path) -> None:
    (tmp_path / "body.bin").write_bytes(b"more of it")
    (tmp_path / "scripts").mkdir()
    trace = written(tmp_path, PLAIN)
    beside, away = tmp_path / "script.py", tmp_path / "scripts" / "script.py"
    for script in (beside, away):
        assert invoke("export", trace, "--body", f"@{tmp_path / 'body.bin'}", "-o", script).code == 0
    assert runpy.run_path(str(away))["FILE"] == tmp_path / "body.bin"
    moved = tmp_path.rename(tmp_path.with_name("moved"))
    assert runpy.run_path(str(moved / "script.py"))["FILE"] == moved / "body.bin"


def test_a_file_of_another_size_is_not_sent(tmp_path: Path) -> None:
    body = tmp_path / "body.bin"
    body.write_bytes(b"more of it")
    script = tmp_path / "script.py"
    assert invoke("export", written(tmp_path, PLAIN), "--body", f"@{body}", "-o", script).code == 0
    body.write_bytes(b"less")
    done = subprocess.run([sys.executable, "-I", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == f"{body} does not have 10 bytes any more: export it again\n"


PEAK = """
import runpy, sys
runpy.run_path(sys.argv[1], run_name="__main__")
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of this process alone")
@pytest.mark.parametrize("framed", FRAMED)
def test_the_script_never_has_the_file_in_memory(tmp_path: Path, framed: str) -> None:
    with (tmp_path / "body.bin").open("wb") as stream:
        stream.truncate(256 * MiB)
    counter = Counter()
    script = tmp_path / "script.py"
    with Sink(counter) as sink:
        options = ["--target", sink.target, "--body", f"@{tmp_path / 'body.bin'}", "--truncate=-7", "-o", script]
        assert invoke("export", written(tmp_path, FRAMED[framed][0]), *options).code == 0
        done = subprocess.run([sys.executable, "-c", PEAK, script], capture_output=True, text=True, check=True)
        sink.seen()
    assert int(done.stdout.split()[-1]) < 48 << 10
    text = script.read_text()
    assert len(text) < 6000
    head = len(PUT + b"Content-Length: 268435456\r\n\r\n")
    chunks = len(PUT + b"Transfer-Encoding: chunked\r\n\r\n") + 1024 * len(b"40000\r\n\r\n") + len(b"0\r\n\r\n")
    assert counter.count == 256 * MiB - 7 + (head if framed == "a length" else chunks)


def test_a_preface_comes_first(tmp_path: Path) -> None:
    preface = tmp_path / "preface"
    preface.write_bytes(b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n")
    seen, _ = same_at_the_peer(written(tmp_path, PLAIN), take_all, "--preface", str(preface), "--truncate=-1")
    assert seen.data.startswith(preface.read_bytes() + PUT)
    preface.write_bytes(bytes(100_000))
    assert invoke("export", written(tmp_path, PLAIN), "--preface", preface).code == 0
    preface.write_bytes(BODY)
    told = invoke("export", written(tmp_path, PLAIN), "--preface", preface)
    assert (told.code, told.out) == (2, "")
    assert "a preface of 300,000 bytes is too long for a script to hold" in told.err


def test_the_patience_of_a_script_is_that_of_a_play(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    invoke("export", written(tmp_path, PLAIN), "--timeout", "200ms", "-o", script)
    assert "TIMEOUT = 0.2  # seconds" in script.read_text()
    with Sink() as silent:
        options = ["--timeout=200ms", "--target", silent.target, "-o", script, "--overwrite"]
        assert invoke("export", written(tmp_path, PLAIN), *options).code == 0
        assert "(ended by the server: timed out)" in run_script(script)


@pytest.mark.parametrize("option", ["--body=@", "--preface=", "--file=", "--set-file=a=@", "--grow=file=1k --fill=@"])
def test_what_is_read_is_not_overwritten(tmp_path: Path, option: str) -> None:
    mine = tmp_path / "mine.py"
    mine.write_bytes(b"mine")
    *words, last = option.split()
    told = invoke("export", written(tmp_path, PLAIN), *words, f"{last}{mine}", "-o", mine, "--overwrite")
    assert told.code == 2
    assert f"{mine} is read, and cannot be the output" in told.err
    assert mine.read_bytes() == b"mine"


def flags_of(command: str) -> set[str]:
    found = next(one for one in app.registered_commands if one.name == command)
    params = get_command_from_info(found, pretty_exceptions_short=True, rich_markup_mode=None).params
    return {flag for one in params for flag in one.opts if flag.startswith("-")}


def test_every_option_of_play_works_or_is_refused_for_a_reason() -> None:
    assert flags_of("play") - flags_of("export") == set(UNABLE)
    assert not flags_of("export") & set(UNABLE)


@pytest.mark.parametrize("flag", UNABLE)
def test_what_a_script_does_not_do_is_refused_in_one_message(tmp_path: Path, flag: str) -> None:
    for words in ([flag, "x"], [f"{flag}=x"]):
        told = invoke("export", written(tmp_path, PLAIN), *words)
        assert (told.code, told.out) == (2, "")
        assert told.err == f"tracereplay: {flag} is not exported: {UNABLE[flag][0]}\n  hint: {UNABLE[flag][1]}\n"
