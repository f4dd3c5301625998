"""Real proxies on the loopback interface, for as long as a test needs them: microsocks and tinyproxy."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.programs import need
from tests.servers.recording import CURL
from tracereplay import record
from tracereplay.library import Trace, load

PATIENCE_SECONDS = 10


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
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert process.poll() is None, "it ended"
                assert time.monotonic() < deadline, "it does not listen"
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
