"""What probes see before and after each play of a sweep."""

import json
import threading
import time
from pathlib import Path

import pytest

from tests.judge import servers
from tests.judge.test_sweep import sweeping
from tests.net.sink import Seen, Sink
from tracereplay.errors import PlanError
from tracereplay.judge.look import Look, Value, Watch, as_json, look_of
from tracereplay.judge.sweep import Sweeping
from tracereplay.judge.verdict import Verdict


def watched(folder: Path, target: str, watch: Watch) -> Sweeping:
    return sweeping(folder, target, ["50", "100", "100%"], watch=watch)


def test_each_play_has_the_values_before_and_after_it(tmp_path: Path) -> None:
    seen: list[int] = []

    def reply(one: Seen, whole: bool) -> bytes:
        seen.append(len(one.data))
        return servers.OK if whole else servers.BAD

    with Sink(servers.replying(reply)) as sink:
        under_way = watched(tmp_path, sink.target, Watch({"plays": lambda: len(seen)}, {}, "3s"))
        verdicts = list(under_way.play())
    assert [one.facts.looks for one in verdicts] == [(Look("plays", n, n + 1),) for n in (2, 3, 4)]


def test_what_does_not_come_back_to_what_it_was_is_found(tmp_path: Path) -> None:
    started: list[int] = []

    def reply(one: Seen, whole: bool) -> bytes:
        if len(one.data) == 100:
            started.append(1)
        return servers.OK if whole else servers.BAD

    with Sink(servers.replying(reply)) as sink:
        under_way = watched(tmp_path, sink.target, Watch({}, {"rows": lambda: len(started)}, "0.3s"))
        verdicts: dict[int, Verdict] = {one.at: one for one in under_way.play()}
    assert [one.kind for one in verdicts.values()] == ["rejected", "still-started", "whole"]
    assert verdicts[100].facts.looks == (Look("rows", 0, 1, is_settled=False),)
    assert "after the play rows was 1, and before it 0" in verdicts[100].why


def test_it_waits_until_what_is_seen_has_come_back_and_no_longer() -> None:
    began = time.monotonic()
    watch = Watch({}, {"busy": lambda: time.monotonic() - began < 0.4}, "30s")
    (look,) = watch.since([False], threading.Event())
    assert look == Look("busy", before=False, after=False, is_settled=True)
    assert 0.4 <= time.monotonic() - began < 10


def test_who_stops_does_not_wait() -> None:
    stop = threading.Event()
    stop.set()
    (look,) = Watch({}, {"rows": lambda: 1}, "30s").since([0], stop)
    assert look.is_settled is False


def test_a_probe_that_fails_has_not_settled() -> None:
    def probe() -> Value:
        raise RuntimeError("boom")

    watch = Watch({}, {"rows": probe}, "10ms")
    (look,) = watch.since(watch.look(), threading.Event())
    assert (look.before, look.after, look.is_settled) == ("RuntimeError: boom", "RuntimeError: boom", False)


def test_a_probe_that_cannot_look_is_refused_and_later_says_why() -> None:
    values: list[Value] = [1, None, 2.5]

    def probe() -> Value:
        if not values:
            raise ValueError("no more")
        return values.pop(0)

    watch = Watch({"p": probe}, {}, "1s")
    assert [watch.look() for _ in range(4)] == [[1], [None], [2.5], ["ValueError: no more"]]
    with pytest.raises(PlanError, match="the probe p cannot look: ValueError: no more"):
        watch.refuse_blind(threading.Event())


@pytest.mark.parametrize("look", [Look("a", 1, 2), Look("b", None, "x", is_settled=True), Look("c", 0.5, 1)])
def test_a_look_reads_back(look: Look) -> None:
    assert look_of(json.loads(json.dumps(as_json(look)))) == look
