"""Real proxies on the loopback interface, for as long as a test needs them: microsocks and tinyproxy."""

import random
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.programs import need
from tests.servers.recording import CURL
from tracereplay import record
from tracereplay.library import Trace, load

PATIENCE_SECONDS = 30
OUR_PORTS = (20_000, 30_000)  # below those of outgoing connections, one of which could connect to itself


def recorded_through(path: Path, *arguments: str) -> Trace:
    """Return what curl did: as ``recorded`` of the servers does, which keeps it off proxies."""
    need("curl")
    command = [word for word in CURL if word not in ("--noproxy", "*")]
    assert record([*command, *arguments], path).exit_code == 0
    return load(path)


@contextmanager
def socks_proxy(*options: str) -> Iterator[str]:
    """Yield HOST:PORT of a SOCKS5 proxy."""
    program = need("microsocks")
    yield from _serving(lambda port: [program, "-i", "127.0.0.1", "-p", str(port), *options])


@contextmanager
def http_proxy(folder: Path, *settings: str) -> Iterator[str]:
    """Yield HOST:PORT of an HTTP proxy, which tunnels to any port."""
    program = need("tinyproxy")
    file = folder / "tinyproxy.conf"

    def command(port: int) -> list[str]:
        lines = ["Listen 127.0.0.1", f"Port {port}", "Timeout 60", "MaxClients 20", "LogLevel Error", *settings]
        file.write_text("\n".join([*lines, ""]))
        return [program, "-d", "-c", str(file)]

    yield from _serving(command)


def _serving(command: Callable[[int], list[str]]) -> Iterator[str]:
    """Yield where it serves: on a port that the system gives to nobody by itself, on another if that is taken."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        port = random.SystemRandom().randrange(*OUR_PORTS)
        process = subprocess.Popen(command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            if _listens(process, port, deadline):
                yield f"127.0.0.1:{port}"
                return
        finally:
            process.terminate()
            process.wait()


def _listens(process: "subprocess.Popen[bytes]", port: int, deadline: float) -> bool:
    """Return whether the process has come to listen on the port; False when it ended, for that was taken."""
    while process.poll() is None:
        assert time.monotonic() < deadline, "it does not listen"
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.01)
        else:
            return process.poll() is None
    assert time.monotonic() < deadline, "it does not stay"
    return False
