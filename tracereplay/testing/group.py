"""A command and all that it starts, as one process group which ends with us, however we end.

Laws: the group has a session of its own, so that a Ctrl-C which is meant for the test reaches it through us alone.
It gets SIGTERM and a grace, all of it, then SIGKILL. It is reaped at the very end and not before, so that its number
can't be somebody else's when it is killed. Should we be killed ourselves, its keeper notices: a shell that waits for
the end of a pipe which only we hold open.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from tracereplay.units import SECOND_NS

_LOOK_EVERY_SECONDS = 0.005
_PROC, _GONE = Path("/proc"), "ZXx"
_KEEPER = 'read -r _; kill -s TERM -- "-$1"; sleep "$2"; kill -s KILL -- "-$1"'


class Group:
    """A command that runs. ``stop`` it whatever happens. Raises OSError when it cannot be run."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        output: BinaryIO,
        inherits: Sequence[int] = (),
        grace_ns: int,
    ) -> None:
        self._grace_ns = grace_ns
        self._process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=inherits,
            start_new_session=True,
        )
        try:
            self._keeper = _keeper(self.pid, grace_ns)
        except BaseException:
            self._kill()
            raise

    @property
    def pid(self) -> int:
        """The number of the command's process, and of the group."""
        return self._process.pid

    @property
    def ended(self) -> str | None:
        """How the command has ended, None while it runs. The rest of the group may still be there."""
        try:
            end = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return _told(self._process.returncode or 0)
        if end is None:
            return None
        return _told(end.si_status if end.si_code == os.CLD_EXITED else -end.si_status)

    def stop(self) -> None:
        """End the whole group, by force if it does not go by itself, and reap the command."""
        try:
            self._signal(signal.SIGTERM)
            self._wait()
        finally:
            self._kill()
            self._keeper.kill()
            self._keeper.communicate()

    def _wait(self) -> None:
        deadline_ns = time.monotonic_ns() + self._grace_ns
        while (self.ended is None or _has_members(self.pid)) and time.monotonic_ns() < deadline_ns:
            time.sleep(_LOOK_EVERY_SECONDS)

    def _kill(self) -> None:
        self._signal(signal.SIGKILL)
        self._process.wait()

    def _signal(self, number: int) -> None:
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)


def _has_members(group: int) -> bool:
    """Return whether a process of this group still lives: False where there is no /proc to tell it."""
    for stat in _PROC.glob("[0-9]*/stat"):
        try:
            state, _parent, of_group, *_ = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
        except (OSError, ValueError):  # it has just ended
            continue
        if int(of_group) == group and state not in _GONE:
            return True
    return False


def _keeper(group: int, grace_ns: int) -> subprocess.Popen[bytes]:
    """Start the shell that ends the group when our end of its standard input is closed, by us or by our death."""
    return subprocess.Popen(
        ["/bin/sh", "-c", _KEEPER, "keeper", str(group), f"{grace_ns / SECOND_NS:.3f}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _told(code: int) -> str:
    """Return in words how a process ended that ``subprocess`` would give this code."""
    if code >= 0:
        return f"ended with exit code {code}"
    return f"was killed by signal {-code} ({signal.strsignal(-code)})"
