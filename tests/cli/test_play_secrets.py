"""``play`` of a redacted trace: refused, or with live secrets, which are told to the server and to nobody else."""

from pathlib import Path

import pytest

from tests.cli.command_line import invoke, run
from tests.net.sink import Sink, answer_with
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


def test_a_script_holds_no_secret(trace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACEREPLAY_SECRET_QUERY_KEY", "QWZY1")
    told = invoke("export", trace, "--target", "127.0.0.1:8000")
    assert told.code == 2
    assert "query.key, Authorization: redacted in" in told.err
    told = invoke("export", trace, "--target", "127.0.0.1:8000", "--redacted", "keep")
    assert told.code == 0
    assert "QWZY" not in told.out
    assert "Bearer xxxxx" in told.out
