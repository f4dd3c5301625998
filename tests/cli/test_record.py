import json
from pathlib import Path

import pytest

from tests.cli.command_line import NOBODY, Told, run
from tests.cli.samples import ANSWER
from tests.net.sink import Sink, answer_with
from tests.net.unix_sink import UnixSink
from tests.programs import needs_curl
from tests.traces import trace_text
from tracereplay.cli.record import _target
from tracereplay.library import load

pytestmark = needs_curl

BODY = bytes(range(256))


def _record(folder: Path, *options: str) -> Told:
    """Record an upload of all 256 bytes."""
    (folder / "body.bin").write_bytes(BODY)
    with Sink(answer_with(ANSWER, after=BODY[-8:], then_close=True)) as sink:
        url = f"http://{sink.target}/files"
        words = ["curl", "-sS", "--noproxy", "*", "--data-binary", "@body.bin", url]
        told = run("record", *options, *words, cwd=folder, HOME=str(folder))
        assert sink.seen().data.endswith(BODY)
    return told


@pytest.mark.parametrize("dashes", [["--"], []], ids=["with two dashes", "without"])
def test_a_recording_passes_on_what_curl_says_and_tells_how_to_play_it(tmp_path: Path, dashes: list[str]) -> None:
    told = _record(tmp_path, "-o", "up load.txt", *dashes)
    assert (told.code, told.out) == (0, "ok\n")
    first, look, play = told.err.splitlines()
    assert first.startswith("tracereplay: recorded up load.txt: 1 request, ")
    assert first.endswith(" sent, 46 received, every byte known, curl ended with 0")
    assert look == "  look at it:  tracereplay show 'up load.txt'"
    assert play == "  play it:     tracereplay play 'up load.txt' --truncate 50% --close rst"


def test_what_is_said_of_how_to_play_a_redacted_recording_works_once_they_are_there(tmp_path: Path) -> None:
    (tmp_path / "body.bin").write_bytes(BODY)
    with Sink(answer_with(ANSWER, after=BODY[-8:], then_close=True)) as sink:
        words = ["curl", "-sS", "--noproxy", "*", "--data-binary", "@body.bin", f"http://{sink.target}/?key=old"]
        headers = ["-H", "Authorization: Bearer old", "-b", "a=1; b=2"]
        told = run("record", "-o", "u.txt", "--", *words, *headers, cwd=tmp_path, HOME=str(tmp_path))
        play = told.err.splitlines()[-2].removeprefix("  play it:     tracereplay ")
        secrets = "--secret query.key=env:QUERY_KEY --secret Authorization=env:TOKEN --secret Cookie=env:COOKIE"
        assert sorted(play.split()) == sorted(f"play u.txt {secrets} --truncate 50% --close rst".split())
        assert "there is no QUERY_KEY in the environment" in run(*play.split(), cwd=tmp_path).err
        told = run(*play.split(), cwd=tmp_path, TOKEN="QWZY1", COOKIE="b=QWZY2; a=QWZY3", QUERY_KEY="QWZY4")
        assert told.code == 0, told.err
        head = sink.seen(1).data
        assert head.startswith(b"POST /?key=QWZY4 HTTP/1.1\r\n")
        assert b"\r\nAuthorization: Bearer QWZY1\r\n" in head
        assert b"\r\nCookie: a=QWZY3; b=QWZY2" in head


def test_a_name_of_nothing_that_was_recorded_is_told(tmp_path: Path) -> None:
    told = _record(tmp_path, "-o", "u.txt", "--redact", "X-Nine", "--redact-body", "pin", "--redact", "hos*", "--")
    assert told.err.splitlines()[-2:] == [
        "note: --redact X-Nine: nothing of that name was found",
        "note: --redact-body pin: nothing of that name was found",
    ]


def test_what_was_recorded_is_played_byte_for_byte(tmp_path: Path) -> None:
    assert _record(tmp_path, "-q", "-o", "upload.txt", "--").err == ""
    assert run("extract", "upload.txt", "--sent", "sent", cwd=tmp_path).code == 0
    sent = (tmp_path / "sent").read_bytes()
    with Sink() as sink:
        told = run("play", "upload.txt", "--target", sink.target, "--truncate", "body:50%", cwd=tmp_path)
        assert sink.seen().data == sent[:-128]
    assert told.code == 0
    found = json.loads(run("show", "upload.txt", "--format", "json", cwd=tmp_path).out)
    assert found["form"] == "hex"
    assert found["timed"] is True


def test_the_exit_code_is_that_of_curl(tmp_path: Path) -> None:
    told = run("record", "-o", "x.txt", "curl", "-sS", "--noproxy", "*", f"http://{NOBODY}/", cwd=tmp_path)
    assert told.code == 7
    assert "curl: (7)" in told.err
    assert "tracereplay: nothing was sent or received, so there is no trace; curl ended with 7" in told.err
    assert not (tmp_path / "x.txt").exists()


def test_nothing_is_overwritten_unless_it_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "upload.txt").write_text("mine")
    refused = run("record", "-o", "upload.txt", "--", "curl", "http://127.0.0.1:1/", cwd=tmp_path)
    assert refused.code == 2
    assert "--overwrite" in refused.err
    assert (tmp_path / "upload.txt").read_text() == "mine"
    assert _record(tmp_path, "-o", "upload.txt", "--overwrite", "--").code == 0
    assert (tmp_path / "upload.txt").read_text() != "mine"


@pytest.mark.parametrize("words", [[], ["--"], ["wget", "http://127.0.0.1:1/"]], ids=" ".join)
def test_what_is_no_curl_command_is_a_usage_error(tmp_path: Path, words: list[str]) -> None:
    told = run("record", *words, cwd=tmp_path)
    assert told.code == 2
    assert "hint: write the curl command after two dashes" in told.err


def test_without_curl_on_the_path_the_error_says_so(tmp_path: Path) -> None:
    told = run("record", "--", "curl", "http://127.0.0.1:1/", cwd=tmp_path, PATH=str(tmp_path))
    assert told.code == 2
    assert "curl was not found on the PATH" in told.err


@pytest.mark.parametrize(
    ("connected", "option"),
    [
        ("127.0.0.1 (127.0.0.1) port 80", ""),
        ("localhost (::1) port 80", ""),
        ("example.test (192.0.2.1) port 80", " --target 127.0.0.1:8000"),
    ],
)
def test_what_was_not_recorded_here_is_played_to_a_named_target(tmp_path: Path, connected: str, option: str) -> None:
    path = tmp_path / "trace.txt"
    path.write_bytes(trace_text([f"== Info: Connected to {connected} (#0)\n", ("=> Send data", b"x")]))
    assert _target(list(load(path).conversations)) == option


@pytest.mark.parametrize("name", ["--unix-socket app.sock", "--abstract-unix-socket NAME"])
def test_what_was_recorded_over_a_unix_socket_is_played_as_it_is_told(tmp_path: Path, name: str) -> None:
    is_abstract = "abstract" in name
    name = name.replace("NAME", tmp_path.name)
    path = f"@{tmp_path.name}" if is_abstract else str(tmp_path / "app.sock")
    with UnixSink(path, answer_with(ANSWER, after=BODY[-8:], then_close=True)) as sink:
        (tmp_path / "body.bin").write_bytes(BODY)
        words = ["curl", "-sS", *name.split(), "--data-binary", "@body.bin", "http://app.example/files"]
        told = run("record", "-o", "u.txt", "--", *words, cwd=tmp_path, HOME=str(tmp_path))
        assert told.code == 0
        play = told.err.splitlines()[-1].removeprefix("  play it:     tracereplay ")
        option = f" --unix-socket {path if is_abstract else name.split()[1]}"  # curl shows 45 characters of a path
        assert play.replace(option, "") == "play u.txt --truncate 50% --close half"
        assert run(*play.split(), "--hold", "0", cwd=tmp_path).code == 0
        assert 0 < len(sink.seen(1).data) < len(sink.seen(0).data)


def test_what_was_recorded_over_tls_is_played_to_the_recorded_host(tmp_path: Path) -> None:
    path = tmp_path / "trace.txt"
    tls = ("=> Send SSL data", b"x")
    path.write_bytes(trace_text(["== Info: Connected to localhost (::1) port 443 (#0)\n", tls, ("=> Send data", b"x")]))
    assert not _target(list(load(path).conversations))
