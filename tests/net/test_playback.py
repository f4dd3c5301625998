"""A play in the background, looked at and steered while it goes on."""

import asyncio
import contextlib
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.net.sink import Seen, Sink, answer_with
from tests.net.upload import ANSWER, BODY, HEAD, WHOLE
from tracereplay.library import Plan, start
from tracereplay.net.aplay import aplay

FORTY = len(HEAD) + len(BODY) * 40 // 100


def test_what_is_acknowledged_can_be_waited_for(plan: Plan) -> None:
    with Sink() as sink, start(plan.paused("body:40%=30s"), sink.target) as playback:
        assert playback.wait_acknowledged("body:40%")
        assert (playback.progress.acknowledged, playback.progress.sent) == (FORTY, FORTY)
        assert not playback.wait_acknowledged("body:41%", timeout="0.02s")
        playback.leave("fin")
        assert not playback.wait_acknowledged("body:41%")


def test_a_server_that_does_not_read_acknowledges_less_than_was_sent(plan: Plan) -> None:
    has_looked = threading.Event()

    def talk(sock: socket.socket, seen: Seen) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        has_looked.wait(20)
        while chunk := sock.recv(65536):
            seen.data += chunk

    with Sink(talk) as sink, start(plan.truncated("100%"), sink.target) as playback:
        assert not playback.wait_acknowledged("100%", timeout="0.1s")
        has_looked.set()
        assert playback.wait_acknowledged("100%", timeout="20s")


def test_the_answer_can_be_waited_for(plan: Plan) -> None:
    with Sink(answer_with(ANSWER, after=BODY[-8:])) as sink:
        with start(plan, sink.target) as playback:
            answer = playback.wait_answer()
            assert playback.wait_answer(2) is None
        assert answer is not None
        assert (answer.status, answer.body) == (200, b"ok")
        assert playback.progress.answers == 1


def test_who_pauses_and_resumes_sends_all_and_that_much_later(plan: Plan) -> None:
    with Sink(answer_with(ANSWER, after=BODY[-8:])) as sink:
        with start(plan.limited("1m"), sink.target) as playback:
            playback.wait_sent("body:20%")
            playback.pause()
            time.sleep(0.05)
            at_rest = playback.sent_bytes
            time.sleep(0.1)
            assert playback.sent_bytes == at_rest < len(WHOLE)
            playback.resume()
        assert bytes(sink.seen().data) == WHOLE
    assert playback.outcome().connection.seconds > 0.4  # 0.29 of them for the bytes, 0.15 for the pause


def test_who_pauses_can_still_leave(plan: Plan) -> None:
    with Sink() as sink:
        with start(plan.limited("1m"), sink.target) as playback:
            playback.wait_sent("body:20%")
            playback.pause()
            playback.leave("rst")
        assert (len(sink.seen().data), sink.seen().end) == (playback.outcome().connection.handed, "rst")


def test_progress_only_rises_and_ends_with_all(plan: Plan) -> None:
    with Sink(answer_with(ANSWER, after=BODY[-8:])) as sink, start(plan.limited("1m"), sink.target) as playback:
        seen = [*playback.follow("0.02s")]
    sent = [one.sent for one in seen]
    assert sent == sorted(sent)
    assert len(seen) > 3
    assert (seen[-1].sent, seen[-1].planned, seen[-1].received) == (len(WHOLE), len(WHOLE), len(ANSWER))


def test_asyncio_waits_without_blocking_its_loop(plan: Plan) -> None:
    async def experiment(target: str) -> tuple[int, list[bool]]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.005)
                ticks += 1

        ticking = asyncio.create_task(tick())
        async with aplay(plan.paused("body:40%=0.2s").paused("body:60%=60s"), target) as playback:
            went = [await playback.wait_sent("body:60%"), await playback.wait_acknowledged("body:60%")]
            went.append(await playback.wait_sent("body:61%", timeout="0.02s"))
            playback.leave("rst")
        ticking.cancel()
        outcome = await playback.outcome()
        assert outcome.connection.handed == len(HEAD) + len(BODY) * 60 // 100
        return ticks, went

    with Sink() as sink:
        ticks, went = asyncio.run(experiment(sink.target))
        assert sink.seen().end == "rst"
    assert went == [True, True, False]
    assert ticks > 10


def test_many_plays_wait_at_once_in_one_event_loop(plan: Plan) -> None:
    async def experiment(target: str) -> None:
        all_are_there = asyncio.Barrier(20)

        async def one() -> None:
            async with aplay(plan.paused("body:40%=60s"), target) as playback:
                assert await playback.wait_sent("body:40%")
                await all_are_there.wait()
                playback.leave("fin")

        await asyncio.gather(*(one() for _ in range(20)))

    with Sink() as sink:
        asyncio.run(experiment(sink.target))
        assert [len(sink.seen(number).data) for number in range(20)] == [FORTY] * 20


def test_an_exception_in_the_async_block_ends_the_play(plan: Plan) -> None:
    async def experiment(target: str) -> None:
        async with aplay(plan.paused("1=60s"), target) as playback:
            await playback.wait_sent("1")
            raise RuntimeError("mine")

    with Sink() as sink:
        with pytest.raises(RuntimeError, match="mine"):
            asyncio.run(experiment(sink.target))
        assert sink.seen().end == "fin"


@pytest.mark.parametrize("seconds", [0.0, 0.2])
def test_one_that_is_cancelled_ends_the_play(plan: Plan, seconds: float) -> None:
    async def experiment(target: str) -> None:
        async def wait_for_the_end() -> None:
            async with aplay(plan.paused("1=60s"), target):
                pass

        task = asyncio.create_task(wait_for_the_end())
        await asyncio.sleep(seconds)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    with Sink() as sink:
        asyncio.run(experiment(sink.target))
        until = time.monotonic() + 10
        while any(thread.name == "tracereplay" for thread in threading.enumerate()):
            assert time.monotonic() < until, "it goes on"
            time.sleep(0.01)


UNDER_GEVENT = """
from gevent import monkey; monkey.patch_all()
import gevent, sys
from tracereplay import load, start
ticks = []
def tick():
    while True:
        gevent.sleep(0.005)
        ticks.append(1)
ticking = gevent.spawn(tick)
with start(load(sys.argv[1]).plan().paused("50%=0.2s").truncated("90%").leaving("rst"), sys.argv[2]) as playback:
    assert playback.wait_sent("50%")
    assert not playback.is_over
print(playback.outcome().connection.handed, len(ticks) > 10)
"""


def test_it_works_under_gevent_and_lets_others_go_on(plan: Plan) -> None:
    pytest.importorskip("gevent")
    with Sink() as sink:
        trace = str(Path(plan.trace.path))
        command = [sys.executable, "-c", UNDER_GEVENT, trace, sink.target]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert (done.stdout.split(), done.stderr) == ([str(len(WHOLE) * 90 // 100), "True"], "")
        assert (len(sink.seen().data), sink.seen().end) == (len(WHOLE) * 90 // 100, "rst")
