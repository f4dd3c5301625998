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
from tests.servers.eventually import eventually
from tracereplay.engine.outcome import Answer
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
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
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


@pytest.mark.parametrize("how", ["fin", "half", "stall"])
def test_that_we_have_left_can_be_waited_for(plan: Plan, how: str) -> None:
    with Sink() as sink:
        with start(plan.paused("body:40%=60s"), sink.target) as playback:
            assert playback.wait_sent("body:40%")
            assert not playback.wait_left(timeout="0.02s")
            playback.leave(how, hold="60s")
            assert playback.wait_left()
            assert not (how == "stall" and playback.wait(0)), "one that is silent is still there"
            playback.leave("fin")
        assert playback.wait_left()
        assert (len(sink.seen().data), sink.seen().end) == (FORTY, "fin")


def close_after_the_head(sock: socket.socket, seen: Seen) -> None:
    seen.data += sock.recv(len(HEAD), socket.MSG_WAITALL)


def test_who_was_left_has_not_left(plan: Plan) -> None:
    async def experiment(target: str) -> bool:
        async with aplay(plan.paused("body:0=60s"), target) as playback:
            return await playback.wait_left()

    with Sink(close_after_the_head) as sink:
        with start(plan.paused("body:0=60s"), sink.target) as playback:
            assert not playback.wait_left()
        assert (playback.outcome().ended, playback.outcome().connection.left) == ("peer", False)
        assert not asyncio.run(experiment(sink.target))


def test_a_client_that_is_silent_can_be_looked_around_in_asyncio(plan: Plan) -> None:
    async def experiment(target: str) -> tuple[bool, bool]:
        async with aplay(plan.truncated("body:40%").leaving("stall", hold="30s"), target) as playback:
            found = await playback.wait_left(), playback.is_over
            playback.stop()
        return found

    began = time.monotonic()
    with Sink() as sink:
        assert asyncio.run(experiment(sink.target)) == (True, False)
        assert len(sink.seen().data) == FORTY
    assert time.monotonic() - began < 15


def test_asyncio_is_told_of_what_comes_while_nothing_is_sent(plan: Plan) -> None:
    async def experiment(target: str) -> tuple[bool, Answer | None, bool]:
        async with aplay(plan.paused("body:0=30s"), target) as playback:
            was_there = await playback.wait_sent("0")
            answer = await playback.wait_answer()
            over = playback.is_over
            playback.stop()
        return was_there, answer, over

    began = time.monotonic()
    with Sink(answer_with(ANSWER, after=HEAD[-4:])) as sink:
        was_there, answer, is_over = asyncio.run(experiment(sink.target))
    assert time.monotonic() - began < 15
    assert (was_there, answer and answer.status, is_over) == (True, 200, False)


def test_who_pauses_and_resumes_sends_all_and_that_much_later(plan: Plan) -> None:
    with Sink(answer_with(ANSWER, after=BODY[-8:])) as sink:
        with start(plan.limited("1m"), sink.target) as playback:
            playback.wait_sent("body:20%")
            assert not playback.is_paused
            playback.pause()
            eventually(lambda: playback.is_paused)
            at_rest = playback.sent_bytes
            time.sleep(0.15)  # the pause itself
            assert playback.sent_bytes == at_rest < len(WHOLE)
            playback.resume()
            eventually(lambda: not playback.is_paused)
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
    has_followed = threading.Event()

    def answer_to_who_follows(sock: socket.socket, seen: Seen) -> None:
        seen.data += sock.recv(len(WHOLE), socket.MSG_WAITALL)
        assert has_followed.wait(20), "nobody follows"
        sock.sendall(ANSWER)

    seen = []
    with Sink(answer_to_who_follows) as sink, start(plan.limited("1m"), sink.target) as playback:
        for one in playback.follow("0.02s"):
            seen.append(one)
            if len(seen) == 3:
                has_followed.set()
    sent = [one.sent for one in seen]
    assert sent == sorted(sent)
    assert len(seen) > 3, "it is told while it goes on, and at the end"
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
    with Sink() as sink:
        trace = str(Path(plan.trace.path))
        command = [sys.executable, "-c", UNDER_GEVENT, trace, sink.target]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert (done.stdout.split(), done.stderr) == ([str(len(WHOLE) * 90 // 100), "True"], "")
        assert (len(sink.seen().data), sink.seen().end) == (len(WHOLE) * 90 // 100, "rst")
