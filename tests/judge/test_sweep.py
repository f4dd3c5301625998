"""A sweep over servers that do one thing wrong each."""

import random
import re
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.samples import REQUEST, SENT, upload
from tests.judge import servers
from tests.net.sink import Seen, Sink, Talk
from tests.traces import make_trace
from tracereplay.errors import PlanError, TargetError
from tracereplay.judge.cell import Cell, cells
from tracereplay.judge.finding import Sweep
from tracereplay.judge.look import Watch
from tracereplay.judge.oracle import Terms
from tracereplay.judge.setting import Setting
from tracereplay.judge.sweep import Sweeping
from tracereplay.judge.verdict import Verdict
from tracereplay.library import Plan, load
from tracereplay.plan.way import Way

ALL = (Way.FIN, Way.RST, Way.HALF)
HALF = (Way.HALF,)
CUTS = ("boundaries", "every:50", "100%")
HEAD, TOTAL = len(REQUEST), len(SENT)


def sweeping(
    folder: Path,
    target: str,
    cuts: Sequence[str] = CUTS,
    ways: Sequence[Way] = HALF,
    *,
    hang: str = "5s",
    parallel: int = 8,
    twice: bool = False,
    stop: threading.Event | None = None,
    watch: Watch | None = None,
) -> Sweeping:
    whole = load(upload(folder)).plan().at_speed("max")

    def plan_of(cell: Cell) -> Plan:
        return whole.truncated(str(cell.place)).leaving(cell.way)

    setting = Setting(
        whole=whole,
        plan_of=plan_of,
        command_of=lambda cell: f"play --truncate {cell.place} --close {cell.way.value}",
        target=target,
        terms=Terms.of(hang=hang),
        parallel=parallel,
        watch=watch,
    )
    return Sweeping(cells(whole.main_connection, cuts, ways), setting, twice=twice, stop=stop)


def swept(under_way: Sweeping) -> Sweep:
    for _ in under_way.play():
        pass
    return under_way.result(1.0)


def found(sweep: Sweep) -> list[tuple[str, int, int, int | None]]:
    """Return of each finding its rule, from where to where, and the status."""
    return [(one.rule, one.first.at, one.last.at, one.first.facts.status) for one in sweep.findings]


def test_nothing_is_wrong_with_a_careful_server(tmp_path: Path) -> None:
    with Sink(servers.careful) as sink:
        sweep = swept(sweeping(tmp_path, sink.target, ways=ALL))
    assert found(sweep) == []
    assert sweep.is_whole
    assert sweep.target == sink.target
    assert sweep.counts == {
        "unseen": 2 * len(sweep.verdicts) // 3,
        "rejected": len(sweep.verdicts) // 3 - 1,
        "whole": 1,
    }


@pytest.mark.parametrize(
    ("talk", "findings"),
    [
        (
            servers.naive,
            [("2xx-for-incomplete", 21, HEAD - 1, 200), ("2xx-for-incomplete", HEAD, TOTAL - 1, 200)],
        ),
        (
            servers.failing,
            [("5xx-for-incomplete", 21, HEAD - 1, 500), ("5xx-for-incomplete", HEAD, TOTAL - 1, 500)],
        ),
        (servers.closing, []),
        (
            servers.hasty,
            [
                ("2xx-for-incomplete", HEAD, HEAD, 200),
                ("2xx-for-incomplete", HEAD + 1, TOTAL - 1, 200),
            ],
        ),
    ],
    ids=["naive", "failing", "closing", "hasty"],
)
def test_what_is_wrong_is_found_from_where_to_where(
    talk: Talk, findings: list[tuple[str, int, int, int | None]], tmp_path: Path
) -> None:
    with Sink(talk) as sink:
        sweep = swept(sweeping(tmp_path, sink.target))
    assert found(sweep) == findings


def test_a_hang_is_found_and_was_played_alone(tmp_path: Path) -> None:
    over = threading.Event()
    try:
        with Sink(servers.hanging(over)) as sink:
            sweep = swept(sweeping(tmp_path, sink.target, ["-50", "-1", "100%"], hang="0.2s"))
            over.set()
    finally:
        over.set()
    assert found(sweep) == [("hang", TOTAL - 50, TOTAL - 1, None)]
    assert sweep.findings[0].first.why.endswith("neither answered nor closed within 0.2s")
    assert (
        len(sink.connections) == 2 + 3 + 1 + 3
    )  # the whole, all, the whole, the first and the last of a hang, the last


def test_a_hang_that_our_own_load_makes_is_none(tmp_path: Path) -> None:
    over = threading.Event()
    try:
        with Sink(servers.overwhelmed(over)) as sink:
            sweep = swept(sweeping(tmp_path, sink.target, ["every:10"], hang="1s", twice=True))
            over.set()
    finally:
        over.set()
    assert found(sweep) == []
    assert sweep.counts["rejected"] == len(sweep.verdicts)


@pytest.mark.parametrize("parallel", [1, 8])
def test_a_server_that_dies_is_told_with_the_play_before(tmp_path: Path, parallel: int) -> None:
    with servers.Dying(150) as sink:
        sweep = swept(sweeping(tmp_path, sink.target, ["every:10"], parallel=parallel))
    finding = sweep.findings[-1]
    assert finding.rule == "dead-afterwards"
    assert "Connection refused" in finding.first.why
    assert not sweep.is_whole
    if parallel == 1:
        assert (finding.first.at, finding.first.command) == (150, "play --truncate 150 --close half")
        assert "after this play the server was not as before" in finding.first.why
        assert sweep.notes == ("11 plays were not made, since the server was not well any more",)
    else:
        assert "with --parallel 1 --close half there is no doubt which" in finding.first.why


def test_a_server_that_answers_otherwise_from_then_on_is_told(tmp_path: Path) -> None:
    with Sink(servers.poisoned(150)) as sink:
        sweep = swept(sweeping(tmp_path, sink.target, ["every:10"], ALL, parallel=4))
    assert [one[0] for one in found(sweep)] == ["dead-afterwards"]
    why = sweep.findings[0].first.why
    assert "the whole request was answered 200 before, and now it is 503" in why
    assert re.match(
        r"after this play, or one of the \d+ others since it was last well, from fin at 10 on, or one of up", why
    )


def test_equal_cuts_that_are_answered_differently_are_told(tmp_path: Path) -> None:
    with Sink(servers.moody(100)) as sink:
        sweep = swept(sweeping(tmp_path, sink.target, ["90", "100", "110"], twice=True))
    assert found(sweep) == [("flaky", 100, 100, 400)]
    assert (
        "the same cut was played 3 times, and what came was 400, then no answer, then 400"
        in sweep.findings[0].first.why
    )


def test_two_requests_and_the_cut_falls_into_the_second(tmp_path: Path) -> None:
    """The answer to the first is right, whatever becomes of the second."""
    get = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\n"
    trace = make_trace(
        tmp_path,
        [
            ("=> Send header", get),
            ("<= Recv header", answer),
            ("<= Recv header", b"Content-Length: 0\r\n"),
            ("<= Recv header", b"\r\n"),
            ("=> Send header", REQUEST),
            ("=> Send data", SENT[HEAD:]),
            ("<= Recv header", answer),
            ("<= Recv header", b"Content-Length: 0\r\n"),
            ("<= Recv header", b"\r\n"),
        ],
    )
    whole = trace.plan().at_speed("max")

    def talk(sock: socket.socket, seen: Seen) -> None:
        while b"\r\n\r\n" not in seen.data:
            seen.data += sock.recv(len(get)) or b"\r\n\r\n"
        sock.sendall(servers.OK)
        seen.data.clear()
        is_whole = servers.read(sock, seen)
        if seen.data:
            sock.sendall(servers.OK if is_whole else servers.BAD)

    with Sink(talk) as sink:
        setting = Setting(
            whole=whole,
            plan_of=lambda cell: whole.truncated(str(cell.place)).leaving(cell.way),
            command_of=lambda _: None,
            target=sink.target,
        )
        listed = cells(whole.main_connection, [str(len(get)), str(len(get) + 5), "-1", "100%"], HALF)
        sweep = swept(Sweeping(listed, setting))
    assert [one.kind for one in sweep.verdicts] == ["whole", "rejected", "rejected", "whole"]


def test_the_order_is_the_same_however_many_play(tmp_path: Path) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)

    def talk(sock: socket.socket, seen: Seen) -> None:
        time.sleep(chance.random() / 200)  # a server that is not equally fast
        servers.careful(sock, seen)

    told: list[list[Verdict]] = []
    with Sink(talk) as sink:
        for parallel in (1, 3, 16):
            under_way = sweeping(tmp_path, sink.target, ["every:7"], ALL, parallel=parallel)
            told.append(list(under_way.play()))
            assert list(under_way.result(1).verdicts) == told[-1]
    for others in told[1:]:
        assert [replace(one, facts=replace(one.facts, peer=None)) for one in others] == [
            replace(one, facts=replace(one.facts, peer=None)) for one in told[0]
        ]


def test_who_stops_it_has_what_there_is(tmp_path: Path) -> None:
    stop = threading.Event()
    with Sink(servers.naive) as sink:
        under_way = sweeping(tmp_path, sink.target, ["all"], parallel=2, stop=stop)
        taken = []
        for verdict in under_way.play():
            taken.append(verdict)
            if len(taken) == 20:
                stop.set()
        sweep = under_way.result(1)
    assert 20 <= sweep.plays < TOTAL
    assert not sweep.is_whole
    assert sweep.findings
    assert list(sweep.verdicts) == taken


def test_without_a_server_there_is_no_sweep(tmp_path: Path) -> None:
    with Sink() as sink:
        target = sink.target
    with pytest.raises(TargetError, match="Connection refused"):
        swept(sweeping(tmp_path, target))


def test_of_a_server_that_does_not_answer_the_whole_request_nothing_is_said(tmp_path: Path) -> None:
    with Sink() as sink, pytest.raises(PlanError, match=r"the whole request is not answered within 0\.2s") as error:
        swept(sweeping(tmp_path, sink.target, hang="0.2s"))
    assert "--hang 30s" in str(error.value)


def test_a_server_that_refuses_it_anyway_is_told_of(tmp_path: Path) -> None:
    with Sink(servers.replying(lambda *_: servers.BAD)) as sink:
        sweep = swept(sweeping(tmp_path, sink.target, ["50%"]))
    assert sweep.notes == ("the whole request is answered 400: who refuses it anyway shows little of what is wrong",)


def test_a_server_that_answers_otherwise_once_is_not_dead(tmp_path: Path) -> None:
    answers = iter([servers.OK, servers.OK, servers.FAILED])
    talk = servers.replying(lambda _, whole: next(answers, servers.OK) if whole else servers.BAD)
    with Sink(talk) as sink:
        sweep = swept(sweeping(tmp_path, sink.target, cuts=("every:50",), parallel=1))
    assert not sweep.findings
    assert any("now it is 500; asked again, it was as before" in note for note in sweep.notes)


def test_who_fails_over_the_whole_request_does_not_fail_over_a_cut(tmp_path: Path) -> None:
    with Sink(servers.replying(lambda *_: servers.FAILED)) as sink:
        sweep = swept(sweeping(tmp_path, sink.target, cuts=("every:50",)))
    assert not sweep.findings
    assert {one.kind for one in sweep.verdicts} == {"rejected"}
