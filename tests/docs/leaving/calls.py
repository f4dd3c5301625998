"""The system calls of each way of leaving, from the cut on: what strace shows of a play."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path

from tracereplay.plan.way import Way

from .scenes import SMALL_BYTES, Stage, ways_over
from .server import Transport, Watcher, answering

ROOT = Path(__file__).parents[3]
OVERS: dict[str, tuple[Transport, str]] = {
    "TCP": ("TCP v4", ""),
    "Unix": ("Unix", ""),
    "TLS": ("TLS", "tls"),
    'TLS, `end="notify"`': ("TLS", "tls=notify"),
}
BODY_BYTES = 1000  # a send of more is one of the body
Calls = dict[tuple[Way, str], list[str]]

_CALL = re.compile(r"(\w+)\((-?\d+|AF_NETLINK)(?:, )?(.*)\) += (-?\d+)(?: ([A-Z]+))?")
_PATIENCE_SECONDS = 50.0
_ASKS = {"TCP_INFO": "getsockopt(TCP_INFO)", "TIOCOUTQ": "ioctl(SIOCOUTQ)", "NETLINK": "sock_diag"}
_SILENT_QUESTIONS = ("getsockname", "getpeername", "getsockopt", "ioctl")


def has_strace() -> bool:
    """Return whether there is a strace that may trace."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


def traced(stage: Stage) -> Calls:
    """Play every way that there is over every transport under strace; return the calls of each."""
    folder = stage.folder / "strace"
    folder.mkdir()
    keys: dict[str, tuple[Way, str]] = {}
    specs = []
    servers: dict[str, Watcher] = {}
    watch = answering(stage.cut(SMALL_BYTES))
    with ExitStack() as stack:
        for over, (transport, tls) in OVERS.items():
            for way in ways_over(transport):
                if tls != "tls=notify" or way is Way.FIN:
                    server = stack.enter_context(Watcher(transport, watch, folder, stage.leaf, tickets=2))
                    servers[server.target] = server
                    keys[server.target.rpartition(":")[2]] = way, over
                    specs.append(f"{way.value} {tls} {server.target}")
        trace = stage.folder / str(SMALL_BYTES) / "trace.txt"
        program = (sys.executable, "-m", "tests.docs.leaving.driver", str(trace), *specs)
        tracing = ("strace", "-ff", "-e", "trace=network,close,setsockopt,ioctl", "-o", str(folder / "thread"))
        for target in _said([*tracing, *program], folder / "stderr"):
            servers[target].client_left.set()
        for server in servers.values():
            server.sight()  # raises what was wrong there
    calls = {}
    for file in folder.glob("thread.*"):
        text = file.read_text("latin-1")
        connect = re.search(
            r"connect\((\d+), \{sa_family=AF_(?:INET, sin_port=htons\((\d+)\)|UNIX, sun_path=\"(.*?)\")", text
        )
        if connect and (key := keys.get(connect[2] or connect[3])):
            calls[key] = list(_from_the_cut_on(text, connect[1]))
    return {key: calls[key] for key in keys.values()}


def _said(command: list[str], errors: Path) -> Iterator[str]:
    """Yield the lines that a command writes, while it runs; it and its children end with us, or out of time."""
    with errors.open("wb") as stderr:
        running = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True, start_new_session=True
        )
        limit = threading.Timer(_PATIENCE_SECONDS, os.killpg, (running.pid, signal.SIGKILL))
        limit.start()
        try:
            with running:
                assert running.stdout is not None
                yield from map(str.strip, running.stdout)
        finally:
            limit.cancel()
    assert running.returncode == 0, f"{running.args!r} ended with {running.returncode}: {errors.read_text()}"


def _from_the_cut_on(text: str, descriptor: str) -> Iterator[str]:
    """Yield what is done with this descriptor, without numbers; what is done again and again, once."""
    found = [match.groups(default="") for match in map(_CALL.match, text.splitlines()) if match]
    cut = max(
        number
        for number, (name, of, _, result, _) in enumerate(found)
        if (name, of) == ("sendto", descriptor) and int(result) > BODY_BYTES
    )
    rest = found[cut + 1 :]
    end = next(number for number, call in enumerate(rest) if call[:2] == ("close", descriptor))
    acts = [_act(*call) for call in rest[: end + 1] if call[1] == descriptor]
    first = next(number for number, call in enumerate(rest) if _is_act(call[0]) and call[1] == descriptor)
    asked = "".join(" ".join(call) for call in rest[:first])
    asks = [name for sign, name in _ASKS.items() if sign in asked]
    if _ASKS["TIOCOUTQ"] in asks:
        asks = [_ASKS["TIOCOUTQ"]]  # what else is asked on a Unix socket depends on how fast the server reads
    yield f"asks {', '.join(asks)}"
    began = sum(1 for call in rest[:first] if call[1] == descriptor)
    before = [act for act in acts[:began] if act]
    is_read_last = bool(before) and rest[first][2].startswith("SOL_TCP")
    yield from (name for name, _ in groupby([*(before[-1:] if is_read_last else []), *filter(None, acts[began:])]))


def _is_act(name: str) -> bool:
    return name in ("shutdown", "setsockopt", "close", "sendto")


def _act(name: str, _of: str, arguments: str, _result: str, _error: str) -> str:
    if name in _SILENT_QUESTIONS:
        return ""
    if name == "setsockopt":
        level_and_name = arguments.split(", ")
        return f"setsockopt({level_and_name[1]})"
    return {
        "shutdown": "shutdown(SHUT_WR)",
        "recvfrom": "recv()",
        "sendto": "send() of a close_notify",
        "close": "close()",
    }[name]
