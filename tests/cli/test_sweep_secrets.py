"""A secret in each place where a sweep may be given one, and a server that tells all it got: nobody else is told."""

import json
import shlex
import socket
import sqlite3
import sys
import threading
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.cli.command_line import NOBODY, Told, invoke
from tests.cli.forms import CREATED, HEAD
from tests.cli.samples import SEND_DATA, SEND_HEADER
from tests.net.sink import Seen, Sink, Talk
from tests.traces import CONNECTED, trace_text

NONCE = 'QWZYa"/+~bK9w'
PARTS = ("QWZYa", "bK9w")  # which no escape changes
IN_URL = quote(NONCE, safe="")
FORM = b'--xyz\r\nContent-Disposition: form-data; name="password"\r\n\r\n%s\r\n--xyz--\r\n'
FORMATS = ("text", "json", "jsonl")


def telling() -> Talk:
    """Return a talk that answers 200 to whatever comes, with the last whole requests in all ways to write them.

    A part of a secret, which a cut leaves of it, is nothing that anybody could know again.
    """
    heard = [b""]
    lock = threading.Lock()

    def talk(sock: socket.socket, seen: Seen) -> None:
        while not is_whole(bytes(seen.data)):
            chunk = sock.recv(65536)
            if not chunk:
                break
            seen.data += chunk
        with lock:
            heard.extend([bytes(seen.data)] if is_whole(bytes(seen.data)) else [])
            told = b"".join(heard[-3:]).decode("latin-1")
        ways = [told, quote(told), json.dumps(told), b64encode(told.encode("latin-1")).decode()]
        body = json.dumps({"said": ways, **dict.fromkeys(told.splitlines(), 1)}).encode()
        reason = quote(heard[-1], safe=" ").encode()
        sock.sendall(
            b"HTTP/1.1 200 %s\r\nX-Echo: %s\r\nContent-Length: %d\r\n\r\n%s" % (reason, reason, len(body), body)
        )

    return talk


def is_whole(data: bytes) -> bool:
    head, end, body = data.partition(b"\r\n\r\n")
    return bool(end) and len(body) >= int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0] or b"0")


def recorded(folder: Path, headers: bytes = b"", password: bytes = b"p" * 40) -> Path:
    """Write a small form."""
    form = FORM % password
    path = folder / "form.txt"
    head = HEAD + headers + b"Content-Length: %d\r\n\r\n" % len(form)
    path.write_bytes(CONNECTED.format(port=1).encode() + trace_text([(SEND_HEADER, head), (SEND_DATA, form), CREATED]))
    return path


def swept(folder: Path, trace: Path, *args: str, form: str, code: int = 1) -> str:
    """Sweep with each report, and again where it was stopped; return all that was said and written."""
    files = ["--report-html", f"{folder}/r.html", "--report-junit", f"{folder}/r.xml", "--baseline", f"{folder}/b.json"]
    with Sink(telling()) as sink:
        words = [word.replace("TARGET", sink.target) for word in args]
        line = ["sweep", trace, "--target", sink.target, "--cuts", "every:90", "--close", "half,rst", *words]
        told = [invoke(*line, "--format", form, *files, "--accept")]
        assert told[0].code == 0, told[0].err
        told.append(invoke(*line, "--format", form))
        if form == "jsonl":
            (folder / "first.jsonl").write_text(told[-1].out.splitlines(keepends=True)[0], "utf-8")
            told.append(invoke(*line, "--format", form, "--resume", str(folder / "first.jsonl")))
    assert [one.code for one in told[1:]] == [code] * len(told[1:]), told[-1].err
    assert len((folder / "r.html").read_bytes()) > 1000
    return said_and_written(folder, trace, *told)


def said_and_written(folder: Path, trace: Path, *told: Told) -> str:
    written = [path.read_text("utf-8") for path in folder.iterdir() if path != trace and path.suffix != ".db"]
    return "\n".join([*(one.out + one.err for one in told), *written])


def refuse_telling(text: str) -> None:
    """Fail when the secret is in it: plainly, escaped, or in base64, wherever in that it begins."""
    encoded = [b64encode(b"x" * at + NONCE.encode()).decode()[4 * (at > 0) : -4] for at in range(3)]
    for one in (*PARTS, *encoded):
        at = text.find(one)
        assert at < 0, text[max(0, at - 300) : at + 100]


GIVEN = [
    ["--set-header", f"Authorization: Bearer {NONCE}"],
    ["--set-header", f"Cookie: sid={NONCE}; theme=dark"],
    ["--set-header", f"X-Api-Key: {NONCE}"],
    ["--path", f"/files?token={IN_URL}&a=b"],
    ["--set-field", f"password={NONCE}"],
    ["--replace", f"part:1:0=token={NONCE}"],
    ["--starve", f"/health?token={IN_URL}", "--hang", "1s"],
]


@pytest.mark.parametrize("form", FORMATS)
def test_what_was_given_in_options_is_told_to_the_server_alone(form: str, tmp_path: Path) -> None:
    args = [word for pair in GIVEN[:5] for word in pair] + GIVEN[6]
    text = swept(tmp_path, recorded(tmp_path), *args, form=form)
    refuse_telling(text)
    for one in ("Bearer *", "sid=*", "X-Api-Key: *", "/files?token=*", "password=*"):
        assert one in text


@pytest.mark.parametrize("args", GIVEN, ids=lambda args: args[0] + args[1][:12])
def test_each_of_them_is_masked_alone(args: list[str], tmp_path: Path) -> None:
    refuse_telling(swept(tmp_path, recorded(tmp_path), *args, form="text"))


@pytest.mark.parametrize("form", FORMATS)
def test_what_a_split_tells_of_an_answer_has_no_secret_in_it(form: str, tmp_path: Path) -> None:
    with Sink(telling()) as sink:
        line = ["--target", sink.target, "--split", "4k", "--split", "random:1", "--format", form]
        trace = recorded(tmp_path)
        told = invoke("sweep", trace, *line, *GIVEN[0], *GIVEN[3], "--report-html", tmp_path / "r.html")
    assert told.code in (0, 1), told.err
    assert "body" in told.out + told.err
    refuse_telling(said_and_written(tmp_path, trace, told))


def probes(folder: Path) -> list[str]:
    """Return probes with a secret in each, to be looked by from this folder."""
    with sqlite3.connect(folder / "x.db") as database:
        database.execute("CREATE TABLE t (token TEXT)")
        database.execute("INSERT INTO t VALUES (?)", [NONCE])
    database.close()
    (folder / "grows.py").write_text("import sys, time; print(time.time_ns(), sys.argv)", "utf-8")
    return [
        f"sql:sqlite:///x.db SELECT token FROM t WHERE token = '{NONCE}'",
        f"text:http://TARGET/?api_key={IN_URL}",
        f"url:http://TARGET/?api_key={IN_URL}",
        f"cmd:{sys.executable} grows.py -H {shlex.quote(f'Authorization: Bearer {NONCE}')}",
        f"cmd:{sys.executable} grows.py --password {shlex.quote(NONCE)} -u {shlex.quote(f'joe:{NONCE}')}",
        f"cmd:env {shlex.quote(f'PGPASSWORD={NONCE}')} {sys.executable} grows.py",
        "files:*.part",
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_what_stands_in_a_probe_is_told_neither_by_its_name_nor_by_what_it_sees(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = probes(tmp_path)
    args = [word for one in given[:3] for word in ("--probe", one)] + [
        w for one in given[3:] for w in ("--settled", one)
    ]
    text = swept(tmp_path, recorded(tmp_path), *args, "--cuts", "50%", "--within", "150ms", form=form)
    refuse_telling(text)
    assert "still-started" in text
    assert "api_key=*" in text


@pytest.mark.parametrize("form", FORMATS)
def test_a_live_secret_is_told_nowhere(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = recorded(tmp_path, b"Authorization: Bearer old\r\nCookie: a=old\r\n", b"p" * len(NONCE))
    assert invoke("redact", "-i", trace, "--redact-body", "password").code == 0
    monkeypatch.setenv("QWZY_TOKEN", NONCE)
    monkeypatch.setenv("TRACEREPLAY_SECRET_COOKIE_A", NONCE)
    key = tmp_path.parent / f"{tmp_path.name}.key"
    key.write_text(NONCE, "utf-8")
    args = ["--secret", "Authorization=env:QWZY_TOKEN", "--secret", f"body.password=file:{key}"]
    text = swept(tmp_path, trace, *args, "--probe", "text:http://TARGET/", form=form).replace("QWZY_TOKEN", "")
    refuse_telling(text)
    assert "--secret Authorization=env:" in text


REFUSED = [
    ["--probe", f"sql:postgresql://joe:{NONCE}@h/db SELECT 1"],
    ["--probe", f"sql:sqlite:///absent.db?token={NONCE}"],
    ["--probe", f"postgresql://joe:{NONCE}@h/db"],
    ["--probe", f"token={NONCE}"],
    ["--probe", f"url:http://joe:{NONCE}@{NOBODY}/"],
    ["--settled", f"text:http://{NOBODY}/?token={IN_URL}"],
    ["--probe", f"cmd:{sys.executable} -c 'import sys; sys.exit(str(sys.argv))' 'X-Token: {NONCE}'"],
    ["--probe", f"cmd:{sys.executable} -c 'import time; time.sleep(60)' '--token={NONCE}'"],
    ["--probe", f"cmd:absent-program 'password={NONCE}'"],
    ["--proxy", f"http://joe:{IN_URL}@TARGET"],
    ["--proxy", f"joe:{IN_URL}@TARGET"],
    ["--starve", f"health?token={IN_URL}"],
    ["--set-header", f"Authorization Bearer {NONCE}"],
    ["--secret", f"Authorization=Bearer {NONCE}"],
    ["--target", f"http://joe:{NONCE}@h"],
    ["--server", f"{sys.executable} -c 'import sys; sys.exit(str(sys.argv))' --token '{NONCE}' {{port}}"],
    ["--server", f"absent-program 'API_KEY={NONCE}'"],
    ["--server", f"'API_KEY={NONCE}"],
]


@pytest.mark.parametrize("args", REFUSED, ids=lambda args: " ".join(args)[:34])
def test_what_is_refused_is_told_without_it(args: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracereplay.testing.probes.TIMEOUT", "300ms")
    trace = recorded(tmp_path)

    def refusing(sock: socket.socket, seen: Seen) -> None:
        while b"\r\n\r\n" not in seen.data:
            seen.data += sock.recv(65536)
        said = quote(bytes(seen.data).decode("latin-1")).encode()
        is_proxy = seen.data.startswith(b"CONNECT")
        sock.sendall(b"HTTP/1.1 %d %s\r\nContent-Length: 0\r\n\r\n" % (407 if is_proxy else 200, said))

    with Sink(refusing) as sink:
        at = [] if args[0] in ("--server", "--target") else ["--target", sink.target]
        words = [word.replace("TARGET", sink.target) for word in args]
        told = invoke("sweep", trace, *at, *words, "--cuts", "50%", "--report-html", tmp_path / "r.html")
    assert told.code in (2, 4), told.out
    refuse_telling(told.out + told.err)
    assert told.err.startswith("tracereplay: ")


def test_neither_is_the_command_of_a_server_that_is_compared(tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(
        "import http.server, sys\n"
        "class Handler(http.server.BaseHTTPRequestHandler):\n"
        "    def do_POST(self):\n"
        "        self.send_response(200, ' '.join(sys.argv))\n"
        "        self.end_headers()\n"
        "http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()\n",
        "utf-8",
    )
    trace = recorded(tmp_path)
    server = f"{sys.executable} {shlex.quote(str(script))} {{port}} --token {shlex.quote(NONCE)}"
    for form in ("text", "json"):
        line = ["compare", trace, "--server", server, "--server", server, "--cuts", "50%", "--format", form]
        told = invoke(*line)
        assert told.code == 0, told.err
        assert "--token " in told.out
        refuse_telling(told.out + told.err)
