"""Many plays at once; what counts is what the peer got on each connection."""

import itertools
import resource
import socket
import threading
import time
from pathlib import Path

import pytest

from tests.net.sink import Seen, Sink, answer_with, swallow
from tests.net.upload import ANSWER, BODY, HEAD, WHOLE
from tests.traces import make_trace
from tracereplay.errors import PlanError
from tracereplay.library import Network, Plan
from tracereplay.net import many
from tracereplay.net.many import play_many


def test_each_play_has_its_own_cut(plan: Plan) -> None:
    cuts = [7 * number for number in range(100)]
    plans = [plan.truncated(str(at)).leaving("rst", settle="10s") for at in cuts]
    with Sink() as sink:
        played = [*play_many(plans, sink.target, parallel=10)]
        seen = [sink.seen(number) for number in range(100)]
    assert sorted(one.number for one in played) == [*range(100)]
    assert sorted(len(one.data) for one in seen) == cuts
    assert {one.end for one in seen} == {"rst"}
    assert all(bytes(one.data) == WHOLE[: len(one.data)] for one in seen)
    assert all(one.outcome and one.outcome.connection.handed == cuts[one.number] for one in played)


def test_so_many_are_open_at_a_time_and_no_more(plan: Plan) -> None:
    now, most = [0], [0]
    lock = threading.Lock()

    def talk(sock: socket.socket, seen: Seen) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        swallow(sock, seen)
        with lock:
            now[0] -= 1

    stalled = plan.truncated("10%").leaving("stall", hold="0.1s")
    began = time.monotonic()
    with Sink(talk) as sink:
        assert len([*play_many(itertools.repeat(stalled, 30), sink.target, parallel=10)]) == 30
    assert most[0] >= 5
    assert time.monotonic() - began > 0.29  # three times ten, a tenth of a second each


def test_hundreds_of_stalled_uploads_are_held_at_once(plan: Plan) -> None:
    stalled = plan.truncated("1000").leaving("stall", hold="1s")
    began = time.monotonic()
    with Sink() as sink:
        played = [*play_many(itertools.repeat(stalled, 300), sink.target, parallel=300)]
        assert sum(len(sink.seen(number).data) for number in range(300)) == 300_000
    assert all(one.outcome and one.outcome.connection.ended == "cut" for one in played)
    assert time.monotonic() - began < 100  # 300 s one after the other


def test_a_server_that_dies_is_a_result(plan: Plan) -> None:
    with Sink(answer_with(ANSWER, after=BODY[-8:])) as sink:
        results = play_many(itertools.repeat(plan, 6), sink.target, parallel=1)
        first = [next(results), next(results)]
    rest = [*results]
    assert all(one.outcome and one.outcome.answer for one in first)
    assert "Connection refused" in str(rest[-1].error)
    assert len(first) + len(rest) == 6


def test_who_stops_to_iterate_ends_all(plan: Plan) -> None:
    plans = itertools.chain([plan.truncated("5")], itertools.repeat(plan.paused("10%=60s")))
    with Sink() as sink:
        results = play_many(plans, sink.target, parallel=5)
        assert next(results).number == 0
        while len(sink.connections) < 6:
            time.sleep(0.01)
        results.close()
        assert {sink.seen(number).end for number in range(6)} == {"fin"}


def test_no_more_plays_are_begun_while_nobody_takes_the_results(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "_MOST_UNREAD", 3)
    begun = itertools.count()
    plans = (plan.truncated("5") for _ in iter(lambda: next(begun), 40))
    with Sink() as sink:
        results = play_many(plans, sink.target, parallel=2)
        assert next(results).outcome
        sink.seen(5)
        time.sleep(0.2)  # in which hundreds could be played
        assert next(begun) < 10
        assert len([*results]) == 38  # our own look was one of them


def test_who_stops_to_iterate_while_much_is_unread_is_not_waited_for(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "_MOST_UNREAD", 3)
    plans = itertools.chain([plan.truncated("5")] * 4, [plan.truncated("1000").leaving("stall")])
    with Sink() as sink:
        results = play_many(plans, sink.target, parallel=1)
        assert next(results).outcome
        while sum(len(one.data) for one in sink.connections) < 1_020:  # the last is under way, and three are unread
            time.sleep(0.01)
        stopping = threading.Thread(target=results.close, daemon=True)
        stopping.start()
        stopping.join(20)
        assert not stopping.is_alive()


def test_what_is_under_way_when_all_are_stopped_is_told_as_unfinished(plan: Plan) -> None:
    stop = threading.Event()
    stalled = plan.truncated("1000").leaving("stall")
    with Sink() as sink:
        results = play_many([plan.truncated("5"), *[stalled] * 9], sink.target, parallel=10, stop=stop)
        first = next(results)
        while sum(len(one.data) for one in sink.connections) < 9_005:
            time.sleep(0.01)
        stop.set()
        rest = [*results]
    assert not first.is_unfinished
    assert [one.is_unfinished for one in rest] == [True] * 9
    assert [one.outcome.connection.handed for one in rest if one.outcome] == [1000] * 9


def test_what_has_no_connection_yet_when_all_are_stopped_has_no_outcome(plan: Plan, tmp_path: Path) -> None:
    stop, silent = threading.Event(), threading.Event()

    def say_nothing(sock: socket.socket, seen: Seen) -> None:
        stop.set()
        silent.wait(10)

    with Sink(say_nothing) as proxy:
        (one,) = play_many([plan], "127.0.0.1:9", network=Network(proxy=proxy.target), stop=stop)
        silent.set()
    assert (one.outcome, one.error, one.is_unfinished) == (None, None, True)


def test_more_than_the_system_allows_is_refused_with_the_remedy(plan: Plan) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, limits[1]))
    try:
        with Sink() as sink, pytest.raises(PlanError, match="open files, and the limit is 256") as caught:
            [*play_many(itertools.repeat(plan, 500), sink.target, parallel=500)]
        assert "ulimit -n" in str(caught.value)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_who_plays_a_small_trace_needs_no_file_but_a_socket_for_each_connection(plan: Plan, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    small = make_trace(folder, [("=> Send header", HEAD), ("=> Send data", BODY[:1000])]).plan()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (600, limits[1]))
    try:
        with Sink() as sink:
            with pytest.raises(PlanError, match="open files, and the limit is 600"):
                [*play_many(itertools.repeat(plan, 300), sink.target, parallel=300)]
            played = [*play_many(itertools.repeat(small.truncated("500"), 30), sink.target, parallel=300)]
            assert sum(len(sink.seen(number).data) for number in range(30)) == 30 * 500
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert all(one.outcome and one.outcome.connection.ended == "cut" for one in played)


@pytest.mark.parametrize("what", [1, "upload.txt"])
def test_what_is_no_plan_is_refused(what: object) -> None:
    with pytest.raises(PlanError, match=r"is not a plan\n  hint: a trace gives one"):
        next(play_many([what], "127.0.0.1:1"))  # type: ignore[list-item]


def test_none_at_a_time_is_refused(plan: Plan) -> None:
    with pytest.raises(PlanError, match="0 plays at a time"):
        next(play_many([plan], "127.0.0.1:1", parallel=0))
