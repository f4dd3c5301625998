"""``play`` of a redacted trace: refused, or with live secrets, which are told to the server and to nobody else."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command_line import invoke, run
from tests.net.sink import Sink, answer_with
from tests.programs import need_ruff
from tests.traces import CONNECTED, trace_text

HEAD = b"GET /?key=old HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer token\r\n\r\n"
LINES = (b"HTTP/1.1 200 OK\r\n", b"Location: /?token=abc\r\n", b"Content-Length: 0\r\n", b"\r\n")
LIVE = HEAD.replace(b"old", b"QWZY1").replace(b"token\r", b"QWZY2\r")
GIVEN = ("--secret", "Authorization=env:QWZY_TOKEN", "--secret", "query.key=file:key.txt")


@pytest.fixture
def trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "secret.txt"
    answer = [("<= Recv header", line) for line in LINES]
    path.write_bytes(CONNECTED.format(port=80).encode() + trace_text([("=> Send header", HEAD), *answer]))
    assert invoke("redact", "-i", path).code == 0
    (tmp_path / "key.txt").write_text("QWZY1\n")
    monkeypatch.chdir(tmp_path)
    return path


def test_nothing_is_sent_when_a_secret_is_missing(trace: Path) -> None:
    with Sink() as sink:
        told = invoke("play", trace, "--target", sink.target)
    assert told.code == 2
    assert told.err == (
        "tracereplay: query.key was redacted, at byte 10, and what to send there is not known\n"
        "  hint: --secret query.key=env:VARIABLE, or TRACEREPLAY_SECRET_QUERY_KEY in the environment; or send it as it"
        " is, with --redacted keep\n"
    )


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_server_gets_the_live_value_and_nobody_else_does(trace: Path, form: str) -> None:
    with Sink(answer_with(b"".join(LINES), after=b"\r\n\r\n")) as sink:
        told = run("play", trace, "--target", sink.target, *GIVEN, "--format", form, QWZY_TOKEN="QWZY2")
        assert told.code == 0, told.err
        assert sink.seen().data == LIVE
    assert "QWZY" not in told.out + told.err


def test_what_was_redacted_may_be_sent_as_it_is(trace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACEREPLAY_SECRET_QUERY_KEY", "QWZY1")
    with Sink(answer_with(b"".join(LINES), after=b"\r\n\r\n")) as sink:
        assert invoke("play", trace, "--target", sink.target, "--redacted", "keep").code == 0
        assert sink.seen().data == HEAD.replace(b"old", b"xxx").replace(b"token", b"xxxxx")


@pytest.mark.parametrize(("location", "code"), [(b"/?token=another-one", 0), (b"/elsewhere?token=abc", 1)])
def test_what_was_redacted_in_an_answer_is_not_compared(trace: Path, location: bytes, code: int) -> None:
    answer = b"".join(LINES).replace(b"/?token=abc", location)
    with Sink(answer_with(answer, after=b"\r\n\r\n")) as sink:
        assert invoke("play", trace, "--target", sink.target, "--redacted", "keep", "--check").code == code


ECHO = b'{"headers": {"Authorization": "Bearer QWZY-\\"2"}, "a": 1}'
HEAD_OF_ECHO = (
    b"HTTP/1.1 200 QWZY1\r\nX-Echo: Bearer QWZY-%%222\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
) % len(ECHO)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("check", [[], ["--check"]])
def test_what_a_server_echoes_of_a_live_secret_is_not_shown(trace: Path, form: str, check: list[str]) -> None:
    with Sink(answer_with(HEAD_OF_ECHO + ECHO, after=b"\r\n\r\n")) as sink:
        words = ("play", trace, "--target", sink.target, *GIVEN, "--format", form, *check)
        told = run(*words, QWZY_TOKEN='QWZY-"2')
        assert told.code == len(check), told.err
    assert "QWZY" not in told.out + told.err


def test_an_echo_that_was_recorded_is_as_recorded(trace: Path, tmp_path: Path) -> None:
    head = HEAD_OF_ECHO.replace(b"QWZY1", b"OK")
    answer = [("<= Recv header", line) for line in head.splitlines(keepends=True)]
    text = trace_text([("=> Send header", HEAD), *answer, ("<= Recv data", ECHO)])
    trace.write_bytes(CONNECTED.format(port=80).encode() + text)
    assert invoke("redact", "-i", trace).code == 0
    with Sink(answer_with(head + ECHO, after=b"\r\n\r\n")) as sink:
        told = run("play", trace, "--target", sink.target, *GIVEN, "--check", QWZY_TOKEN='QWZY-"2')
    assert told.code == 0, told.out


def test_a_script_holds_no_secret(trace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACEREPLAY_SECRET_QUERY_KEY", "QWZY1")
    told = invoke("export", trace, "--target", "127.0.0.1:8000", "--redacted", "keep")
    assert told.code == 0
    assert "Bearer xxxxx" in told.out
    assert "TRACEREPLAY_SECRET" not in told.out
    for cut in ((), ("--truncate", "-1")):
        told = invoke("export", trace, "--target", "127.0.0.1:8000", *cut)
        assert told.code == 0
        assert "QWZY" not in told.out
    assert "TRACEREPLAY_SECRET" not in invoke("export", trace, "--target", "127.0.0.1:8000", "--truncate", "10").out


LIVE_VALUES = [
    ("QUERY_KEY", "a QWZY&", "GET /?key=a%20QWZY%26 HTTP"),
    ("AUTHORIZATION", "Bearer QWZY2", "Authorization: Bearer QWZY2\r\n"),
    ("PROXY_AUTHORIZATION", "joe:QWZY", "Proxy-Authorization: Basic am9lOlFXWlk=\r\n"),
    ("COOKIE_A", "QWZY3", "Cookie: a=QWZY3; b="),
    ("COOKIE_B", "", "; b=\r\n"),
    ("BODY_PIN", "QWZY", '{"pin": "QW'),
]


def with_all_secrets(folder: Path) -> Path:
    head = b"Proxy-Authorization: Basic b2xkOm9sZA==\r\nCookie: a=old; b=old\r\nContent-Length: 15\r\n\r\n"
    path = folder / "all.txt"
    events = [("=> Send header", HEAD[:-2] + head), ("=> Send data", b'{"pin": "1234"}')]
    path.write_bytes(CONNECTED.format(port=80).encode() + trace_text(events))
    assert invoke("redact", "-i", path, "--redact-body", "pin").code == 0
    return path


@pytest.mark.parametrize("options", [[], ["--truncate", "body:-1"], ["--truncate", "-2", "--close", "rst"]])
def test_a_script_sends_what_a_play_sends_with_the_secrets_of_its_environment(
    trace: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    path = with_all_secrets(trace.parent)
    for name, value, _ in LIVE_VALUES:
        monkeypatch.setenv(f"TRACEREPLAY_SECRET_{name}", value)
    with Sink(answer_with(b"".join(LINES), after=b"}")) as sink:
        words = [path, "--target", sink.target, *options]
        assert invoke("export", *words, "-o", "script.py").code == 0
        assert invoke("play", *words).code == 0
        subprocess.run([sys.executable, "-I", "script.py"], check=True, capture_output=True, timeout=30)
        played, scripted = (bytes(sink.seen(number).data) for number in range(2))
    assert scripted == played
    for _, _, shown in LIVE_VALUES:
        assert shown.encode() in scripted
    assert "QWZY" not in Path("script.py").read_text()


def test_a_script_says_which_secret_it_lacks_and_connects_to_nothing(trace: Path) -> None:
    assert invoke("export", trace, "--target", "127.0.0.1:1", "-o", "script.py").code == 0
    done = subprocess.run([sys.executable, "-I", "script.py"], check=False, capture_output=True, timeout=30)
    assert done.returncode == 1
    assert done.stderr == b"what was redacted is not known: export TRACEREPLAY_SECRET_QUERY_KEY=...\n"


def test_a_formatter_leaves_a_script_with_secrets_alone(trace: Path) -> None:
    ruff = need_ruff()
    assert invoke("export", with_all_secrets(trace.parent), "--target", "h:1", "-o", "script.py").code == 0
    subprocess.run([ruff, "format", "--isolated", "--check", "script.py"], check=True, capture_output=True)
    subprocess.run([ruff, "check", "--isolated", "script.py"], check=True, capture_output=True)


@pytest.mark.parametrize(
    "options",
    ["--truncate 50%", "--truncate 12", "--truncate head:50%", "--limit-rate 100", "--segments 10", "--segments mtu"],
)
def test_where_the_length_of_a_secret_decides_more_than_one_write_there_is_no_script(trace: Path, options: str) -> None:
    told = invoke("export", trace, "--target", "127.0.0.1:8000", *options.split())
    assert (told.code, told.out) == (2, "")
    assert "are depends on how long what was redacted is: query.key" in told.err
    assert "or send the x's: --redacted keep" in told.err
