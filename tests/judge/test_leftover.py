"""One answer more than there were requests: which bytes could have been taken for one."""

import re
import socket
from pathlib import Path

import pytest

from tests.cli.command_line import Told, invoke
from tests.judge import servers
from tests.net.sink import Seen, Sink, Talk
from tests.servers.test_sweep import GUNICORN, findings
from tests.traces import trace_text
from tracereplay import serve
from tracereplay.judge.missing import UNKNOWN, WHOLE, Missing
from tracereplay.judge.oracle import Terms, judge
from tracereplay.judge.verdict import Facts
from tracereplay.plan.way import Way

BODY, HALF, STALL = Missing("body", 10), Way.HALF, Way.STALL
HEAD = b"POST /%s HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n"
CHUNKS = (b"Transfer-Encoding: chunked", b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
NEXT = b"PUT /next HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
LENGTH = (b"Content-Length: %d" % len(NEXT), NEXT)
HEAD_BYTES = len(HEAD % (b"200", LENGTH[0]))
# An application that answers before it reads, and so leaves all of the body to its server.
EARLY = """
def app(environ, start_response):
    start_response(environ["PATH_INFO"].strip("/") + " Early", [("Content-Length", "2")])
    return [b"ok"]
"""
# Python's own server takes what a handler has not read for the next request.
LEAVING = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.send_response(int(self.path.strip("/")))
        self.send_header("Content-Length", "0")
        self.end_headers()


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def facts(
    status: int, surplus: int | None, missing: Missing = BODY, way: Way = HALF, *, is_past_head: bool = True
) -> Facts:
    return Facts(way, missing, status, surplus, "fin", "peer", is_past_head=is_past_head)


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        (facts(200, 400), "2xx-for-incomplete"),
        (facts(500, 400), "5xx-for-incomplete"),
        (facts(401, 400), "leftover-as-request"),
        (facts(401, 501, way=STALL), "leftover-as-request"),
        (facts(401, 408), "rejected"),
        (facts(401, 400, is_past_head=False), "rejected"),
        (facts(400, 400, Missing("head", 5), is_past_head=False), "rejected"),
        (facts(200, 400, WHOLE), "whole"),
        (facts(200, 501, WHOLE), "leftover-as-request"),
        (facts(200, 400, WHOLE, STALL), "leftover-as-request"),
        (facts(200, 501, WHOLE, is_past_head=False), "whole"),
        (facts(200, 400, UNKNOWN), "unjudged"),
    ],
    ids=[
        "a success for a part, whatever came then",
        "a failure over a part, whatever came then",
        "a refusal, and an answer to what follows",
        "the same of a client that is silent",
        "a farewell to a client that is silent",
        "nothing behind the head was sent",
        "not even the head was whole",
        "the end of an idle connection is refused",
        "what ends no connection, behind a whole message",
        "the connection did not end",
        "there was no body",
        "nothing tells where the message ends",
    ],
)
def test_what_can_be_said_of_an_answer_more(seen: Facts, kind: str) -> None:
    found, _, why = judge(seen, Terms())
    assert found == kind
    told = re.search(rf"came another(?: answer)?, {seen.surplus_status}\b", why)
    assert bool(told) is (seen.surplus_status != 408), "what was seen is told"


def leaving(folder: Path, target: str, path: bytes, message: tuple[bytes, bytes], *cuts: str) -> Told:
    framing, body = message
    trace = folder / "upload.txt"
    trace.write_bytes(trace_text([("=> Send header", HEAD % (path, framing)), ("=> Send data", body)]))
    specs = [word for one in cuts or ("body:all", "100%") for word in ("--cuts", one)]
    return invoke("sweep", trace, "--target", target, "--close", "half", "--format", "json", *specs)


def test_gunicorn_that_refuses_the_end_of_a_chunk_takes_nothing_for_a_request(tmp_path: Path) -> None:
    (tmp_path / "early.py").write_text(EARLY, "utf-8")
    command = f"{GUNICORN} -k gthread --threads 4 early:app"
    with serve(command, cwd=tmp_path) as server:
        taken = leaving(tmp_path, server.target, b"200", CHUNKS)
        refused = leaving(tmp_path, server.target, b"401", CHUNKS)
    assert {rule for rule, *_ in findings(taken)} == {"2xx-for-incomplete"}
    assert '"verdicts":{"2xx-for-incomplete":24,"whole":3}' in taken.out
    assert "then came another answer, 400" in taken.out
    assert (refused.code, findings(refused)) == (0, [])
    assert '"verdicts":{"rejected":24,"whole":3}' in refused.out


def test_a_server_that_takes_the_rest_of_a_body_for_a_request_is_found(tmp_path: Path) -> None:
    (tmp_path / "leaving.py").write_text(LEAVING, "utf-8")
    with serve("python leaving.py {port}", cwd=tmp_path) as server:
        taken = leaving(tmp_path, server.target, b"200", LENGTH)
        refused = leaving(tmp_path, server.target, b"401", LENGTH)
    head, line = HEAD_BYTES, len(b"PUT /next HTTP/1.1")
    assert findings(refused) == [
        ("leftover-as-request", head + line, "half", 401),
        ("leftover-as-request", head + len(NEXT), "half", 401),
    ]
    assert findings(taken) == [
        ("2xx-for-incomplete", head, "half", 200),
        ("2xx-for-incomplete", head + line, "half", 200),
        ("leftover-as-request", head + len(NEXT), "half", 200),
    ]
    assert "then came another answer, 501" in taken.out


def idle(answer: bytes) -> Talk:
    """Return a talk that answers a whole request, and then the end of the connection."""

    def talk(sock: socket.socket, seen: Seen) -> None:
        servers.careful(sock, seen)
        if servers.is_whole(bytes(seen.data)):
            sock.recv(1)
            sock.sendall(answer)

    return talk


def test_the_end_of_an_idle_connection_may_be_refused(tmp_path: Path) -> None:
    with Sink(idle(servers.BAD)) as sink:
        told = leaving(tmp_path, sink.target, b"200", LENGTH, "body:all", "100%")
    assert (told.code, findings(told)) == (0, [])
