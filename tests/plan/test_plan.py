"""Plans: what is sent when, and after which waits."""

from pathlib import Path

import pytest

from tests.traces import make_trace
from tracereplay.errors import PlanError, TraceError, UnknownBytesError
from tracereplay.library import Trace
from tracereplay.plan.step import Awaited, Expect, Leave, Opening, Send, Step
from tracereplay.plan.way import Way

HEAD = b"POST /f HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n\r\n"
EXPECTING = HEAD.replace(b"Host", b"Expect: 100-continue\r\nHost")
CONTINUE = b"HTTP/1.1 100 Continue\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
POST = Opening("POST")
MS = 1_000_000


def at(milliseconds: int, kind: str) -> str:
    return f"12:00:{milliseconds // 1000:02}.{milliseconds % 1000:03}000 {kind}"


def steps_of(trace: Trace) -> list[Step]:
    return list(trace.plan().connections[0].steps())


def test_a_request_is_sent_and_its_answer_awaited(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send header", HEAD), ("=> Send data", b"abcd"), ("<= Recv header", ANSWER)])
    assert steps_of(trace) == [
        Send(HEAD, 0, POST),
        Send(b"abcd"),
        Expect(Awaited.ANSWER),
        Leave(Way.FIN),
    ]


def test_times_count_from_what_was_waited_for(tmp_path: Path) -> None:
    trace = make_trace(
        tmp_path,
        [
            (at(0, "=> Send header"), EXPECTING),
            (at(400, "<= Recv header"), CONTINUE),
            (at(410, "=> Send data"), b"ab"),
            (at(700, "=> Send data"), b"cd"),
            (at(900, "<= Recv header"), ANSWER),
        ],
    )
    assert steps_of(trace) == [
        Send(EXPECTING, 0, POST),
        Expect(Awaited.CONTINUE, patience_ns=1000 * MS),
        Send(b"ab", 10 * MS),
        Send(b"cd", 300 * MS),
        Expect(Awaited.ANSWER),
        Leave(Way.FIN),
    ]


def test_without_100_continue_the_wait_is_as_long_as_curls(tmp_path: Path) -> None:
    events = [(at(0, "=> Send header"), EXPECTING), (at(1001, "=> Send data"), b"abcd")]
    assert steps_of(make_trace(tmp_path, events))[1:3] == [
        Expect(Awaited.CONTINUE, patience_ns=1001 * MS),
        Send(b"abcd", 0),
    ]


def test_the_next_request_waits_for_the_answer(tmp_path: Path) -> None:
    one = [("=> Send header", HEAD), ("=> Send data", b"abcd"), ("<= Recv header", ANSWER)]
    assert steps_of(make_trace(tmp_path, one + one)) == [
        *(first := [Send(HEAD, 0, POST), Send(b"abcd"), Expect(Awaited.ANSWER)]),
        *first,
        Leave(Way.FIN),
    ]


def test_requests_that_did_not_wait_do_not_and_answers_are_waited_for_by_the_time_they_were_there(
    tmp_path: Path,
) -> None:
    sent, answer = ("=> Send header", HEAD.replace(b"4\r", b"0\r")), ("<= Recv header", ANSWER)
    trace = make_trace(tmp_path, [sent, sent, answer, sent, answer, answer, sent, sent, answer, answer])
    request = Send(sent[1], 0, POST)
    assert steps_of(trace) == [
        request,
        request,
        Expect(Awaited.ANSWER, 1),
        request,
        Expect(Awaited.ANSWER, 2),
        request,
        request,
        Expect(Awaited.ANSWER, 2),
        Leave(Way.FIN),
    ]


def test_an_answer_in_the_middle_of_a_body_is_not_waited_for(tmp_path: Path) -> None:
    trace = make_trace(
        tmp_path,
        [("=> Send header", HEAD), ("=> Send data", b"ab"), ("<= Recv header", ANSWER), ("=> Send data", b"cd")],
    )
    assert steps_of(trace) == [
        Send(HEAD, 0, POST),
        Send(b"ab"),
        Send(b"cd"),
        Expect(Awaited.ANSWER),
        Leave(Way.FIN),
    ]


def test_a_request_that_was_never_whole_awaits_nothing(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send header", HEAD), ("=> Send data", b"ab")])
    assert steps_of(trace)[-2:] == [Send(b"ab"), Leave(Way.FIN)]


def test_a_conversation_of_lines_waits_for_as_many(tmp_path: Path) -> None:
    trace = make_trace(
        tmp_path,
        [
            ("<= Recv header", b"220-a\r\n220 b\r\n"),
            ("=> Send header", b"EHLO x\r\n"),
            ("<= Recv header", b"250 x\r\n"),
        ],
    )
    assert steps_of(trace) == [
        Expect(Awaited.LINES, 2),
        Send(b"EHLO x\r\n"),
        Expect(Awaited.LINES, 1),
        Leave(Way.FIN),
    ]


def test_a_cut_leaves_in_the_way_that_was_asked_for(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send header", HEAD), ("=> Send data", b"abcd"), ("<= Recv header", ANSWER)])
    plan = trace.plan().truncated("body:50%").leaving("stall", hold="3s")
    assert list(plan.main_connection.steps()) == [
        Send(HEAD, 0, POST),
        Send(b"ab"),
        Leave(Way.STALL, 3_000_000_000, is_cut=True),
    ]
    assert plan.main_connection.sends_bytes == len(HEAD) + 2
    assert plan.main_connection.planned_bytes == len(HEAD) + 4


def test_a_cut_between_head_and_body_does_not_wait_for_100_continue(tmp_path: Path) -> None:
    events = [("=> Send header", EXPECTING), ("<= Recv header", CONTINUE), ("=> Send data", b"abcd")]
    plan = make_trace(tmp_path, events).plan().truncated("head:100%")
    assert [type(step) for step in plan.main_connection.steps()] == [Send, Leave]


def test_a_cut_at_the_end_leaves_without_the_answer(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send header", HEAD), ("=> Send data", b"abcd"), ("<= Recv header", ANSWER)])
    plan = trace.plan().truncated("100%")
    assert list(plan.main_connection.steps())[-2:] == [Send(b"abcd"), Leave(Way.FIN, is_cut=True)]


def test_a_plan_is_a_value_and_editing_it_changes_nothing_else(tmp_path: Path) -> None:
    plan = make_trace(tmp_path, [("=> Send header", HEAD), ("=> Send data", b"abcd")]).plan()
    before = list(plan.main_connection.steps())
    plan.truncated("0").paused("0=1s").at_speed("2").leaving("rst")
    assert list(plan.main_connection.steps()) == before


def test_the_cut_belongs_to_the_connection_that_sends_most(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, two_connections())
    plan = trace.plan().truncated("-1")
    assert plan.main == 1
    assert [one.cut is not None for one in plan.connections] == [False, True]


def test_connections_after_the_cut_are_not_opened(tmp_path: Path) -> None:
    plan = make_trace(tmp_path, two_connections()).plan().about(0).truncated("-1")
    assert [one.id for one in plan.connections] == [0]


def test_a_connection_opens_after_those_that_had_ended_before_it(tmp_path: Path) -> None:
    plan = make_trace(tmp_path, two_connections()).plan()
    assert [one.opens_after for one in plan.connections] == [(), (0,)]


def two_connections() -> list[tuple[str, bytes] | str]:
    return [
        ("=> Send header", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
        ("<= Recv header", ANSWER),
        "== Info: Closing connection 0\n",
        "== Info: Connected to 127.0.0.1 (127.0.0.1) port 80 (#1)\n",
        ("=> Send header", HEAD),
        ("=> Send data", b"abcd"),
        ("<= Recv header", ANSWER),
    ]


@pytest.mark.parametrize(
    ("spec", "edit", "message"),
    [
        ("at_speed", "fast", "'fast' is not a speed"),
        ("at_speed", "0", "'0' is not a speed"),
        ("at_speed", "-1", "'-1' is not a speed"),
        ("at_speed", "1e999999999", "is not a speed"),
        ("lasting", "9999999h", "is longer than a year"),
        ("limited", "0", "a rate of 0 bytes in a second never ends"),
        ("limited", "3q", "'3q' is not a size"),
        ("lasting", "0", "a duration of 0 spreads nothing"),
        ("leaving", "jump", "'jump' is no way of leaving"),
    ],
)
def test_a_plan_that_cannot_be_says_why(tmp_path: Path, spec: str, edit: str, message: str) -> None:
    plan = make_trace(tmp_path, [("=> Send header", HEAD)]).plan()
    with pytest.raises(PlanError, match=message):
        getattr(plan, spec)(edit)


def test_only_who_stays_can_hold(tmp_path: Path) -> None:
    plan = make_trace(tmp_path, [("=> Send header", HEAD)]).plan()
    with pytest.raises(PlanError, match="--hold says how long to stay"):
        plan.leaving("fin", hold="3s")


def test_unknown_bytes_are_refused_with_their_count_and_places(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send header", HEAD), ("=> Send data", b"\n.a\0")], form="ascii")
    with pytest.raises(UnknownBytesError) as caught:
        trace.plan().check()
    total = len(HEAD)
    assert f"3 of the {total + 4} bytes sent on connection 0 are unknown, at {total}-{total + 1}, {total + 3}" in str(
        caught.value
    )
    assert "--unknown keep" in str(caught.value)
    assert caught.value.exit_code == 3
    trace.plan().accepting(unknown=True).check()


def test_unknown_bytes_after_the_cut_do_not_matter(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send header", HEAD), ("=> Send data", b"ab\n.")], form="ascii")
    trace.plan().truncated("body:2").check()
    with pytest.raises(UnknownBytesError, match="1 of the"):
        trace.plan().truncated("body:3").check()


def test_a_dot_in_a_header_is_inferred_unless_strict(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send header", HEAD)], form="ascii")
    trace.plan().check()
    assert trace.conversations[0].sent.inferred == HEAD.count(b".")
    with pytest.raises(UnknownBytesError):
        make_trace(tmp_path, [("=> Send header", HEAD)], form="ascii", strict=True).plan().check()


def test_a_torn_trace_is_played_only_when_told(tmp_path: Path) -> None:
    path = tmp_path / "trace.txt"
    whole = make_trace(tmp_path, [("=> Send header", HEAD.replace(b"4", b"100")), ("=> Send data", b"x" * 100)])
    path.write_bytes(path.read_bytes()[:-200])
    torn = Trace.load(path)
    with pytest.raises(TraceError, match=r"trace.txt:\d+: the trace is torn here") as caught:
        torn.plan().check()
    assert "--torn keep" in str(caught.value)
    torn.plan().accepting(torn=True).check()
    assert whole.conversations[0].sent.bytes > torn.conversations[0].sent.bytes


def test_a_torn_trace_is_played_up_to_a_byte_that_it_has(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send header", HEAD.replace(b"4", b"100")), ("=> Send data", b"x" * 100)])
    trace.path.write_bytes(trace.path.read_bytes()[:-200])
    torn = Trace.load(trace.path)
    torn.plan().truncated("body:1").check()
    for spec in ("10%", "-1"):  # of how much, nobody knows
        with pytest.raises(TraceError, match="torn here"):
            torn.plan().truncated(spec).check()


def test_a_pause_after_the_cut_is_refused(tmp_path: Path) -> None:
    plan = make_trace(tmp_path, [("=> Send header", HEAD)]).plan()
    with pytest.raises(PlanError, match="a pause at byte 20 comes after the cut at byte 10"):
        plan.truncated("10").paused("20=1s").check()
    plan.truncated("20").paused("20=1s").check()


def test_what_is_accepted_adds_up(tmp_path: Path) -> None:
    plan = make_trace(tmp_path, [("=> Send header", HEAD)]).plan().accepting(unknown=True).accepting(torn=True)
    assert (plan.sends_dots, plan.keeps_torn) == (True, True)


def test_http_2_is_refused(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send header", b"GET / HTTP/2\r\nHost: x\r\n\r\n")])
    with pytest.raises(TraceError, match="speaks HTTP/2") as caught:
        trace.plan().check()
    assert "--http1.1" in str(caught.value)


def test_a_trace_in_which_nothing_was_sent_has_no_plan(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, ["== Info: connect to 127.0.0.1 port 1 failed: Connection refused\n"])
    with pytest.raises(TraceError, match="curl sent nothing"):
        trace.plan()
