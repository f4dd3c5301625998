"""Runs the server under test: any command, on a port of its own, until the block is left.

with serve(["gunicorn", "-b", "fd://{fd}", "app:app"]) as server:
    outcome = play(plan, target=server.target)
"""

import os
import shlex
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tracereplay.errors import NotReadyError, PlanError, ServerError
from tracereplay.testing.command import Command, prepare, read_command
from tracereplay.testing.group import Group
from tracereplay.testing.output import Output
from tracereplay.testing.readiness import await_page, await_reaction, await_true
from tracereplay.testing.waiting import WITHIN
from tracereplay.testing.workers import Workers
from tracereplay.trace.discreet import discreet
from tracereplay.units import duration_ns
from tracereplay.witness import VARIABLE

if TYPE_CHECKING:
    from tracereplay.engine.outcome import Outcome
    from tracereplay.judge.seen import Seen
    from tracereplay.plan.plan import Plan
    from tracereplay.testing.health import Health
    from tracereplay.testing.seen import Sight
    from tracereplay.trace.trace import Trace

TIMEOUT = "10s"
GRACE = "3s"

Ready = str | Callable[["Server"], object]

_running: list["Server"] = []


class Server:
    """A server that runs, and what can be seen of it from outside; afterwards its output is still there.

    ``pid`` is the process of the command, ``log_file`` has all that it and its children print, to either stream, behind
    what stood there.
    ``marked`` is the last mark.
    """

    def __init__(
        self, name: str, command: Command, group: Group, workers: Workers, output: Output, *, sight: "Sight | None"
    ) -> None:
        self.name, self.host, self.port = name, command.host, command.port
        self.pid, self.log_file, self.marked = group.pid, output.path, 0
        self._group, self._workers, self._output, self._sight = group, workers, output, sight

    def __repr__(self) -> str:
        return f"<{self.name} at {self.target}, pid {self.pid}>"

    @property
    def target(self) -> str:
        """``HOST:PORT``, as ``play`` takes it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """``http://HOST:PORT``, without a slash at the end."""
        return f"http://{self.target}"

    @property
    def alive(self) -> bool:
        """Whether the command still runs."""
        return self._group.ended is None

    @property
    def restarted(self) -> int | None:
        """How many worker processes have ended while the server lived, which it replaces; None when it has no workers.

        gunicorn's are counted, and whatever else forks to work. It is a moment before a worker that has just
        answered is gone: ``wait_until(lambda: server.restarted, equals=1)``.
        """
        return self._workers.lost

    @property
    def output(self) -> str:
        """What was printed so far, the last 1 MiB of it; ``log_file`` has all."""
        return self._output.text()

    def mark(self) -> int:
        """Remember how much was printed so far, and return it, for ``output_since`` and ``probe.log``."""
        self.marked = self._output.size
        return self.marked

    def output_since(self, mark: int | None = None) -> str:
        """Return what was printed after ``mark``, which is the last one unless it is given.

        Of more than 1 MiB the end, below a line that says how much is left out; ``lines_since`` has all of it.
        """
        since = self.marked if mark is None else mark
        left_out = self._output.left_out(since)
        return (f"({left_out:,} bytes before these)\n" if left_out else "") + self._output.text(since)

    def lines_since(self, mark: int | None = None) -> Iterator[str]:
        """Yield the lines that were printed after ``mark``, which is the last one unless it is given.

        All of them, however many, while the ``log_file`` is there: else those within the last 1 MiB.
        """
        return self._output.lines(self.marked if mark is None else mark)

    def healthy(
        self, recorded: "Plan | Trace", *, whole: bool = False, ignore: Iterable[str] = (), timeout: str = TIMEOUT
    ) -> "Health":
        """Play the whole recording once more, and return whether the answers have the recorded statuses.

        What is returned is true when they have, and tells what differs if not: ``assert server.healthy(trace)``. An
        answer that names a new number for each upload is as healthy. ``whole`` wants the answers as
        ``matches_recording`` does; so does ``ignore``, which names what of them does not count. Of a plan the cut and
        the pauses are left out. A server that answers nobody within ``timeout`` is not healthy. Raises PlanError when
        no answer was recorded.
        """
        from tracereplay.testing.health import Health, health  # noqa: PLC0415 - a server may run without a play

        ended = self._group.ended
        if ended:
            return Health((f"{self.name} {ended}",))
        names = (ignore,) if isinstance(ignore, str) else tuple(ignore)
        return health(recorded, self.target, timeout=timeout, whole=whole or bool(names), ignore=names)

    def seen(self, outcome: "Outcome", *, within: str = WITHIN) -> "Seen | None":
        """Return what the application saw of a play: the bytes that it read, how that ended, what it answered.

        It is that of the request that was cut, the last that was begun on the main connection. Waits until the
        application is done with it, ``within`` at most: ``is_over`` tells whether it was. None when by then it has
        seen nothing, or nothing tells whose it was. Raises PlanError for a server without ``witness=True``, an
        application without the middleware, and a play to somebody else.
        """
        if self._sight is None:
            raise PlanError(
                f"{self.name} was started without a witness", hint="serve(command, witness=True), and so replay_server"
            )
        return self._sight.of(outcome, self.port, within)

    def await_ready(self, ready: Ready | None, timeout: str) -> None:
        """Return when it is ready. Raises ServerError when it ends before, or is not within ``timeout``."""
        check = partial(self._check, time.monotonic_ns() + duration_ns(timeout), timeout, ready)
        if ready is None:
            await_reaction(self.host, self.port, check)
        elif isinstance(ready, str):
            await_page(self.host, self.port, ready, check)
        elif not callable(ready):
            raise PlanError(
                f"ready={ready!r} is neither the path of a page nor a function", hint='ready="/health" asks for a page'
            )
        else:
            await_true(partial(ready, self), check)

    def _check(self, deadline_ns: int, timeout: str, ready: Ready | None) -> None:
        ended = self._group.ended
        if ended is not None:
            hint = "it must stay in the foreground, not run as a daemon" if ended.endswith(" 0") else None
            raise ServerError(f"{self.name} {ended} before it was ready; it said:\n{self._output.tail()}", hint=hint)
        if time.monotonic_ns() > deadline_ns:
            raise NotReadyError(
                f"{self.name} was not ready within {timeout}; it said:\n{self._output.tail()}",
                hint='it did not react on its port; timeout="30s" gives it longer, ready="/health" asks for a page'
                if ready is None
                else f"ready={ready!r} was never so",
            )


@contextmanager
def serve(
    command: str | Sequence[str | os.PathLike[str]],
    *,
    cwd: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    timeout: str = TIMEOUT,
    ready: Ready | None = None,
    host: str = "127.0.0.1",
    grace: str = GRACE,
    log: str | os.PathLike[str] | None = None,
    witness: bool = False,
) -> Iterator[Server]:
    """Run ``command`` and yield its Server once it is ready; end it, and all that it started, when the block is left.

    ``{fd}`` in the command is a listening socket on ``host`` that it inherits, ``{port}`` a free port. It is not run
    by a shell. ``env`` is added to our environment. It is ready when it reacts to a client; or when ``ready`` says
    so: the path of a page that is answered, but not with a 5xx, or a function that is given the Server. At the end
    it gets SIGTERM, and SIGKILL after ``grace``. It prints to the file ``log``, behind what stands there, or to a
    temporary one. With ``witness`` the middleware ``tracereplay.witness`` in the application tells ``Server.seen``
    what it saw. Raises ServerError when it does not become ready within ``timeout``, PlanError for a command that
    cannot be run.
    """
    with ExitStack() as stack:
        words = read_command(command)
        folder = Path.cwd() if cwd is None else Path(cwd)
        output = Output(_temporary(stack) if log is None else Path(log))
        sight = _sight(stack) if witness else None
        told = {} if sight is None else {VARIABLE: str(sight.path)}
        prepared = prepare(words, cwd=folder, env={**(env or {}), **told}, host=host)
        group = _start(prepared, discreet(shlex.join(words)), folder, output.path, grace)
        stack.callback(output.keep)
        if sight is not None:
            stack.callback(sight.close)
        stack.callback(group.stop)
        workers = Workers(group.pid)
        stack.callback(workers.stop)
        server = Server(Path(words[0]).name, prepared, group, workers, output, sight=sight)
        server.await_ready(ready, timeout)
        server.mark()
        _running.append(server)
        stack.callback(_running.remove, server)
        yield server


def running() -> tuple[Server, ...]:
    """Return the servers that run now and were ready, in the order in which they were started."""
    return tuple(_running)


def _start(command: Command, shown: str, cwd: Path, log: Path, grace: str) -> Group:
    inherits = [] if command.listener is None else [command.listener.fileno()]
    try:
        with log.open("ab") as output:
            return Group(
                command.argv, cwd=cwd, env=command.env, output=output, inherits=inherits, grace_ns=duration_ns(grace)
            )
    except OSError as error:
        raise PlanError(f"{shown} cannot be run: {error.strerror}: {error.filename}") from error
    finally:
        if command.listener is not None:
            command.listener.close()


def _sight(stack: ExitStack) -> "Sight":
    from tracereplay.testing.seen import Sight  # noqa: PLC0415 - a server may run without a play

    return Sight(_temporary(stack).with_name("witness.jsonl"))


def _temporary(stack: ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tracereplay-"))) / "output.txt"
