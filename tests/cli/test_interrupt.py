"""Ctrl-C while a plan is played: 130, no traceback, and a client that closes."""

import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from tests.cli.command_line import COMMAND, environment
from tests.cli.samples import SENT, upload
from tests.net.sink import Seen, Sink
from tracereplay.cli.interrupt import interrupts_noted


@pytest.mark.parametrize(
    ("args", "count"),
    [
        ([], len(SENT)),
        (["--pause", "50%=1h"], len(SENT) // 2),
        (["--truncate", "50%", "--close", "stall"], len(SENT) // 2),
        (["--limit-rate", "1", "--truncate", "100"], 1),
    ],
    ids=["waiting for the answer", "in a pause", "silent", "in a trickle"],
)
def test_an_interrupted_play_leaves_cleanly(tmp_path: Path, args: list[str], count: int) -> None:
    has_come = threading.Event()

    def talk(sock: socket.socket, seen: Seen) -> None:
        while chunk := sock.recv(65536):
            seen.data += chunk
            if len(seen.data) >= count:
                has_come.set()

    with Sink(talk) as sink:
        process = subprocess.Popen(
            [*COMMAND, "play", str(upload(tmp_path)), "--target", sink.target, *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        assert has_come.wait(20)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert sink.seen().end == "fin"
        assert len(sink.seen().data) < len(SENT) or count == len(SENT)
    assert process.returncode == 130
    assert out == b""
    assert b"Traceback" not in err


def test_the_first_is_noted_and_the_second_is_as_usual() -> None:
    with interrupts_noted() as interrupted:
        assert not interrupted.is_set()
        signal.raise_signal(signal.SIGINT)
        assert interrupted.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_one_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupts_noted() as interrupted:
            signal.raise_signal(signal.SIGINT)
        assert not interrupted.is_set()
    finally:
        signal.signal(signal.SIGINT, before)
