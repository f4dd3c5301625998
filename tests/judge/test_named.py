"""The name that each play has, in a header, by which the witness knows a request behind a proxy."""

from pathlib import Path

import pytest

from tests.judge.test_witnessed import line, write
from tests.traces import trace_text
from tracereplay import Plan, PlanError, load
from tracereplay.judge.named import HEADER, UNNAMED, NamedWitness
from tracereplay.judge.seen import Seen
from tracereplay.judge.sent import Sent

HEAD = b"PUT /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"
HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Return the plan of an upload that comes after another request, with the header."""
    path = tmp_path / "put.txt"
    events = [("=> Send header", HEALTH), ("<= Recv header", OK), ("=> Send header", HEAD), ("=> Send data", b"x" * 10)]
    path.write_bytes(trace_text(events))
    return load(path).plan().with_header(HEADER, UNNAMED)


def sent_of(plan: Plan, number: int = 1) -> Sent:
    return Sent(None, plan.main_connection.conversation.requests, number)


def name_of(plan: Plan) -> str:
    return plan.main_connection.conversation.requests[1].header(HEADER) or ""


def test_each_play_has_a_name_of_its_own_and_is_as_long_and_cut_at_the_same_byte(plan: Plan, tmp_path: Path) -> None:
    cut = plan.truncated("body:50%")
    plays = [NamedWitness(tmp_path / "log").named(cut) for _ in range(2)]
    one = NamedWitness(tmp_path / "log")
    plays += [one.named(cut) for _ in range(2)]
    assert len({name_of(play) for play in plays} | {UNNAMED}) == 5
    for play in plays:
        main = play.main_connection
        assert (main.planned_bytes, main.sends_bytes) == (
            cut.main_connection.planned_bytes,
            cut.main_connection.sends_bytes,
        )
        data = b"".join(event.payload.data for event in main.events() if event.direction.name == "SENT")
        assert f"\r\n{HEADER}: {name_of(play)}\r\n\r\n".encode() in data
        assert UNNAMED.encode() not in data


def test_what_was_seen_is_that_of_the_name(plan: Plan, tmp_path: Path) -> None:
    log = tmp_path / "log"
    witness = NamedWitness(log)
    first, second = witness.named(plan), witness.named(plan)
    write(
        log, line(0, id=name_of(second), read=2, ports=(None, None)), line(1, id=name_of(first), read=1, path="/below")
    )
    witness.refuse_blind(sent_of(first))
    assert witness.of(sent_of(first)) == Seen(1, "clean", None, 200)
    assert witness.of(sent_of(second)) == Seen(2, "clean", None, 200)
    assert witness.of(sent_of(first, 0)) is None  # the request before it has no name
    assert witness.of(sent_of(witness.named(plan))) is None


def test_of_a_request_that_a_proxy_has_made_twice_nothing_is_said(plan: Plan, tmp_path: Path) -> None:
    log = tmp_path / "log"
    witness = NamedWitness(log)
    play = witness.named(plan)
    write(log, line(0, id=name_of(play)), line(1, id=name_of(play)))
    with pytest.raises(PlanError, match="has seen PUT /raw, PUT /raw, and nothing tells which"):
        witness.refuse_blind(sent_of(play))


def test_a_line_of_another_run_is_of_nobody(plan: Plan, tmp_path: Path) -> None:
    log = tmp_path / "log"
    witness = NamedWitness(log)
    write(log, line(0, id=name_of(NamedWitness(log).named(plan))), line(1, id=UNNAMED))
    with pytest.raises(PlanError, match="has not seen the whole request"):
        witness.refuse_blind(sent_of(witness.named(plan)))


def test_a_header_that_another_edit_has_undone_is_refused(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="does not stand in what is sent"):
        NamedWitness(tmp_path / "log").named(plan.without_header(HEADER))
