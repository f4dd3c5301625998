"""Plays what it is told to, one after the other: the program that runs under strace.

    python -m tests.docs.leaving.driver TRACE SPEC...

A SPEC is ``WAY TLS TARGET`` in one word of the shell; TLS is ``tls``, ``tls=notify`` or nothing.
A line of the output, the target of a SPEC, says that its client has left: after ``half`` it still reads, after all else
its socket is closed.
"""

import sys

from tracereplay.library import Network, load, start
from tracereplay.net.tls import TlsOptions
from tracereplay.net.tls_link import TlsEnd
from tracereplay.plan.way import Way, way_named


def main() -> None:
    """Do what the command line asks for."""
    plan = load(sys.argv[1]).plan().truncated("body:50%")
    for spec in sys.argv[2:]:
        name, tls, target = spec.split(" ", 2)
        way = way_named(name)
        end: TlsEnd | None = "notify" if tls == "tls=notify" else None
        network = Network(tls=TlsOptions(forced=True, insecure=True, end=end)) if tls else Network()
        with start(plan.leaving(way, hold="0.3s" if way is Way.STALL else None), target, network=network) as playback:
            if way is Way.HALF:
                playback.wait_left()
            else:
                playback.wait()
            print(target, flush=True)
        playback.outcome()


if __name__ == "__main__":
    main()
