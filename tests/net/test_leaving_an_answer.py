"""Leaving in the middle of a download: how much is read is a place in the recorded answer, to the byte."""

import socket
from pathlib import Path

import pytest

from tests.net.sink import Seen, Sink
from tests.net.tls_sink import Vault
from tests.traces import make_trace
from tracereplay.errors import PlanError
from tracereplay.library import Network, Plan, play
from tracereplay.net.tls import TlsOptions

GET = b"GET /big HTTP/1.1\r\nHost: h\r\n\r\n"
HEAD = [b"HTTP/1.1 200 OK\r\n", b"Content-Length: 1000000\r\n", b"\r\n"]
BODY = b"0123456789" * 100_000
ANSWER = b"".join(HEAD) + BODY


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    head = [("<= Recv header", line) for line in HEAD]
    body = [("<= Recv data", BODY[at : at + 16_384]) for at in range(0, len(BODY), 16_384)]
    return make_trace(tmp_path, [("=> Send header", GET), *head, *body]).plan()


def serve(answer: bytes) -> Sink:
    """Return a server that answers, and reads on until the client has gone."""

    def talk(sock: socket.socket, seen: Seen) -> None:
        seen.data += sock.recv(65536)
        sock.sendall(answer)
        while chunk := sock.recv(65536):
            seen.data += chunk

    return Sink(talk)


@pytest.mark.parametrize("how", ["fin", "rst", "stall"])
@pytest.mark.parametrize(
    ("spec", "count"),
    [
        ("answer:0", 0),
        ("answer:1", 1),
        ("answer:50%", len(ANSWER) // 2),
        ("answer:head:end", len(ANSWER) - len(BODY)),
        ("answer:body:64k", len(ANSWER) - len(BODY) + 65_536),
        ("answer:1:body:-1", len(ANSWER) - 1),
        ('answer:body:after "789"', len(ANSWER) - len(BODY) + 10),
        ("answer:end", len(ANSWER)),
    ],
)
def test_just_so_much_of_the_answer_is_read(plan: Plan, spec: str, count: int, how: str) -> None:
    with serve(ANSWER) as sink:
        cut = plan.truncated(spec).leaving(how, hold="0.05s" if how == "stall" else None)
        one = play(cut, sink.target).connection
        assert bytes(sink.seen().data) == GET
    assert one.cut is not None
    assert (one.cut.at, one.cut.reads) == (len(GET), count)
    assert (one.handed, one.received, one.ended, one.left) == (len(GET), count, "cut", True)
    assert sum(answer.body_bytes for answer in one.answers) == max(0, count - len(ANSWER) + len(BODY))


def test_a_client_that_closes_for_sending_only_reads_the_rest(plan: Plan) -> None:
    with serve(ANSWER) as sink:
        one = play(plan.truncated("answer:50%").leaving("half"), sink.target).connection
    assert (one.received, one.ended, one.peer) == (len(ANSWER), "peer", "fin")


def test_a_client_that_stalls_lets_a_download_of_any_size_fill_the_buffers(plan: Plan) -> None:
    sent = []

    def pour(sock: socket.socket, seen: Seen) -> None:
        seen.data += sock.recv(65536)
        while True:
            sent.append(sock.send(bytes(1 << 16)))

    with Sink(pour) as sink:
        one = play(plan.truncated("answer:100").leaving("stall", hold="0.2s"), sink.target).connection
        sink.seen()
    assert (one.received, one.ended) == (100, "cut")
    assert sum(sent) < 1 << 26


@pytest.mark.parametrize(("how", "received"), [("fin", 1000), ("half", len(ANSWER))])
def test_over_tls_it_is_the_plaintext(plan: Plan, tmp_path: Path, how: str, received: int) -> None:
    vault = Vault(tmp_path)
    network = Network(tls=TlsOptions(forced=True, cacert=vault.cacert))
    with Sink(vault.answer(ANSWER, after=GET)) as sink:
        one = play(plan.truncated("answer:1000").leaving(how), sink.target, network=network).connection
    assert (one.received, one.left) == (received, True)


def test_a_shorter_answer_is_told_by_who_ended_it(plan: Plan) -> None:
    def short(sock: socket.socket, seen: Seen) -> None:
        seen.data += sock.recv(65536)
        sock.sendall(ANSWER[:100])

    with Sink(short) as sink:
        one = play(plan.truncated("answer:50%"), sink.target).connection
    assert (one.received, one.ended, one.peer, one.left) == (100, "peer", "fin", False)


def test_a_short_answer_of_a_server_that_stays_ends_with_the_timeout(plan: Plan) -> None:
    with serve(ANSWER[:100]) as sink:
        one = play(plan.truncated("answer:50%"), sink.target, timeout="0.1s").connection
    assert (one.received, one.ended, one.left) == (100, "timeout", False)


def test_nothing_is_sent_that_came_after_that_byte(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    head = [("<= Recv header", answer[:17]), ("<= Recv header", answer[17:36]), ("<= Recv header", answer[36:38])]
    exchange = [("=> Send header", GET), *head, ("<= Recv data", b"ok")]
    plan = make_trace(tmp_path, [*exchange, *exchange]).plan()
    asked = {
        spec: plan.truncated(spec).main_connection.cut for spec in ("answer:1:end", "answer:2:start", "answer:2:1")
    }
    told = {spec: (cut.at, cut.reads) for spec, cut in asked.items() if cut}
    size = len(answer)
    assert told == {
        "answer:1:end": (len(GET), size),
        "answer:2:start": (2 * len(GET), size),
        "answer:2:1": (2 * len(GET), size + 1),
    }


@pytest.mark.parametrize("spec", ["answer:2:50%", "answer:120%", 'answer:head:after "no"', "answer:body:-2000000"])
def test_a_place_that_the_answer_does_not_have_is_refused(plan: Plan, spec: str) -> None:
    with pytest.raises(PlanError, match="connection 0"):
        plan.truncated(spec)


def test_a_pause_is_in_what_is_sent(plan: Plan) -> None:
    with pytest.raises(PlanError, match="is a place in what is received"):
        plan.paused("answer:50%=1s")
