"""How fast a large body is sent, next to ``curl -T`` to the same sink in the same run, and the memory that takes.

    python benchmarks/throughput.py --size 5G

The rate is what the sink, a process of its own that counts and keeps nothing, saw from the first byte to the last. The
file is sparse: to read it costs the same for both.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from statistics import median

from receiver import SPAWN, receiving, run
from recordings import size, table, write_upload

LIMIT_BYTES = 64 << 20


def main() -> int:
    """Print the table; the exit code is 1 when the play took more memory than the limit."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--size", type=size, default=size("5G"), help="of the file; default 5G")
    options.add_argument("--rounds", type=int, default=5, help="how often both are run; default 5")
    wanted = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="tracereplay-") as folder, receiving() as receiver:
        body, trace = Path(folder) / "body.bin", Path(folder) / "trace.txt"
        with body.open("wb") as stream:
            stream.truncate(wanted.size)
        with SPAWN.Pool(1) as pool:  # a child is told to be at least as large as its parent has been
            pool.apply(write_upload, (trace, "binary", "hex", 1000, 200))
        target = receiver.target
        play = (sys.executable, "-m", "tracereplay", "play", str(trace), "--target", target, "--speed", "max", "-q")
        commands = {
            "`curl -T`": ("curl", "-sS", "-o", os.devnull, "-H", "Expect:", "-T", str(body), f"http://{target}/"),
            "`tracereplay play --body`": (*play, "--body", f"@{body}"),
            "`play --grow`": (*play, "--grow", f"body={wanted.size}"),
            "`play --grow --fill zeros`": (*play, "--grow", f"body={wanted.size}", "--fill", "zeros"),
            "`play --grow --fill random:1`": (*play, "--grow", f"body={wanted.size}", "--fill", "random:1"),
        }
        rates: dict[str, list[float]] = {what: [] for what in commands}
        peaks: dict[str, int] = dict.fromkeys(commands, 0)
        for _ in range(wanted.rounds):
            for what, command in commands.items():
                peaks[what] = max(peaks[what], run(command))
                count, seconds = receiver.upload()
                if count != wanted.size:
                    raise SystemExit(f"{what}: the sink got {count:,} bytes of {wanted.size:,}")
                rates[what].append(count / seconds)
    curl = rates["`curl -T`"]
    rows = [
        (
            what,
            f"{median(found) / 1e9:.2f}",
            f"{median(one / other for one, other in zip(found, curl, strict=True)):.2f}",
            f"{peaks[what] / 2**20:.1f}",
        )
        for what, found in rates.items()
    ]
    print(table(("command", "GB/s", "times `curl -T`", "MiB resident"), rows))
    return int(max(peak for what, peak in peaks.items() if "play" in what) > LIMIT_BYTES)


if __name__ == "__main__":
    sys.exit(main())
