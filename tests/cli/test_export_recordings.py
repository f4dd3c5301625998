"""``tracereplay export`` to HAR and pcapng: which is written, without secrets, and what is refused."""

import json
from pathlib import Path

import pytest

from tests.cli.command_line import invoke
from tests.cli.samples import ANSWER, RECEIVE_HEADER, SEND_HEADER, upload
from tests.traces import make_trace

SECRET = b"c2VjcmV0OnNlY3JldA=="
PCAPNG = b"\x0a\x0d\x0d\x0a"


def secretive(folder: Path) -> Path:
    head = b"GET /?api_key=abcdef HTTP/1.1\r\nHost: a\r\nAuthorization: Basic %s\r\n\r\n" % SECRET
    answer = b"HTTP/1.1 200 OK\r\n", b"Set-Cookie: id=geheim\r\n", b"\r\n"
    return make_trace(folder, [(SEND_HEADER, head), *((RECEIVE_HEADER, line) for line in answer)]).path


@pytest.mark.parametrize(
    ("args", "begins"),
    [
        (["-o", "x.har"], b'{"log": '),
        (["-o", "x.pcapng"], PCAPNG),
        (["-o", "x.PCAPNG"], PCAPNG),
        (["-o", "x.txt", "--format", "har"], b'{"log": '),
        (["-o", "x.har", "--format", "pcapng"], PCAPNG),
        (["-o", "x.har", "--format", "python", "--target", "127.0.0.1:1"], b'"""'),
        (["-o", "x.bin2", "--target", "127.0.0.1:1"], b'"""'),
    ],
)
def test_the_suffix_decides_and_the_option_outdoes_it(
    args: list[str], begins: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = invoke("export", upload(tmp_path), *args)
    assert (told.code, told.err) == (0, "")
    assert (tmp_path / args[1]).read_bytes().startswith(begins)


@pytest.mark.parametrize("kind", ["har", "pcapng"])
def test_secrets_are_masked_and_that_is_told(kind: str, tmp_path: Path) -> None:
    trace, output = secretive(tmp_path), tmp_path / f"x.{kind}"
    told = invoke("export", trace, "-o", output)
    assert told.code == 0
    assert told.err.startswith("note: masked: ")
    assert all(name in told.err for name in ("Authorization", "Set-Cookie.id", "query.api_key"))
    data = output.read_bytes()
    assert not any(one in data for one in (SECRET, b"geheim", b"abcdef", b"secret:"))
    assert b"Secrets are masked, an x for each of their bytes: " in data
    assert b"api_key=xxxxxx" in data
    assert b"of trace.txt, a trace of curl" in data
    assert str(tmp_path).encode() not in data


def test_what_was_redacted_before_is_told_too(tmp_path: Path) -> None:
    trace = secretive(tmp_path)
    assert invoke("redact", trace, "--in-place").code == 0
    told = invoke("export", trace, "--format", "har")
    assert "Authorization" in json.loads(told.out)["log"]["comment"]
    assert "note: masked: " in told.err


def test_nothing_is_masked_where_nothing_is_secret(tmp_path: Path) -> None:
    told = invoke("export", upload(tmp_path), "--format", "har")
    (entry,) = json.loads(told.out)["log"]["entries"]
    assert (told.err, "Secrets" in told.out) == ("", False)
    assert entry["response"]["status"] == int(ANSWER.split()[1])


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--truncate", "50%"], "--truncate is of a play, and --format har writes what was recorded"),
        (["--close", "rst"], "--close is of a play"),
        (["--set-header", "A: b"], "hint: edit the trace first: tracereplay edit"),
        (["--as-http1"], "--as-http1 is of a play"),
    ],
)
def test_options_of_a_play_are_refused(args: list[str], message: str, tmp_path: Path) -> None:
    told = invoke("export", upload(tmp_path), "-o", tmp_path / "x.har", *args)
    assert (told.code, message in told.err) == (2, True), told
    assert not (tmp_path / "x.har").exists()


def test_no_file_is_replaced_unless_it_is_wanted_and_the_trace_never(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    output = tmp_path / "x.har"
    output.write_text("mine", "utf-8")
    assert invoke("export", trace, "-o", output).code == 2
    assert output.read_text("utf-8") == "mine"
    assert invoke("export", trace, "-o", output, "--overwrite").code == 0
    assert invoke("export", trace, "-o", trace, "--format", "har", "--overwrite").code == 2


def test_a_trace_without_http_leaves_no_half_written_har(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send data", b"HELO\r\n")]).path
    told = invoke("export", trace, "-o", tmp_path / "x.har")
    assert (told.code, "has no HTTP request" in told.err) == (2, True)
    assert not (tmp_path / "x.har").exists()
