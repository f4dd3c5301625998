"""``tracereplay compare`` with the options of a sweep: what is sent, in which writes, and over TLS."""

import json
import os
import shutil
import socket
from pathlib import Path

import pytest

from tests.cli.command_line import NOBODY, invoke
from tests.cli.samples import BODY, REQUEST, SEND_DATA, SEND_HEADER, SENT, upload
from tests.cli.test_compare import CONF
from tests.judge import servers
from tests.net.sink import Seen, Sink
from tests.net.tls_sink import Vault
from tests.programs import lack
from tests.traces import trace_text

HEAD = len(REQUEST)
SOME = ("--cuts", "body:50%", "--close", "half")


@pytest.fixture
def nginx_conf(tmp_path: Path) -> Path:
    if shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") is None:
        lack("nginx is not installed")
    path = tmp_path / "nginx.conf"
    path.write_text(CONF, "utf-8")
    return path


def by_reads(sock: socket.socket, seen: Seen) -> None:
    """Answer otherwise when the first read ends within the last header."""
    first = sock.recv(65536)
    seen.data += first
    whole = servers.is_whole(first) or servers.read(sock, seen)
    sock.sendall(servers.BAD if not whole or HEAD - 5 < len(first) < HEAD else servers.OK)


def test_every_server_gets_the_edited_request(tmp_path: Path) -> None:
    edits = ("--path", "/other", "--set-header", "X-Try: 1", "--grow", "body=1000")
    with Sink(servers.naive) as naive, Sink(servers.careful) as careful:
        told = invoke("compare", upload(tmp_path), "--target", naive.target, "--target", careful.target, *edits, *SOME)
        for sink in (naive, careful):
            sent = [bytes(one.data) for one in sink.connections]
            assert {one.split()[1] for one in sent} == {b"/other"}
            assert all(b"\r\nX-Try: 1\r\n" in one for one in sent)
            assert {len(one.partition(b"\r\n\r\n")[2]) for one in sent} == {500, 1000}
    assert told.code == 1
    assert told.out.splitlines()[-1] == "1 of 1 plays differ"


def test_every_server_gets_the_secret_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = tmp_path / "token.txt"
    secret = REQUEST.replace(b"\r\n\r\n", b"\r\nAuthorization: Bearer verysecret\r\n\r\n")
    trace.write_bytes(trace_text([(SEND_HEADER, secret), (SEND_DATA, BODY)]))
    assert invoke("redact", "--in-place", trace).code == 0
    monkeypatch.setenv("TOKEN", "Bearer other")
    with Sink(servers.careful) as one, Sink(servers.careful) as other:
        both = ("--target", one.target, "--target", other.target)
        told = invoke("compare", trace, *both, "--secret", "Authorization=env:TOKEN", *SOME)
        for sink in (one, other):
            assert all(b"\r\nAuthorization: Bearer other\r\n" in bytes(each.data) for each in sink.connections)
    assert (told.code, told.err) == (0, "")


def test_with_split_it_says_which_server_depends_on_where_a_read_ends(tmp_path: Path) -> None:
    with Sink(by_reads) as bad, Sink(servers.careful) as good:
        both = ("--target", bad.target, "--target", good.target)
        places = ("--cuts", str(HEAD - 10), "--cuts", str(HEAD - 3), "--cuts", str(HEAD))
        told = invoke("compare", upload(tmp_path), *both, "--split", "2", "--split", "random:1", *places)
    assert told.code == 1, told.err
    assert told.out.splitlines()[1:] == [
        f"  A  {bad.target}: 1 finding",
        f"  B  {good.target}: nothing wrong",
        "",
        f"split 2, at byte {HEAD - 3}",
        "  A  depends-on-segments, answer 400",
        "  B  whole, answer 200",
        "",
        "split recorded A  .",
        "split recorded B  .",
        "split 2        A  .!.",
        "split 2        B  ...",
        "split random:1 A  .",
        "split random:1 B  .",
        "                  . right  ! wrong  - nothing to be seen",
        "1 of 5 plays differ",
    ]


def test_a_split_of_the_whole_has_no_place_of_its_own(tmp_path: Path) -> None:
    with Sink(by_reads) as bad, Sink(servers.careful) as good:
        both = ("--target", bad.target, "--target", good.target)
        told = invoke("compare", upload(tmp_path), *both, "--split", str(HEAD - 3))
        rows = json.loads(invoke("compare", upload(tmp_path), *both, "--split", "60", "--format", "json").out)["rows"]
    assert f"split {HEAD - 3}\n  A  depends-on-segments, answer 400\n" in told.out
    assert [(row["how"], row["place"], row["count"], row["agrees"]) for row in rows] == [
        ("split recorded", "100%", 1, True),
        ("split 60", "100%", 1, False),
    ]


def test_what_is_allowed_is_no_finding_of_any_server(tmp_path: Path) -> None:
    form = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'
    head = b"POST /f HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n"
    trace = tmp_path / "form.txt"
    trace.write_bytes(trace_text([(SEND_HEADER, head % len(form)), (SEND_DATA, form)]))
    allowed = ("--allow", "200-when-only-final-crlf-missing", "--cuts", "-1", "--close", "half")
    with Sink(servers.naive) as one, Sink(servers.naive) as other:
        told = invoke("compare", trace, "--target", one.target, "--target", other.target, *allowed)
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines()[1] == f"  A  {one.target}: nothing wrong"


def test_over_tls_each_server_gets_the_plays_in_its_certificate(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    ok = vault.answer(servers.OK, after=BODY)
    with Sink(ok) as one, Sink(ok) as other:
        both = ("--target", one.target, "--target", other.target)
        args = ("--tls", "--cacert", str(vault.cacert), "--cuts", "100%", "--close", "half")
        told = invoke("compare", upload(tmp_path), *both, *args)
        assert {bytes(each.data) for sink in (one, other) for each in sink.connections} == {SENT}
        untrusted = invoke("compare", upload(tmp_path), *both, "--tls", *SOME)
    assert (told.code, told.out.splitlines()[-1]) == (0, "1 of 1 plays agree"), told.err
    assert {one.version for one in vault.heard} >= {"TLSv1.3"}
    assert (untrusted.code, "is not trusted as 127.0.0.1" in untrusted.err) == (4, True)


def test_a_server_behind_tls_is_compared_with_a_plain_one_by_their_urls(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    with Sink(vault.answer(servers.OK, after=BODY)) as secure, Sink(servers.careful) as plain:
        both = ("--target", f"https://{secure.target}", "--target", f"http://{plain.target}")
        told = invoke("compare", upload(tmp_path), *both, "-k", "--cuts", "100%", "--close", "half")
        assert {bytes(each.data) for sink in (secure, plain) for each in sink.connections} == {SENT}
    assert (told.code, told.out.splitlines()[-1]) == (0, "1 of 1 plays agree"), told.err


def test_nginx_stands_before_a_server_that_is_named_by_its_url(tmp_path: Path, nginx_conf: Path) -> None:
    with Sink(servers.naive) as sink:
        told = invoke("compare", upload(tmp_path), "--target", f"http://{sink.target}", "--via", nginx_conf, *SOME)
    assert (told.code, told.err) == (1, "")
    assert told.out.splitlines()[-1] == "1 of 1 plays differ"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--target", "nowhere"], "'nowhere' is not a target"),
        (["--target", NOBODY, "--split", "2", "--close", "fin"], "--close says how a cut is left"),
        (["--target", NOBODY, "--fill", "zeros"], "--fill says with what a body grows"),
        (["--target", NOBODY, "--allow", "200"], "'200' is no tolerance"),
        (["--target", f"http://{NOBODY}", "--tls"], "--tls and a target without TLS exclude each other"),
    ],
)
def test_what_cannot_be_is_refused_before_any_server_is_asked(args: list[str], message: str, tmp_path: Path) -> None:
    with Sink(servers.careful) as sink:
        told = invoke("compare", upload(tmp_path), "--target", sink.target, *args)
        assert not sink.connections
    assert (told.code, told.out) == (2, "")
    assert message in told.err
