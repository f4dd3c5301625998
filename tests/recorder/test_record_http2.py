"""A recording over HTTP/2 and TLS without its secrets: heads, as curl shows them, and its own words about them."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import trustme

from tests.programs import needs_curl
from tests.recorder.test_record_secrets import SECRET, forms_of
from tracereplay.library import load
from tracereplay.recorder import record
from tracereplay.testing.server import Server
from tracereplay.trace.event import Event, Info

pytestmark = [needs_curl, pytest.mark.usefixtures("_without_curlrc")]

APP = f"""\
async def app(scope, receive, send):
    if scope["type"] == "http":
        while (await receive()).get("more_body"):
            pass
        headers = [(b"set-cookie", b"sid={SECRET}; Path=/"), (b"location", b"/?token={SECRET}")]
        await send({{"type": "http.response.start", "status": 200, "headers": headers}})
        await send({{"type": "http.response.body", "body": scope["http_version"].encode()}})
"""


@pytest.fixture(scope="module")
def server(
    replay_server: Callable[..., AbstractContextManager[Server]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Path]]:
    folder = tmp_path_factory.mktemp("http2")
    authority = trustme.CA()
    ours = authority.issue_cert("127.0.0.1")
    ours.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    ours.private_key_pem.write_to_path(folder / "key.pem")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    (folder / "app.py").write_text(APP)
    command = [sys.executable, "-m", "hypercorn", "--certfile", "cert.pem", "--keyfile", "key.pem"]
    with replay_server([*command, "-b", "fd://{fd}", "app:app"], cwd=folder) as running:
        yield running, folder / "ca.pem"


def test_what_is_sent_over_http2_is_not_in_the_trace_nor_in_what_curl_says_of_it(
    server: tuple[Server, Path], folder: Path
) -> None:
    running, cacert = server
    secrets = ["-u", f"joe:{SECRET}", "-b", f"a={SECRET}", "-H", f"X-Api-Key: {SECRET}", "-d", "a body", "-c", "jar"]
    url = f"https://{running.target}/?api_key={SECRET}"
    line = ["curl", "-sS", "--http2", "--cacert", str(cacert), "-o", "out", *secrets, url]

    recording = record(line, folder / "up.txt")

    assert recording.exit_code == 0
    assert (folder / "out").read_text() == "2"
    text = (folder / "up.txt").read_bytes()
    trace = load(folder / "up.txt")
    items = [placed.item for placed in trace.items()]
    shown = b"".join(item.payload.data for item in items if isinstance(item, Event))
    said = [item.text for item in items if isinstance(item, Info)]
    for form in forms_of(SECRET):
        assert form not in text
        assert form not in shown
    for name in ("Authorization", "Cookie.a", "X-Api-Key", "query.api_key"):
        assert recording.redacted[name] >= 2  # in what is sent, and in what curl says of it
    assert recording.redacted["Set-Cookie.sid"] == 2
    assert any(b"[authorization: Basic xxxx" in one for one in said)
    assert b"\r\nx-api-key: xxxxxxxxxx\r\n" in shown.lower()
    assert trace.conversations[0].protocol == "h2"
