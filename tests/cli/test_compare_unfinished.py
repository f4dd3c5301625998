"""``tracereplay compare`` where a server cannot be swept, or not to the end: what is known of the others is told."""

import json
import socket
import threading
from pathlib import Path

import pytest

from tests.cli.command_line import NOBODY, Told, invoke
from tests.cli.samples import REQUEST, upload
from tests.cli.test_sweep_unfinished import Gone
from tests.judge import servers
from tests.net.sink import Seen, Sink

HEAD = len(REQUEST)
SOME = ("--cuts", "every:40", "--close", "half", "--parallel", "1")


def compare(folder: Path, *targets: str, args: tuple[str, ...] = SOME) -> Told:
    return invoke("compare", upload(folder), *(word for one in targets for word in ("--target", one)), *args)


def test_a_server_that_is_silent_is_named_and_the_others_are_told_and_compared(tmp_path: Path) -> None:
    over = threading.Event()

    def nothing(_: socket.socket, __: Seen) -> None:
        over.wait(30)

    with Sink(servers.careful) as one, Sink(nothing) as silent, Sink(servers.naive) as other:
        told = compare(tmp_path, one.target, silent.target, other.target, args=(*SOME, "--hang", "200ms"))
        over.set()
    assert told.code == 2
    why = "the whole request is not answered within 200ms"
    assert f"  A  {one.target}: nothing wrong\n" in told.out
    assert f"  B  {silent.target}: nothing was played, stopped before its end; {why}" in told.out
    assert f"  C  {other.target}: 2 findings\n" in told.out
    assert "half     A  ......\n" in told.out
    assert "half     C  !!!!!!\n" in told.out
    assert told.out.endswith("nothing was compared\n6 plays were not made on every server, or told nothing of it\n")
    assert f"tracereplay: {silent.target}: {why}" in told.err


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["it comes last", "it comes first"])
def test_a_server_that_is_not_there_is_told_beside_the_one_that_is(order: tuple[int, int], tmp_path: Path) -> None:
    with Sink(servers.careful) as sink:
        targets = [sink.target, NOBODY]
        told = compare(tmp_path, *(targets[at] for at in order), args=(*SOME, "--format", "json"))
    found = json.loads(told.out)
    assert told.code == 4
    assert f"tracereplay: {NOBODY} cannot be reached: Connection refused" in told.err
    there, absent = (found["servers"][at] for at in order)
    assert (there["whole"], there["notes"], there["verdicts"]) == (True, [], {"rejected": 6})
    assert (absent["whole"], absent["target"], absent["verdicts"]) == (False, NOBODY, {})
    assert absent["notes"] == [f"{NOBODY} cannot be reached: Connection refused"]


def test_a_server_that_cannot_be_started_is_told_after_the_others(tmp_path: Path) -> None:
    with Sink(servers.careful) as sink:
        (tmp_path / "nginx.conf").write_text("nonsense {port} {upstream};", "utf-8")
        told = compare(tmp_path, sink.target, args=(*SOME, "--via", str(tmp_path / "nginx.conf")))
    assert told.code == 4
    assert f"  A  {sink.target}: nothing wrong\n" in told.out
    assert told.out.endswith("nothing was compared\n6 plays were not made on every server, or told nothing of it\n")


def test_plays_that_were_not_made_on_every_server_are_no_success(tmp_path: Path) -> None:
    with Sink(servers.naive) as naive, Gone() as gone:
        told = compare(tmp_path, naive.target, gone.target)
    assert told.code == 4
    assert "6 of 6 plays were not made on every server" in told.err
