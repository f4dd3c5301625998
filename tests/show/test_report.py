from dataclasses import replace

import pytest

from tests.show.outcomes import HALF_WAY, WHOLE, outcome
from tracereplay.engine.lateness import Lateness
from tracereplay.engine.outcome import Answer, ConnectionOutcome
from tracereplay.plan.plan import Cut
from tracereplay.plan.way import Way
from tracereplay.show.report import report

RESET = replace(
    WHOLE,
    cut=HALF_WAY,
    way=Way.RST,
    handed=HALF_WAY.at,
    acknowledged=HALF_WAY.at,
    received=25,
    answers=(),
    ended="cut",
    reaction_seconds=None,
)
STALLED = replace(
    RESET,
    way=Way.STALL,
    acknowledged=400_000,
    received=0,
    interim=(),
    ended="timeout",
)
HUNG_UP = replace(
    WHOLE,
    handed=65_536,
    acknowledged=1_000,
    interim=(),
    answers=(Answer(413, "", (), 7),),
    peer="rst",
    ended="peer",
    left=False,
)


def lines(one: ConnectionOutcome) -> list[str]:
    return list(report(outcome(one)))


def row(one: ConnectionOutcome, label: str) -> str:
    (found,) = (line for line in lines(one) if line.startswith(label))
    return found[14:]


def test_how_late_the_sends_were() -> None:
    one = replace(WHOLE, lateness=Lateness(20, 12_000, 300_000, 1_500_000))
    assert row(one, "lateness") == "12 us at the median, 300 us at 99 %, 1.5 ms at most, over 20 sends with a time"


def test_what_the_application_has_read() -> None:
    assert row(replace(RESET, read=1), "read") == "1 byte, by the program at the other end, when we left"


def test_a_server_that_reads_no_more_has_no_window() -> None:
    assert row(replace(STALLED, window=0), "acknowledged").endswith(": the other end has no room for more")


def test_a_whole_play() -> None:
    assert lines(WHOLE) == [
        "upload.txt => 127.0.0.1:8000",
        "sent          1,048,759 of 1,048,759 bytes (100.0 %)",
        "left by       fin: closed",
        "acknowledged  1,048,759 bytes, by the other end's kernel",
        "interim       100 Continue",
        "answer        201 Created, body of 3 bytes, complete",
        "peer          none: the server had not closed when this ended",
        "ended by      us, at the end of the plan",
        "reaction      2.1 ms after our last act",
        "took          1.25 s",
    ]


def test_a_reset_half_way() -> None:
    assert lines(RESET) == [
        "upload.txt => 127.0.0.1:8000",
        "sent          524,459 of 1,048,759 bytes (50.0 %)",
        "cut           body:50% (of the body as it is sent) is byte 524,459 (50.0 %)",
        "left by       rst: reset",
        "acknowledged  524,459 bytes, by the other end's kernel",
        "interim       100 Continue",
        "answer        none in the 25 bytes that came",
        "peer          none: the server had not closed when this ended",
        "ended by      us, at the cut",
        "reaction      none seen",
        "took          1.25 s",
    ]


def test_a_server_that_does_not_read() -> None:
    assert row(STALLED, "acknowledged") == "400,000 of 524,459 bytes handed over: the other end took no more of it"
    assert row(STALLED, "left by") == "stall: silent, still open"
    assert row(STALLED, "answer") == "none"
    assert row(STALLED, "ended by") == "the timeout, or --max-time"


def test_a_server_that_is_first_to_leave() -> None:
    assert row(HUNG_UP, "left by") == "nothing: it was over before we could leave"
    assert row(HUNG_UP, "acknowledged") == "1,000 of 65,536 bytes handed over"
    assert row(HUNG_UP, "answer") == "413, body of 7 bytes, incomplete"
    assert row(HUNG_UP, "peer") == "rst: the server reset the connection"
    assert row(HUNG_UP, "ended by") == "the server"


def test_a_kernel_that_does_not_tell() -> None:
    assert row(replace(WHOLE, acknowledged=None), "acknowledged") == "not known here"


@pytest.mark.parametrize(
    ("handed", "share"),
    [(0, "0.0 %"), (1, "under 0.1 %"), (1_048_758, "over 99.9 %"), (262_190, "25.0 %")],
)
def test_a_share_is_never_all_or_nothing_when_it_is_not(handed: int, share: str) -> None:
    assert row(replace(WHOLE, handed=handed), "sent") == f"{handed:,} of 1,048,759 bytes ({share})"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("50%", "50% (of all that is sent) is byte 9 (under 0.1 %)"),
        ("all:-1", "all:-1 (of all that is sent) is byte 9 (under 0.1 %)"),
        ("head:9", "head:9 (of the request head) is byte 9 (under 0.1 %)"),
        ("file:1k", "file:1k (of the uploaded file) is byte 9 (under 0.1 %)"),
        ("now", "byte 9, when it was told to leave"),
    ],
)
def test_a_cut_says_what_it_is_a_part_of(spec: str, words: str) -> None:
    assert row(replace(RESET, cut=Cut(spec, 9)), "cut") == words


def test_several_answers_and_strange_ones() -> None:
    answers = (*WHOLE.answers, Answer(599, "Odd\x1b[31m", (), 1_234, complete=False))
    told = [line for line in lines(replace(WHOLE, answers=answers, interim=(100, 199))) if line.startswith(("a", "i"))]
    assert told[1:] == [
        "interim       100 Continue",
        "interim       199",
        "answer        201 Created, body of 3 bytes, complete",
        r"answer        599 Odd\x1b[31m, body of 1,234 bytes, incomplete",
    ]


def test_several_connections_are_named_and_so_is_what_was_not_opened() -> None:
    told = list(report(outcome(replace(WHOLE, id=2), replace(RESET, id=5), main=5), unopened=[7]))
    assert told[0] == "upload.txt connection 2 => 127.0.0.1:8000"
    assert told[10] == ""
    assert told[11] == "upload.txt connection 5 => 127.0.0.1:8000"
    assert told[-2:] == ["", "connection 7 was not opened: it comes after the cut on connection 5"]
