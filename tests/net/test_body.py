"""A file in the place of the body, over a real socket, counted at the peer and not kept there."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.net.sink import Seen, Sink
from tests.traces import make_trace
from tracereplay.errors import SystemFault
from tracereplay.library import Plan, play

HEAD = b"PUT / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n\r\n"
MiB = 1 << 20


class Counter:
    """Counts what it reads, and keeps nothing; the first and last bytes alone."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, sock: socket.socket, _seen: Seen) -> None:
        buffer = bytearray(MiB)
        while count := sock.recv_into(buffer):
            self.count += count


def plan_of(folder: Path, size: int) -> Plan:
    path = folder / "body.bin"
    with path.open("wb") as stream:
        stream.truncate(size)
    return make_trace(folder, [("=> Send header", HEAD), ("=> Send data", b"abcd")]).plan().with_body(path)


def cut_at(plan: Plan, spec: str) -> None:
    counter = Counter()
    plan = plan.truncated(spec).leaving("rst")
    cut = plan.main_connection.cut
    assert cut is not None
    with Sink(counter) as sink:
        one = play(plan, sink.target).connection
        assert sink.seen(within=55).end == "rst"
    assert (counter.count, one.handed, one.acknowledged, one.read) == (cut.at,) * 4


@pytest.mark.parametrize("spec", ["body:1", f"body:{MiB}", f"body:{MiB + 1}", "file:-1", "100%", "head:50%"])
def test_a_cut_in_the_new_body_is_exact(tmp_path: Path, spec: str) -> None:
    cut_at(plan_of(tmp_path, 5 * MiB + 3), spec)


@pytest.mark.long
@pytest.mark.parametrize("at", [2**31 - 1, 2**31 + 1, 2**32 - 1, 2**32 + 1])
def test_a_cut_beyond_what_32_bits_hold_is_exact(tmp_path: Path, at: int) -> None:
    cut_at(plan_of(tmp_path, 5 << 30), f"body:{at}")


def test_a_file_that_becomes_shorter_while_it_is_sent_is_a_fault_that_tells_how_much_was_handed_over(
    tmp_path: Path,
) -> None:
    plan = plan_of(tmp_path, 64 * MiB)
    counter = Counter()

    def shorten(sock: socket.socket, seen: Seen) -> None:
        sock.recv(1, socket.MSG_PEEK)
        (tmp_path / "body.bin").write_bytes(b"")
        counter(sock, seen)

    with Sink(shorten) as sink:
        with pytest.raises(SystemFault, match=r"has become shorter by .* bytes while it was sent; ") as caught:
            play(plan, sink.target)
        sink.seen()
    assert caught.value.message.endswith(f"; {counter.count:,} bytes had been handed over")


PEAK = """
import sys
from tracereplay import load, play
play(load(sys.argv[1]).plan().with_body(sys.argv[2]).truncated("100%"), sys.argv[3])
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of this process alone")
def test_the_new_body_is_never_in_memory(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, 256 * MiB)
    counter = Counter()
    with Sink(counter) as sink:
        command = [sys.executable, "-c", PEAK, str(plan.trace.path), str(tmp_path / "body.bin"), sink.target]
        peak_kib = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        sink.seen()
    assert counter.count == plan.main_connection.planned_bytes
    assert peak_kib < 64 << 10
