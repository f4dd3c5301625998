"""Plays what it is told to, one after the other: the program that runs under strace.

    python -m tests.docs.leaving.driver TRACE SPEC...

A SPEC is ``WAY TARGET``, or ``WAY TARGET tls`` or ``WAY TARGET tls=notify``, in one word of the shell.
"""

import sys

from tracereplay.library import Network, load, play
from tracereplay.net.tls import TlsOptions
from tracereplay.net.tls_link import TlsEnd
from tracereplay.plan.way import way_named


def main() -> None:
    """Do what the command line asks for."""
    plan = load(sys.argv[1]).plan().truncated("body:50%")
    for spec in sys.argv[2:]:
        name, target, *tls = spec.split()
        way = way_named(name)
        end: TlsEnd | None = "notify" if "tls=notify" in tls else None
        network = Network(tls=TlsOptions(forced=True, insecure=True, end=end)) if tls else Network()
        play(plan.leaving(way, hold="0.3s" if way.stays else None), target, network=network)


if __name__ == "__main__":
    main()
