"""Recordings of HTTP/2, sent as HTTP/1.1 to a server that counts and reads them."""

import socket
from pathlib import Path

import h11
import pytest

from tests.net.sink import Seen, Sink
from tests.traces import make_trace
from tracereplay.library import load, play

FIXTURES = Path(__file__).parents[2] / "fixtures" / "traces"
PUT = b"PUT /p HTTP/2\r\nHost: 127.0.0.1\r\n\r\n"
BODY = bytes(range(256)) * 1024


class Server:
    """Reads requests as HTTP/1.1 and answers each; ``requests`` are the targets and bodies that came whole."""

    def __init__(self) -> None:
        self.requests: list[tuple[bytes, bytes]] = []

    def __call__(self, sock: socket.socket, seen: Seen) -> None:
        connection = h11.Connection(h11.SERVER)
        target, body = b"", b""
        while chunk := sock.recv(65536):
            seen.data += chunk
            connection.receive_data(chunk)
            while (event := connection.next_event()) is not h11.NEED_DATA and event is not h11.PAUSED:
                if isinstance(event, h11.Request):
                    target, body = event.target, b""
                elif isinstance(event, h11.Data):
                    body += bytes(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    self.requests.append((target, body))
                    response = h11.Response(status_code=201, headers=[("Content-Length", "0")])
                    sock.sendall((connection.send(response) or b"") + (connection.send(h11.EndOfMessage()) or b""))
                    connection.start_next_cycle()


@pytest.mark.parametrize(
    ("name", "requests"),
    [
        ("7.52.1-h2c_prior_knowledge-ascii", [(b"/x", b"field=value"), (b"/y", b"field=value")]),
        ("7.61.1-h2c_prior_knowledge-hex-time", [(b"/x", b"field=value"), (b"/y", b"field=value")]),
        ("8.16.0-h2c_prior_knowledge-hex-time-ids", [(b"/x", b"field=value"), (b"/y", b"field=value")]),
        ("8.17.0-h2_tls_parallel-ascii-ids", [(b"/a", b""), (b"/b", b""), (b"/c", b"")]),
    ],
)
def test_every_request_arrives_and_is_answered_in_its_turn(name: str, requests: list[tuple[bytes, bytes]]) -> None:
    server = Server()
    plan = load(FIXTURES / name / "trace.txt").plan().as_http1()
    with Sink(server) as sink:
        one = play(plan, f"http://{sink.target}").connection
        count = len(sink.seen().data)
    assert server.requests == requests
    assert [answer.status for answer in one.answers] == [201] * len(requests)
    assert (one.planned, one.handed, one.acknowledged) == (count,) * 3
    assert (one.ended, one.translated_from) == ("complete", "h2")


def test_a_body_of_unknown_length_arrives_whole_and_cut(tmp_path: Path) -> None:
    pieces = [("=> Send data", BODY[at : at + 40_000]) for at in range(0, len(BODY), 40_000)]
    events = [("=> Send header", PUT), *pieces, ("<= Recv header", b"HTTP/2 200 \r\n")]
    plan = make_trace(tmp_path, events).plan().as_http1()
    server = Server()
    with Sink(server) as sink:
        play(plan, sink.target)
        whole = bytes(sink.seen(0).data)
        for number, (spec, way) in enumerate([("50%", "rst"), ("body:50%", "fin"), ("file:70000", "half")], 1):
            cut = plan.truncated(spec).leaving(way)
            one = play(cut, sink.target).connection
            seen = sink.seen(number)
            assert one.cut is not None
            assert bytes(seen.data) == whole[: one.cut.at], spec
            assert one.handed == one.cut.at == len(seen.data)
    assert server.requests == [(b"/p", BODY)]
    assert seen.data.endswith(BODY[69_990:70_000])
