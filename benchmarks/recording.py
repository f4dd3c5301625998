"""What recording costs an upload: curl alone, curl with a trace, and ``tracereplay record``, in turn.

    python benchmarks/recording.py

The rate is what the receiver saw of the body, from its first byte to its last; the seconds are those of the whole
command. With ``--limit-rate`` curl sends no faster than that, as over a network.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from receiver import Receiver, receiving, run
from recordings import size, table

_SEED = 3
_ALONE, _TRACED = "`curl`", "`curl --trace`"


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--size", type=size, default=size("1GiB"), help="of the file; default 1GiB")
    options.add_argument("--rounds", type=int, default=3, help="how often each is run; default 3")
    options.add_argument("--limit-rate", type=size, help="the most that curl may send in a second; default: no limit")
    wanted = options.parse_args()
    limit = ("--limit-rate", str(wanted.limit_rate)) if wanted.limit_rate else ()
    with tempfile.TemporaryDirectory(prefix="tracereplay-") as folder, receiving() as receiver:
        file = Path(folder) / "body.bin"
        _write(file, wanted.size)
        for title, how in (("-T", ("-T", str(file))), ("-F", ("-F", f"file=@{file}"))):
            curl = ("curl", "-sS", "-o", os.devnull, "-H", "Expect:", *limit, *how, f"http://{receiver.target}/")
            print(f"`curl {title}`\n\n{_measured(curl, Path(folder), receiver, wanted.rounds)}\n")


def _commands(curl: Sequence[str], folder: Path) -> dict[str, Sequence[str]]:
    """Return what is measured: curl as it is, and in every way that writes a trace."""
    record = (sys.executable, "-m", "tracereplay", "record", "-q", "--overwrite")
    return {
        _ALONE: curl,
        _TRACED: (*curl, "--trace", str(folder / "0.txt"), "--trace-time"),
        "`record`": (*record, "-o", str(folder / "a.txt"), "--", *curl),
        "`record -o upload.txt.gz`": (*record, "-o", str(folder / "b.txt.gz"), "--", *curl),
        "`record --body-by-reference`": (*record, "--body-by-reference", "-o", str(folder / "c.txt"), "--", *curl),
    }


def _measured(curl: Sequence[str], folder: Path, receiver: Receiver, rounds: int) -> str:
    commands = _commands(curl, folder)
    rates: dict[str, list[float]] = {what: [] for what in commands}
    spent: dict[str, list[float]] = {what: [] for what in commands}
    peaks = dict.fromkeys(commands, 0)
    for _ in range(rounds):
        for what, command in commands.items():
            began = time.perf_counter()
            peaks[what] = max(peaks[what], run(command))
            spent[what].append(time.perf_counter() - began)
            count, seconds = receiver.upload()
            rates[what].append(count / seconds)
    rows = [
        (
            what,
            f"{median(rates[what]) / 1e6:,.1f}",
            f"{_slower(rates[_ALONE], rates[what]):,.2f}",
            f"{_slower(rates[_TRACED], rates[what]):,.2f}",
            f"{median(spent[what]):,.1f}",
            f"{peaks[what] / 2**20:.1f}",
            f"{size / 2**20:,.1f}" if size else "",
        )
        for what, size in zip(
            commands, (0, *(path.stat().st_size for path in sorted(folder.glob("*.txt*")))), strict=True
        )
    ]
    titles = (
        "command",
        "MB/s",
        "times slower than curl",
        "than `curl --trace`",
        "seconds",
        "MiB resident",
        "MiB of trace",
    )
    return table(titles, rows)


def _slower(those: Sequence[float], these: Sequence[float]) -> float:
    """Return the median of how many times slower ``these`` rates are, each than that of its round."""
    return median(one / other for one, other in zip(those, these, strict=True))


def _write(file: Path, size_bytes: int) -> None:
    """Write a file of any size that no gzip makes smaller, the same each time."""
    pool = random.Random(_SEED).randbytes(1 << 20)  # noqa: S311 - the same each time
    with file.open("wb") as stream:
        for at in range(0, size_bytes, len(pool)):
            turn = at // len(pool) % len(pool)
            stream.write((pool[turn:] + pool[:turn])[: size_bytes - at])


if __name__ == "__main__":
    main()
