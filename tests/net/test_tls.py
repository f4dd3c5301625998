"""Plays over TLS; what counts is what the peer decrypted, and what it read from the wire."""

import ssl
from pathlib import Path

import pytest

from tests.net.sink import Sink
from tests.net.tls_sink import Vault, slowly
from tests.net.upload import ANSWER, BODY, HEAD, WHOLE, hold_of, settle_of
from tests.traces import make_trace
from tracereplay.errors import PlanError
from tracereplay.library import Network, Plan, play, start
from tracereplay.net.tls import TlsOptions
from tracereplay.net.tls_link import TlsEnd

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
RECORD, OVERHEAD = 16_384, {ssl.TLSVersion.TLSv1_2: 29, ssl.TLSVersion.TLSv1_3: 22}  # AES-GCM


def ciphertext(plain: list[int], version: ssl.TLSVersion) -> int:
    """Return how long the records are that these writes become."""
    return sum(size + OVERHEAD[version] * -(-size // RECORD) for size in plain)


@pytest.fixture(params=VERSIONS, ids=["1.2", "1.3"])
def vault(tmp_path: Path, request: pytest.FixtureRequest) -> Vault:
    return Vault(tmp_path, request.param)


def trusting(vault: Vault, end: TlsEnd | None = None) -> Network:
    return Network(tls=TlsOptions(forced=True, cacert=vault.cacert, end=end))


def test_the_whole_trace_arrives_and_is_answered(plan: Plan, vault: Vault) -> None:
    with Sink(vault.answer(ANSWER, after=BODY[-8:])) as sink:
        outcome = play(plan, sink.target, network=trusting(vault))
        assert bytes(sink.seen().data) == WHOLE
    one = outcome.connection
    assert (one.planned, one.handed, one.acknowledged, one.received) == (len(WHOLE),) * 3 + (len(ANSWER),)
    assert outcome.answer is not None
    assert (one.ended, one.peer, outcome.answer.body) == ("complete", "none", b"ok")
    sends = [len(HEAD), *(min(65_536, len(BODY) - at) for at in range(0, len(BODY), 65_536))]
    assert one.tls is not None
    assert one.tls.wire == ciphertext(sends, vault.version)
    assert one.tls.version == vault.heard[0].version
    assert vault.heard[0].alpn == "http/1.1"
    assert vault.heard[0].notified, "curl ends with a close_notify"


@pytest.mark.parametrize("how", ["fin", "rst", "half", "stall"])
@pytest.mark.parametrize("spec", ["0", "1", "16384", "16385", "50%", "-1", "100%"])
def test_the_peer_decrypts_exactly_what_stands_before_the_cut(plan: Plan, vault: Vault, how: str, spec: str) -> None:
    plan = plan.truncated(spec).leaving(how, hold=hold_of(how), settle=settle_of(how))
    cut = plan.main_connection.cut
    assert cut is not None
    with Sink(vault.swallow) as sink:
        one = play(plan, sink.target, network=trusting(vault)).connection
        seen = sink.seen()
    assert bytes(seen.data) == WHOLE[: cut.at]
    assert seen.end == ("rst" if how == "rst" else "fin"), "tickets that nobody read would reset"
    assert (one.handed, one.acknowledged, one.cut) == (cut.at, cut.at, cut)
    assert vault.heard[0].notified == (how == "half"), "a client that goes away half-way does not say so"


@pytest.mark.parametrize("how", ["fin", "rst", "half", "stall"])
@pytest.mark.parametrize("wire", [0, 1, 5, 20_000, 100_000])
def test_the_wire_ends_inside_a_record(plan: Plan, vault: Vault, how: str, wire: int) -> None:
    plan = plan.truncated(f"wire:{wire}").leaving(how, hold=hold_of(how), settle=settle_of(how))
    with Sink(vault.swallow) as sink:
        one = play(plan, sink.target, network=trusting(vault)).connection
        seen = sink.seen()
    assert one.tls is not None
    close_notify = ciphertext([2], vault.version) if how == "half" and not wire else 0  # never inside a record
    assert (vault.heard[0].wire, one.tls.wire) == (wire + close_notify, wire)
    assert seen.end == ("rst" if how == "rst" else "fin")
    assert one.cut is not None
    assert (one.cut.spec, one.cut.at) == (f"wire:{wire}", len(seen.data))
    assert one.handed == one.acknowledged == len(seen.data)
    assert one.ended == ("peer" if how == "half" else "cut")
    assert bytes(seen.data) == WHOLE[: len(seen.data)]
    records = [len(HEAD), *[RECORD] * 20]
    whole = next(n for n in range(20) if ciphertext(records[: n + 1], vault.version) > wire)
    assert len(seen.data) == sum(records[:whole])


def test_the_wire_can_end_where_a_record_does(plan: Plan, vault: Vault) -> None:
    wire = ciphertext([len(HEAD), RECORD], vault.version)
    with Sink(vault.swallow) as sink:
        one = play(plan.truncated(f"wire:{wire}"), sink.target, network=trusting(vault, "notify")).connection
        assert bytes(sink.seen().data) == WHOLE[: len(HEAD) + RECORD]
    assert one.handed == len(HEAD) + RECORD
    assert vault.heard[0].notified


def test_a_place_of_the_wire_beyond_the_end_sends_all(plan: Plan, vault: Vault) -> None:
    with Sink(vault.swallow) as sink:
        one = play(plan.truncated("wire:1M"), sink.target, network=trusting(vault)).connection
        assert bytes(sink.seen().data) == WHOLE
    assert one.cut is not None
    assert (one.cut.at, one.ended) == (len(WHOLE), "cut")


def test_a_place_of_the_wire_needs_tls(plan: Plan) -> None:
    with pytest.raises(PlanError, match="is played without TLS"):
        play(plan.truncated("wire:100"), "127.0.0.1:9")


@pytest.mark.parametrize(
    ("end", "spec", "is_said"), [("notify", "50%", True), ("none", "100%", False), ("none", None, False)]
)
def test_the_user_decides_whether_the_end_is_said(
    plan: Plan, vault: Vault, end: TlsEnd, spec: str | None, is_said: bool
) -> None:
    plan = plan if spec is None else plan.truncated(spec)
    with Sink(vault.answer(ANSWER, after=BODY[-8:])) as sink:
        play(plan, sink.target, network=trusting(vault, end))
        assert sink.seen().end == "fin"
    assert vault.heard[0].notified == is_said


def test_a_half_close_says_the_end_and_still_reads_the_answer(plan: Plan, vault: Vault) -> None:
    refusal = b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n"
    with Sink(vault.answer(refusal, after=b"never", at_end=True)) as sink:
        outcome = play(plan.truncated("body:50%").leaving("half"), sink.target, network=trusting(vault))
    assert outcome.answer is not None
    assert (outcome.answer.status, outcome.connection.peer) == (400, "fin")


@pytest.mark.parametrize("how", ["fin", "rst", "half"])
def test_a_server_that_reads_slowly_gets_it_all(tmp_path: Path, vault: Vault, how: str) -> None:
    vault.pause = slowly
    body = bytes(3_000_000)
    head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)
    events = [("=> Send header", head), *(("=> Send data", body[at : at + 65536]) for at in range(0, len(body), 65536))]
    plan = make_trace(tmp_path, events).plan().truncated("-1").leaving(how, settle=settle_of(how))
    with Sink(vault.swallow) as sink:
        one = play(plan, sink.target, network=trusting(vault)).connection
        assert len(sink.seen(within=30).data) == len(head) + len(body) - 1
    assert one.acknowledged == one.handed == len(head) + len(body) - 1


def test_a_record_that_is_under_way_is_given_up_when_told_to_leave(tmp_path: Path, vault: Vault) -> None:
    body = bytes(10_000_000)
    plan = make_trace(tmp_path, [("=> Send header", HEAD), ("=> Send data", body)]).plan()
    vault.is_deaf.set()
    with Sink(vault.swallow) as sink:
        with start(plan, sink.target, network=trusting(vault), timeout="0.5s") as playback:
            playback.wait_sent("1")
            playback.wait(0.2)
            playback.leave("fin")
            vault.is_deaf.clear()
        one = playback.outcome().connection
        assert len(sink.seen().data) == one.handed
    assert 0 < one.handed < len(body)
    assert not vault.heard[0].notified


def test_many_small_answers_in_one_piece_are_all_read(tmp_path: Path, vault: Vault) -> None:
    request = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    plan = make_trace(tmp_path, [("=> Send header", request), ("<= Recv header", ANSWER)]).plan()
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + bytes(2000)
    vault.piece_bytes = 1
    with Sink(vault.answer(long, after=b"\r\n\r\n")) as sink:
        outcome = play(plan, sink.target, network=trusting(vault), timeout="5s")
    assert outcome.answer is not None
    assert (outcome.answer.body_bytes, outcome.connection.ended) == (2000, "complete")
