"""``tracereplay redact`` and ``check``: secrets are found, told without being shown, and taken out."""

import gzip
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from shlex import quote

import pytest

from tests.cli.command_line import invoke, run
from tests.traces import trace_text

HEAD = b"GET /?key=QWZY HTTP/1.1\r\nHost: h\r\nX-Mine: QWZY\r\nAuthorization: Bearer QWZY\r\n\r\n"
ANSWER = [("<= Recv header", line) for line in (b"HTTP/1.1 204 None\r\n", b"Set-Cookie: sid=QWZY\r\n", b"\r\n")]


def secret_trace(folder: Path, form: str = "hex") -> Path:
    path = folder / "secret.txt"
    info = "== Info: Server auth using Basic with user 'QWZY'\n"
    path.write_bytes(trace_text([info, ("=> Send header", HEAD), *ANSWER], form=form))
    return path


@pytest.mark.parametrize("form", ["hex", "ascii"])
def test_a_trace_is_written_without_its_secrets(tmp_path: Path, form: str) -> None:
    trace = secret_trace(tmp_path, form)
    told = invoke("redact", trace, "-o", tmp_path / "clean.txt", "--redact", "x-mine")
    assert told.code == 0
    assert told.err == ("note: redacted: Authorization (1), Set-Cookie.sid (1), X-Mine (1), query.key (1), user (1)\n")
    clean = (tmp_path / "clean.txt").read_bytes()
    assert b"QWZY" not in clean
    assert b"51 57" not in clean
    assert invoke("check", tmp_path / "clean.txt", "--redact", "x-mine").code == 0
    shown = json.loads(invoke("show", tmp_path / "clean.txt", "--format", "json").out)
    assert shown["connections"][0]["sent"]["bytes"] == len(HEAD)


def test_it_is_written_in_place_in_one_step_and_only_when_all_is_well(tmp_path: Path) -> None:
    trace = secret_trace(tmp_path)
    trace.chmod(0o640)
    (tmp_path / "link.txt").symlink_to(trace)
    assert invoke("redact", "-i", tmp_path / "link.txt").code == 0
    assert b"#: redacted Authorization 4 +6\n" in trace.read_bytes()
    assert trace.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "link.txt").is_symlink()
    trace.write_bytes(b"no trace")
    assert invoke("redact", "-i", trace).code == 3
    assert trace.read_bytes() == b"no trace"
    assert {path.name for path in tmp_path.iterdir()} == {"secret.txt", "link.txt"}


def test_a_gzip_by_any_name_stays_one_and_keeps_its_permissions(tmp_path: Path) -> None:
    trace = secret_trace(tmp_path)
    trace.write_bytes(gzip.compress(trace.read_bytes()))
    trace.chmod(0o600)
    assert invoke("redact", "-i", trace).code == 0
    assert b"#: redacted Authorization 4 +6\n" in gzip.decompress(trace.read_bytes())
    assert trace.stat().st_mode & 0o777 == 0o600


def test_another_name_of_the_file_is_told_of(tmp_path: Path) -> None:
    trace = secret_trace(tmp_path)
    (tmp_path / "other.txt").hardlink_to(trace)
    told = invoke("redact", "-i", trace)
    assert told.err.startswith(
        f"note: {trace} had 2 names (hard links): under the others the secrets are still there\n"
    )
    assert b"QWZY" in (tmp_path / "other.txt").read_bytes()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--redact-body", "note=hello"], "takes the name of a field, note, and no value of it"),
        (["--redact-body", "=hello"], "--redact-body takes the name of a field"),
        (["--redact-body", "env:"], "does not say which variable holds the text"),
        (["--redact-body", "file:"], "does not say which file holds the text"),
        (["--redact-body", "env:EMPTY"], "--redact-body env:EMPTY: there is no text in it"),
        (["--redact", ""], "--redact takes the name of a header"),
    ],
)
def test_what_is_secret_must_be_said_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], said: str
) -> None:
    monkeypatch.setenv("EMPTY", "")
    trace = secret_trace(tmp_path)
    before = trace.read_bytes()
    told = invoke("redact", "-i", trace, *options)
    assert (told.code, said in told.err, "hello" in told.err) == (2, True, False)
    assert trace.read_bytes() == before


def test_a_name_of_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOWHERE", "nowhere")
    given = ["--redact", "x_min*", "--redact", "X-Nine", "--redact-body", "pin=…", "--redact-body", "env:NOWHERE"]
    told = invoke("redact", secret_trace(tmp_path), "-o", tmp_path / "clean.txt", *given)
    assert told.code == 0
    assert told.err.splitlines()[1:] == [
        "note: --redact X-Nine: nothing of that name was found",
        "note: --redact-body pin=…: nothing of that name was found",
        "note: --redact-body env:NOWHERE: that text stands nowhere",
    ]


def test_a_body_by_reference_was_not_looked_at(tmp_path: Path) -> None:
    body = b"password=QWZYQWZ"
    (tmp_path / "form.bin").write_bytes(body)
    head = ("=> Send header", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 16\r\n\r\n")
    text = trace_text([head, ("=> Send data", body)]).decode()
    row = next(line for line in text.splitlines(keepends=True) if line.startswith("0000: 70 61 73 73"))
    digest = hashlib.sha256(body).hexdigest()
    trace = tmp_path / "referred.txt"
    trace.write_text(text.replace(row, "#: from form.bin 0 16\n") + f"#: source form.bin 16 sha256:{digest}\n")
    told = invoke("redact", "-i", trace, "--redact-body", "password")
    assert told.code == 0, told.err
    assert "note: the bytes of form.bin are not in the trace, and were not looked at\n" in told.err
    assert "form.bin" not in invoke("redact", "-i", trace).err


def test_a_gzip_stays_one_and_the_standard_streams_work(tmp_path: Path) -> None:
    trace = secret_trace(tmp_path)
    packed = tmp_path / "secret.txt.gz"
    packed.write_bytes(gzip.compress(trace.read_bytes()))
    assert invoke("redact", "-i", packed).code == 0
    told = run("redact", "-", "-o", "-", stdin=trace.read_bytes())
    assert told.out == gzip.decompress(packed.read_bytes()).decode()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "-o upload.txt, or --in-place"),
        (["-i", "-o", "x.txt"], "-o upload.txt, or --in-place"),
        (["-o", "secret.txt"], "is the trace itself"),
        (["-o", "there.txt"], "give --overwrite"),
    ],
)
def test_where_it_goes_must_be_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    secret_trace(tmp_path)
    (tmp_path / "there.txt").touch()
    told = invoke("redact", "secret.txt", *options)
    assert (told.code, said in told.err) == (2, True)


def test_check_says_where_secrets_are_and_shows_none(tmp_path: Path) -> None:
    trace = secret_trace(tmp_path)
    told = invoke("check", trace)
    assert told.code == 1
    assert told.out.splitlines() == [
        f"{trace}: 1 connection, no byte unknown, 0 warnings, 4 secrets",
        f"  {trace}:1: secret: user",
        f"  {trace}:2: secret: query.key",
        f"  {trace}:2: secret: Authorization",
        f"  {trace}:11: secret: Set-Cookie.sid",
    ]
    assert f"tracereplay redact --in-place {quote(str(trace))}" in told.err
    [found] = json.loads(invoke("check", trace, "--format", "json").out)["traces"]
    assert found["secrets"][0] == {"line": 1, "name": "user", "count": 1}


def test_check_may_allow_secrets_or_not_look_for_them(tmp_path: Path) -> None:
    trace = secret_trace(tmp_path)
    assert invoke("check", trace, "--no-secrets").code == 0
    allowed = ["--allow", "user", "--allow", "query.*", "--allow", "Authorization", "--allow", "Set-Cookie"]
    assert invoke("check", trace, *allowed).code == 0
    assert invoke("check", trace, *allowed, "--redact", "X-Mine").code == 1
    assert invoke("check", trace, tmp_path / "none.txt").code == 3


def test_the_hook_of_pre_commit_stops_a_secret(tmp_path: Path) -> None:
    hooks = Path(".pre-commit-hooks.yaml").read_text()
    said = dict(line.strip("- ").split(": ", 1) for line in hooks.splitlines() if ": " in line)
    assert (said["id"], said["language"]) == ("tracereplay-check", "python")
    entry = said["entry"].split()
    assert entry[0] == "tracereplay"
    trace, clean = secret_trace(tmp_path), tmp_path / "clean.txt"
    invoke("redact", trace, "-o", clean)
    for files, code in (([clean], 0), ([clean, trace], 1)):
        command = [sys.executable, "-m", *entry, *(str(file) for file in files)]
        assert subprocess.run(command, capture_output=True, check=False).returncode == code
