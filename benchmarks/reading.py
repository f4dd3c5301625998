"""How fast a trace is read into events, payloads and all, next to ``xxd -r`` in the same run.

    python benchmarks/reading.py

``xxd -r`` reads the very dump lines of the hex trace and writes to /dev/null. Rates are of trace text; the
ratio of a row is the median of the rounds, in each of which everything is measured once.
"""

import argparse
import io
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from recordings import Content, size, small_events, table, write_upload

from tracereplay.trace.event import Event
from tracereplay.trace.reader import Form, read_items
from tracereplay.trace.source import Source

_TRACES: Sequence[tuple[str, Content, Form, int, float]] = (
    ("hex, 64 KiB", "binary", "hex", 1 << 16, 3),
    ("hex, 16 KiB", "binary", "hex", 1 << 14, 3),
    ("ascii, CR LF text of lines that fit a row, 64 KiB", "short lines", "ascii", 1 << 16, 1),
    ("ascii, CR LF text of lines that do not, 64 KiB", "long lines", "ascii", 1 << 16, 1),
    ("ascii, binary, 64 KiB", "binary", "ascii", 1 << 16, 2),
    ("ascii, binary, 16 KiB", "binary", "ascii", 1 << 14, 2),
)
_SMALL_EVENTS_SHARE = 40


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--size", type=size, default=size("64MiB"), help="of each trace; default 64MiB")
    options.add_argument("--rounds", type=int, default=5, help="how often everything is measured; default 5")
    wanted = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="tracereplay-") as name:
        folder = Path(name)
        sizes = []
        for number, (_, content, form, event_bytes, _) in enumerate(_TRACES):
            sizes.append(write_upload(folder / str(number), content, form, wanted.size, event_bytes))
        dump = folder / "dump"
        with (folder / "0").open("rb") as trace, dump.open("wb") as lines:
            lines.writelines(line for line in trace if line[:1].isalnum())
        runs: list[Callable[[], object]] = [partial(_xxd, dump)]
        runs += [partial(_read, folder / str(number), one[2]) for number, one in enumerate(_TRACES)]
        rounds = [[_seconds(run) for run in runs] for _ in range(wanted.rounds)]
        peers = [dump.stat().st_size / one[0] for one in rounds]
    rows = [("`xxd -r`", f"{median(peers) / 1e6:,.0f}", "1.00", "")]
    for number, (what, _, _, _, aim) in enumerate(_TRACES):
        rates = [sizes[number] / one[number + 1] for one in rounds]
        ratio = median(rate / peer for rate, peer in zip(rates, peers, strict=True))
        rows.append((what, f"{median(rates) / 1e6:,.0f}", f"{ratio:.2f}", f"{aim:g}"))
    print(table(("trace", "MB/s of text", "times `xxd -r`", "aim"), rows))
    print()
    print(_small(wanted.size // _SMALL_EVENTS_SHARE // 200, wanted.rounds))


def _small(events: int, rounds: int) -> str:
    rows = []
    for form in ("hex", "ascii"):
        text = small_events(events, form)
        spent = [_seconds(partial(_read_text, text, form)) for _ in range(rounds)]
        rows.append((form, f"{median(spent) / events * 1e6:.0f}"))
    return table(("form", "µs for an event of one line"), rows)


def _seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _xxd(dump: Path) -> None:
    subprocess.run(["xxd", "-r", str(dump), "/dev/null"], check=True)


def _read(path: Path, form: Form) -> int:
    with path.open("rb") as stream:
        return _count(Source(stream), form)


def _read_text(text: bytes, form: Form) -> int:
    return _count(Source(io.BytesIO(text)), form)


def _count(source: Source, form: Form) -> int:
    return sum(len(item.payload) for item in read_items(source, form) if isinstance(item, Event))


if __name__ == "__main__":
    main()
