"""Bodies that grow while they are sent, over a real socket, counted at the peer and kept nowhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.net.sink import Sink
from tests.net.test_body import Counter
from tests.plan.test_editing import CHUNKED_FORM, FORM
from tests.traces import make_trace
from tracereplay.library import Plan

MiB = 1 << 20
LIMIT_MIB = 64
ROWS = b"".join(b"%05d,row\n" % number for number in range(2_000))  # 20 kB
PARTS = b'--B\r\nContent-Disposition: form-data; name="data"; filename="a.csv"\r\n\r\n%b\r\n--B--\r\n' % ROWS

PEAK = """
import sys
from tracereplay import load, play
path, target, spec, fill = sys.argv[1:]
one = play(load(path).plan().grown(spec, fill or None).truncated("file:98%").leaving("rst"), target).connection
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(peak, one.handed, one.acknowledged, one.read)
"""


def plan_of(folder: Path, *, is_chunked: bool) -> Plan:
    head = CHUNKED_FORM if is_chunked else FORM
    body = [b"%x\r\n%b\r\n" % (len(PARTS), PARTS), b"0\r\n\r\n"] if is_chunked else [PARTS]
    head = re.sub(rb"(?<=Content-Length: )\d+", b"%d" % len(PARTS), head)
    return make_trace(folder, [("=> Send header", head), *(("=> Send data", one) for one in body)]).plan()


def grow_and_cut(folder: Path, spec: str, fill: str, *, is_chunked: bool = False) -> None:
    plan = plan_of(folder, is_chunked=is_chunked)
    cut = plan.grown(spec, fill or None).truncated("file:98%").main_connection.cut
    assert cut is not None
    counter = Counter()
    with Sink(counter) as sink:
        command = [sys.executable, "-c", PEAK, str(plan.trace.path), sink.target, spec, fill]
        peak_kib, *sent = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        assert sink.seen(within=60).end == "rst"
    assert (counter.count, *map(int, sent)) == (cut.at,) * 4
    if sys.platform == "linux":  # nobody else tells the peak of one process alone
        assert int(peak_kib) < LIMIT_MIB << 10


@pytest.mark.parametrize("fill", ["", "zeros", "random:7"], ids=["its own content", "zeros", "random"])
@pytest.mark.parametrize("is_chunked", [False, True], ids=["a length", "chunks"])
def test_a_grown_file_is_cut_exactly_in_constant_memory(tmp_path: Path, fill: str, *, is_chunked: bool) -> None:
    grow_and_cut(tmp_path, "file=64MiB", fill, is_chunked=is_chunked)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("is_chunked", [False, True], ids=["a length", "chunks"])
def test_5_gib_grown_from_20_kb_are_cut_exactly_in_constant_memory(tmp_path: Path, *, is_chunked: bool) -> None:
    grow_and_cut(tmp_path, "file=5GiB", "", is_chunked=is_chunked)
