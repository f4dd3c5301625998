"""Is a cut exact? Random cuts, in every way, over every transport, counted by a server that reads promptly or slowly.

    python benchmarks/exactness.py --cuts 10000 --seed 1

A cut is exact when the server got as many bytes as stand before it, and the same ones, and saw the client leave in the
way that was asked for. The exit code is 1 if one was not.
"""

import argparse
import random
import socket
import ssl
import subprocess
import tempfile
import time
from collections import Counter as Tally
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from counting import Counter, Got
from recordings import size, table

from tracereplay import Trace, load
from tracereplay.net.many import play_many
from tracereplay.net.network import Network
from tracereplay.net.tls import TlsOptions
from tracereplay.trace import dump_hex
from tracereplay.trace.payload import Payload

SEEN = {"fin": "fin", "half": "fin", "rst": "rst", "vanish": "timeout"}
_PARALLEL = 16
_GRACE_SECONDS = 30.0
_EVENT_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Transport:
    """A way to the server, and the ways in which a client can leave it."""

    name: str
    family: int
    ways: Sequence[str] = ("fin", "rst", "half", "vanish")
    tls: bool = False


TRANSPORTS = (
    Transport("TCP v4", socket.AF_INET),
    Transport("TCP v6", socket.AF_INET6),
    Transport("Unix", socket.AF_UNIX, ("fin", "half")),
    Transport("TLS", socket.AF_INET, tls=True),
)


def main() -> int:
    """Print the table of all combinations; return 1 if a cut was not exact."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--cuts", type=int, default=600, help="in all; default 600")
    options.add_argument("--body", type=size, default=size("5M"), help="of the upload that is cut; default 5M")
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32), help="default: any")
    options.add_argument("--at-once", type=int, default=1, help="how many combinations at a time; default 1")
    wanted = options.parse_args()
    print(f"seed {wanted.seed}")
    chance = random.Random(wanted.seed)  # noqa: S311 - the same each time
    combinations = [
        (transport, way, reader) for transport in TRANSPORTS for way in transport.ways for reader in ("prompt", "slow")
    ]
    with tempfile.TemporaryDirectory(prefix="tracereplay-") as folder:
        trace, whole = write_trace(Path(folder), wanted.body, chance)
        tls = certificate(Path(folder))
        shares = [len(range(number, wanted.cuts, len(combinations))) for number in range(len(combinations))]
        cuts = [chance.sample(range(len(whole) + 1), share) for share in shares]

        def measured(number: int) -> tuple[tuple[str, ...], list[str]]:
            transport, way, reader = combinations[number]
            counter = Counter(
                whole,
                transport.family,
                path=Path(folder, f"{number}.sock") if transport.family == socket.AF_UNIX else None,
                tls=tls if transport.tls else None,
                is_slow=reader == "slow",
            )
            began = time.monotonic()
            with counter:
                wrong = play(trace, counter, cuts[number], way)
            took = f"{time.monotonic() - began:.1f}"
            count = len(cuts[number])
            return (transport.name, way, reader, f"{count:,}", f"{count - len(wrong):,}", took), wrong

        with ThreadPoolExecutor(wanted.at_once) as pool:
            results = [*pool.map(measured, range(len(combinations)))]
    for row, wrong in results:
        for line in wrong[:5]:
            print(f"{', '.join(row[:3])}: {line}")
    print(table(("transport", "left by", "server reads", "cuts", "exact", "seconds"), [row for row, _ in results]))
    return 1 if any(wrong for _, wrong in results) else 0


def play(trace: Trace, counter: Counter, cuts: Sequence[int], way: str) -> list[str]:
    """Play all the cuts, and return what was wrong, a line each."""
    plans = (trace.plan().truncated(str(at)).leaving(way, settle="10s" if way == "rst" else None) for at in cuts)
    played = [*play_many(plans, counter.target, parallel=_PARALLEL, network=Network(tls=TlsOptions(insecure=True)))]
    wrong = [f"cut at {cuts[one.number]:,}: {one.error}" for one in played if one.error is not None]
    ours = [(cuts[one.number], one.outcome.connection.handed) for one in played if one.outcome is not None]
    wrong += [f"cut at {at:,}, but {handed:,} were handed over" for at, handed in ours if at != handed]
    got = Tally(counter.wait(len(cuts), _GRACE_SECONDS))
    wanted = Tally(Got(at, SEEN[way], is_right=True) for at in cuts)
    wrong += [f"the server did not see {one}, {count} times" for one, count in (wanted - got).items()]
    return wrong


def write_trace(folder: Path, body_bytes: int, chance: random.Random) -> tuple[Trace, bytes]:
    """Write the recording of an upload of random bytes; return it, and all that it sends."""
    body = chance.randbytes(body_bytes)
    head = b"POST /files HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % body_bytes
    path = folder / "upload.txt"
    pieces = [("header", head)]
    pieces += [("data", body[at : at + _EVENT_BYTES]) for at in range(0, body_bytes, _EVENT_BYTES)]
    with path.open("wb") as stream:
        for kind, data in pieces:
            stream.write(f"=> Send {kind}, {len(data)} bytes (0x{len(data):x})\n".encode())
            stream.write(dump_hex.write(Payload(data)))
    return load(path), head + body


def certificate(folder: Path) -> ssl.SSLContext:
    """Return what a server needs to speak TLS with a certificate of its own making."""
    key, file = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-keyout", key, "-out", file], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return context


if __name__ == "__main__":
    raise SystemExit(main())
