"""``tracereplay export``: the script sends what play sends, and needs nothing of ours."""

import re
import socket
import subprocess
import sys
from pathlib import Path
from shlex import quote

import pytest

from tests.cli.command_line import COMMAND, Told, invoke
from tests.cli.samples import RECEIVE_HEADER, SEND_DATA, SEND_HEADER, SENT, timed_upload, two_uploads, upload
from tests.net.sink import Seen, Sink, Talk, swallow
from tests.net.upload import ANSWER, BODY, HEAD, hold_of
from tests.programs import need_ruff
from tests.traces import CONNECTED, trace_text

EXPECTING = HEAD[:-2] + b"Expect: 100-continue\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
GET = b"GET /%d HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

Events = list[tuple[str, bytes]]

TRACES: dict[str, Events] = {
    "an upload": [(SEND_HEADER, HEAD), (SEND_DATA, BODY[:65536]), (SEND_DATA, BODY[65536:]), (RECEIVE_HEADER, ANSWER)],
    "one that asked first": [
        (SEND_HEADER, EXPECTING),
        (RECEIVE_HEADER, CONTINUE),
        (SEND_DATA, BODY),
        (RECEIVE_HEADER, ANSWER),
    ],
    "three requests": [
        event for number in range(3) for event in ((SEND_HEADER, GET % number), (RECEIVE_HEADER, ANSWER))
    ],
    "no HTTP": [(SEND_DATA, b"HELO\r\n"), ("<= Recv data", b"250 yes\r\n"), (SEND_DATA, bytes(range(256)) * 9)],
}


def written(folder: Path, events: Events, port: int = 80) -> Path:
    trace = folder / "trace.txt"
    trace.write_bytes(CONNECTED.format(port=port).encode() + trace_text(events))
    return trace


def run_script(script: Path) -> str:
    """Run it far from everything of ours; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", script],
        cwd="/",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def same_at_the_peer(trace: Path, talk: Talk, *options: str) -> tuple[Seen, str]:
    """Play the trace, and run its script; return what the server saw of both, and what the script printed."""
    script = trace.with_name("script.py")
    with Sink(talk) as sink:
        assert invoke("play", trace, "--target", sink.target, "-q", *options).code == 0
        played = sink.seen(0)
        exported = invoke("export", trace, "--target", sink.target, "-o", script, *options)
        assert exported.code == 0, exported.err
        printed = run_script(script)
        seen = sink.seen(1)
    assert seen.data == played.data
    assert seen.end == played.end
    return seen, printed


def talk(sock: socket.socket, seen: Seen) -> None:
    """Answer whatever of TRACES it is, and never before a request is whole: an answer to who is gone is a reset."""
    asked = answered = 0
    while chunk := sock.recv(65536):
        seen.data += chunk
        if not asked and bytes(seen.data) == EXPECTING:
            sock.sendall(CONTINUE)
            asked = 1
        if bytes(seen.data) == b"HELO\r\n":
            sock.sendall(b"250 hello\r\n")
        heads = seen.data.count(b"\r\n\r\n") if seen.data.startswith(b"GET") else seen.data.endswith(BODY[-9:])
        sock.sendall(ANSWER * (heads - answered))
        answered = heads


@pytest.mark.parametrize("way", ["fin", "rst", "half", "stall"])
@pytest.mark.parametrize("cut", ["0", "7", "50%", "-1", "100%"])
@pytest.mark.parametrize("name", TRACES)
def test_the_peer_gets_the_same_bytes_and_the_same_end_as_of_a_play(
    tmp_path: Path, name: str, cut: str, way: str
) -> None:
    hold = hold_of(way)
    more = ([f"--hold={hold}"] if hold else []) + (["--settle=0.05s"] if way == "rst" and cut == "0" else [])
    trace = written(tmp_path, TRACES[name])
    seen, _ = same_at_the_peer(trace, talk, f"--truncate={cut}", "--close", way, *more)
    assert seen.end == ("rst" if way == "rst" else "fin")


def answer_when_whole(sock: socket.socket, seen: Seen) -> None:
    while chunk := sock.recv(65536):
        seen.data += chunk
        if bytes(seen.data) == SENT:
            sock.sendall(ANSWER)


PACES = {
    "a trickle": ["--limit-rate", "2k"],
    "a duration": ["--duration", "0.2s"],
    "twice as fast": ["--speed", "2"],
    "as fast as it can": ["--speed", "max"],
    "small segments": ["--segments", "50"],
    "a byte at a time": ["--segments", "1"],
    "a pause": ["--pause", "body:50%=0.1s", "--pause", "head:4=0.1s"],
}


@pytest.mark.parametrize("options", PACES.values(), ids=PACES)
def test_whatever_the_pace(tmp_path: Path, options: list[str]) -> None:
    seen, printed = same_at_the_peer(timed_upload(tmp_path), answer_when_whole, *options)
    assert bytes(seen.data) == SENT
    assert "HTTP/1.1 200 OK" in printed


def test_the_recorded_times_are_kept(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    invoke("export", timed_upload(tmp_path, 0.25), "--target", "127.0.0.1:9", "-o", script)
    assert "    sock.sendall(HEAD)\n    sleep_until(origin + 0.25)\n    sock.sendall(BODY)\n" in script.read_text()


def refuse(sock: socket.socket, seen: Seen) -> None:
    seen.data += sock.recv(65536)
    sock.sendall(b"HTTP/1.1 413 Too Large\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nno\n\r\n0\r\n\r\n")
    swallow(sock, seen)


def test_a_refusal_in_place_of_100_continue_ends_it_as_a_play(tmp_path: Path) -> None:
    trace = written(tmp_path, TRACES["one that asked first"])
    seen, printed = same_at_the_peer(trace, refuse)
    assert bytes(seen.data) == EXPECTING
    assert printed.endswith("HTTP/1.1 413 Too Large\nTransfer-Encoding: chunked\n\nno\n")


def hang_up(sock: socket.socket, seen: Seen) -> None:
    while len(seen.data) < len(HEAD):
        seen.data += sock.recv(len(HEAD) - len(seen.data))
    sock.sendall(b"HTTP/1.1 503 Busy\r\n\r\n")


def test_a_server_that_closes_early_is_a_result(tmp_path: Path) -> None:
    seen, printed = same_at_the_peer(written(tmp_path, TRACES["an upload"]), hang_up)
    assert bytes(seen.data) == HEAD
    assert "(ended by the server: " in printed


def test_it_imports_nothing_but_the_standard_library_and_reads_well(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    trace = written(tmp_path, TRACES["an upload"], port=8000)
    invoke("export", trace, "--truncate", "body:50%", "--close", "rst", "-o", script)
    text = script.read_text()
    modules = re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE)
    assert set(modules) <= sys.stdlib_module_names
    assert (
        f"# {trace}: {len(HEAD) + 150_000:,} of {len(HEAD) + 300_000:,} bytes (body:50%), and then a reset (rst).\n"
        in text
    )
    assert f"# The same: tracereplay play {quote(str(trace))} --truncate body:50% --close rst\n" in text
    assert 'HOST, PORT = "127.0.0.1", 8000\n' in text
    assert 'HEAD = (\n    b"POST /f HTTP/1.1\\r\\n"\n    b"Host: 127.0.0.1\\r\\n"\n' not in text  # it fits on a line
    assert 'HEAD = b"POST /f HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nContent-Length: 300000\\r\\n\\r\\n"\n' in text
    assert text.count("def stay") == 0
    assert (tmp_path / "script.bin").read_bytes() == BODY[:150_000]


@pytest.mark.parametrize("name", TRACES)
@pytest.mark.parametrize("way", ["rst", "half", "stall"])
def test_a_formatter_leaves_it_alone_and_a_linter_finds_nothing(tmp_path: Path, name: str, way: str) -> None:
    ruff = need_ruff()
    invoke("export", written(tmp_path, TRACES[name]), "--truncate=-1", "--close", way, "-o", tmp_path / "script.py")
    for command in (["format", "--diff"], ["check"]):
        done = subprocess.run([ruff, *command, "--isolated", tmp_path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_a_small_one_goes_to_the_standard_output(tmp_path: Path) -> None:
    told = invoke("export", upload(tmp_path))
    assert (told.code, told.err) == (0, "")
    compile(told.out, "script", "exec")
    assert invoke("export", upload(tmp_path), "-o", "-").out == told.out


def test_a_large_one_needs_a_file_to_put_its_body_beside(tmp_path: Path) -> None:
    told = invoke("export", written(tmp_path, TRACES["an upload"]))
    assert (told.code, told.out) == (2, "")
    assert "300,000 bytes of what is sent are too many for a script to hold\n  hint: tracereplay export" in told.err


@pytest.mark.parametrize("existing", ["script.py", "script.bin"])
def test_a_file_that_exists_is_replaced_only_if_that_is_wanted(tmp_path: Path, existing: str) -> None:
    (tmp_path / existing).write_text("mine")
    trace = written(tmp_path, TRACES["an upload"])
    told = invoke("export", trace, "-o", tmp_path / "script.py")
    assert told.code == 2
    assert f"{existing} exists\n  hint: give --overwrite" in told.err
    assert (tmp_path / existing).read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 2
    assert invoke("export", trace, "-o", tmp_path / "script.py", "--overwrite").code == 0
    assert (tmp_path / existing).read_bytes() != b"mine"


PLACES = dict.fromkeys((".", "", "..", "/", "folder"), "is a directory\n  hint: name a file in it: -o ")
PLACES["script.bin"] = "script.bin is where the data of the script goes\n  hint: choose another name: -o script.py"


@pytest.mark.parametrize(("output", "words"), PLACES.items(), ids=[name or "no name" for name in PLACES])
def test_what_a_script_cannot_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    told = invoke("export", written(tmp_path, TRACES["an upload"]), "-o", output)
    assert (told.code, words in told.err) == (2, True)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["folder", "trace.txt"]


def test_the_trace_itself_is_not_overwritten(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    before = trace.read_bytes()
    assert invoke("export", trace, "-o", trace, "--overwrite").code == 2
    assert trace.read_bytes() == before


def test_one_of_several_connections_must_be_chosen(tmp_path: Path) -> None:
    trace = two_uploads(tmp_path)
    refused = invoke("export", trace)
    assert refused.code == 2
    assert "has several connections: 0, 1\n  hint: a script plays one of them: --connection 0" in refused.err
    assert "Content-Length: 400" in invoke("export", trace, "--connection", "1").out


def as_play(told: Told, trace: Path) -> None:
    """Check that it is refused as play refuses it."""
    played = invoke("play", trace, "--target", "127.0.0.1:1")
    assert (told.code, told.err) == (played.code, played.err)
    assert told.code == 3


def test_what_play_does_not_know_is_refused_in_the_same_words(tmp_path: Path) -> None:
    trace = upload(tmp_path, form="ascii")
    as_play(invoke("export", trace), trace)
    assert invoke("export", trace, "--unknown", "keep").code == 0
    trace = upload(tmp_path)
    text = trace.read_bytes()
    trace.write_bytes(text[: text.index(b"0040: ", text.index(b"Send data"))])
    as_play(invoke("export", trace), trace)
    assert invoke("export", trace, "--torn", "keep").code == 0
    h2 = [(SEND_HEADER, b"GET / HTTP/2\r\nHost: 127.0.0.1\r\n\r\n"), (RECEIVE_HEADER, b"HTTP/2 200 \r\n\r\n")]
    trace = written(tmp_path, h2)
    as_play(invoke("export", trace), trace)
    assert "GET / HTTP/1.1" in invoke("export", trace, "--as-http1").out


REFUSED = {
    "vanish": (["--close", "vanish"], "to vanish takes more than a plain socket"),
    "lockstep": (["--segments", "lockstep"], "lockstep waits for what a script of plain sockets cannot know"),
    "wire": (["--truncate", "wire:20"], "wire:20 counts ciphertext"),
    "TLS": (["--target", "https://127.0.0.1:8000"], "speaks no TLS\n  hint: send it without"),
    "a Unix socket": (["--target", "unix:/run/app.sock"], "unix:/run/app.sock is a Unix socket"),
    "too many writes": (["--truncate", "-1", "--duration", "200s"], "more than 10,000 writes"),
    "several cuts": (["--truncate", "1", "--truncate", "2"], "a script plays once, and that is cut at one place"),
    "a bad place": (["--truncate", "50%%"], "'50%%' is not a place"),
    "a place outside": (["--truncate", "body:120%"], "lies past the end"),
}


@pytest.mark.parametrize(("options", "words"), REFUSED.values(), ids=REFUSED)
def test_what_a_plain_socket_cannot_do_is_said(tmp_path: Path, options: list[str], words: str) -> None:
    told = invoke("export", written(tmp_path, TRACES["an upload"]), *options, "-o", tmp_path / "script.py")
    assert told.code == 2
    assert words in told.err
    assert [one.name for one in tmp_path.iterdir()] == ["trace.txt"]


def test_another_host_is_not_written_unless_it_is_named(tmp_path: Path) -> None:
    trace = upload(tmp_path, host="192.0.2.1")
    told = invoke("export", trace)
    assert told.code == 2
    assert "--target 127.0.0.1:8000" in told.err
    assert 'HOST, PORT = "192.0.2.1", 80' in invoke("export", trace, "--target", "192.0.2.1:80").out


def test_a_name_can_do_no_harm(tmp_path: Path) -> None:
    trace = upload(tmp_path).rename(tmp_path / 'a\n"""b.txt')
    told = subprocess.run([*COMMAND, "export", trace], capture_output=True, text=True, check=True)
    assert r'a\n"""b.txt: 262 bytes' in told.stdout
    compile(told.stdout, "script", "exec")
