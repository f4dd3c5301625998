"""Runs curl as if the user had: same streams, same files, same signals, same end.

Ctrl-C reaches curl by itself, being in the same process group; what is sent to us alone is passed on. We
outlive curl in any case, to keep the trace.
"""

import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath
from types import FrameType

from tracereplay.errors import PlanError, TracereplayError
from tracereplay.recorder.pipe import Pipe

_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_HINT = "write the curl command after two dashes: tracereplay record -o upload.txt -- curl -F file=@big.bin URL"


class Relay:
    """A signal handler that passes signals on to curl: those that come before it starts as well."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        """Pass the signal on. After the end of curl it goes nowhere."""
        if self._process is None:
            self._early.append(number)
        else:
            self._process.send_signal(number)

    def attach(self, process: subprocess.Popen[bytes]) -> None:
        """Say which process curl is."""
        self._process = process
        for number in self._early:
            process.send_signal(number)


@contextmanager
def relayed_signals() -> Iterator[Relay]:
    """Give the signals that end a program to the Relay that is yielded, until the block is left.

    What is ignored stays so, for curl inherits it (``nohup``). In other threads than the main one Python
    lets nobody handle signals: there nothing is changed.
    """
    relay = Relay()
    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {number: signal.getsignal(number) for number in _PASSED_ON}
    caught = {number: handler for number, handler in before.items() if handler not in (None, signal.SIG_IGN)}
    try:
        for number in caught:
            signal.signal(number, relay)
        yield relay
    finally:
        for number, handler in caught.items():
            signal.signal(number, handler)


def find_curl(command: Sequence[str]) -> str:
    """Return the path of the program that ``command`` runs, which must be a curl.

    Raises PlanError when it is another program, or is not there.
    """
    if not command:
        raise PlanError("there is no curl command to record", hint=_HINT)
    name = command[0]
    if not PurePath(name).name.startswith("curl"):
        raise PlanError(f"the command to record must begin with curl, not with {name!r}", hint=_HINT)
    found = shutil.which(name)
    if found is None and PurePath(name).name == name:
        raise PlanError(f"{name} was not found on the PATH", hint="sudo apt install curl")
    if found is None:
        raise PlanError(f"{name} is no program that can be run", hint="give its path, or just `curl`")
    return found


def run(executable: str, command: Sequence[str], relay: Relay, pipe: Pipe, take: Callable[[Pipe], None]) -> int:
    """Return the exit code of ``command`` once it has ended: 128 + N when the signal N ended it.

    ``take`` reads meanwhile what it writes to the ``pipe``; when that fails curl goes on without it, and what is
    raised is raised afterwards.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()  # what we have said so far comes before what curl says
    try:
        # Files that the user's shell has opened for curl, as in `-d @<(date)`, stay open.
        process = subprocess.Popen(command, executable=executable, close_fds=False)
    except OSError as fault:
        raise PlanError(f"{executable} cannot be run: {fault.strerror}") from fault
    pipe.attach(process)
    relay.attach(process)
    try:
        try:
            take(pipe)
        except TracereplayError:
            pipe.drain()
            process.wait()
            raise
        code = process.wait()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return code if code >= 0 else 128 - code
