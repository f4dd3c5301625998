"""What the application itself saw of each request: the lines of ``tracereplay.witness``, read while they are written.

A request belongs to the play whose connection has the same two ports, of the client and of the server. So it is found
only where the client speaks with the server itself: what stands between them opens a connection of its own. Of several
on a connection it is the one that asks the same; where the application tells of more or fewer of these than were sent,
nobody can tell which, and nothing was seen.
"""

import json
import stat
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from tracereplay.errors import PlanError
from tracereplay.judge.seen import Seen, number, seen_of
from tracereplay.judge.sent import Asked, Ports, Sent, asked_by, asked_in
from tracereplay.plan.plan import Plan
from tracereplay.units import SECOND_NS, duration_ns
from tracereplay.witness import VARIABLE, VERSION

_LATE_SECONDS = 0.5  # at most, until we note that a play has ended, and until the application is called
_QUIET_SECONDS = 0.3  # without a line, so that no request is about to begin
_MOST_ANSWERED = 8  # plays of the whole that are kept
_END_BYTES = 512  # of what was read, by which it is known again: a time stands in there


_Key = Ports | str  # by which a request is known


@dataclass(frozen=True, slots=True)
class Told:
    """What the lines about a request tell, and when the application was called."""

    asked: Asked
    seen: Seen
    called: float


@dataclass(frozen=True, slots=True)
class _Life:
    """When a play was: it ended at this time, after so many seconds. A port may be used again."""

    seconds: float
    ended: float

    def has(self, moment: float) -> bool:
        """Return whether its request may have been called then."""
        return self.ended - self.seconds - _LATE_SECONDS <= moment <= self.ended + _LATE_SECONDS


class Witness:
    """The requests that the witness has written down since this was made. Raises PlanError when it cannot be read."""

    _keyless = (
        "the server does not tell the application the port of the client, and so nothing tells whose request it is"
    )
    _way = "no proxy before it, or --witness-by header"

    def __init__(self, path: str | Path, *, is_here: bool = False) -> None:
        """Read the file at ``path``; ``is_here`` says that it is written on this machine, by the same clock."""
        self._path, self._is_here = Path(path), is_here
        self._at, self._end, self._is_there = 0, b"", False  # how far was read, and what stands before that
        with self._opened() as file:
            if file is not None:
                self._at = file.seek(0, 2)
                file.seek(max(self._at - _END_BYTES, 0))
                self._end = file.read(min(self._at, _END_BYTES))
        self._found: dict[_Key, dict[tuple[int, int], Told]] = {}
        self._lives: dict[_Key, list[_Life]] = {}
        self._answered: deque[tuple[Sent, ...]] = deque(maxlen=_MOST_ANSWERED)
        self._gap = 0  # lines that others say of that they could not be written
        self._is_keyless = False
        self.unreadable = 0

    def named(self, plan: Plan) -> Plan:
        """Return the plan as it is to be played, so that its requests can be known."""
        return plan

    def expect(self, ports: Ports | None, seconds: float, ended: float) -> None:
        """Take note of a play with these ports, that took so many seconds and ended then, in seconds since 1970."""
        if ports is not None and (life := _Life(seconds, ended)) not in (lives := self._lives.setdefault(ports, [])):
            lives.append(life)

    def look(self, *, only_expected: bool = False) -> bool:
        """Read what is new, and return whether there was anything; ``only_expected`` takes and keeps nothing of others.

        Raises PlanError, when all is read, for lines that could not be written.
        """
        is_new = False
        with self._opened() as file:
            for line in file or ():
                if not line.endswith(b"\n"):
                    break  # it is being written
                self._at += len(line)
                self._end = (self._end + line)[-_END_BYTES:]
                is_new |= self._take(line, only_expected=only_expected)
        if self._gap:
            raise PlanError(
                f"{self._path}: {self._gap:,} lines of the witness could not be written, and nothing tells what they"
                " said",
                hint="what the server prints says why; is the disk full?",
            )
        return is_new

    def refuse_lost(self) -> None:
        """Raise PlanError when what was read does not stand there any more: lines behind it may be lost."""
        with self._opened():
            pass

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO | None]:
        """Yield the file, behind what was read; None where there is none as yet."""
        try:
            if not stat.S_ISREG(self._path.stat().st_mode):  # of a pipe, or a device, the end may never come
                raise PlanError(f"{self._path} cannot be read: it is no file")
            with self._path.open("rb") as file:
                file.seek(self._at - len(self._end))
                if file.read(len(self._end)) != self._end:
                    raise self._lost("was cut off, or another took its place,")
                self._is_there = True
                yield file
        except FileNotFoundError:
            if self._is_there:
                raise self._lost("was removed") from None
            yield None
        except OSError as fault:
            raise PlanError(f"{self._path} cannot be read: {fault.strerror}") from None

    def _lost(self, how: str) -> PlanError:
        return PlanError(
            f"{self._path} {how} while it was read, and nothing tells what stood there",
            hint="let nobody else write to it, cut it off or rotate it, while it is read",
        )

    def forget(self) -> None:
        """Forget all requests so far: a port that is used again is then that of another play."""
        self.look()
        self._found.clear()

    def of(self, sent: Sent) -> Seen | None:
        """Return what was seen of the request that is asked for.

        None where nothing was, and where nobody could tell whose it is: the application tells of more or fewer
        requests like it than were sent. Of two plays with the same ports it is the one at that time.
        """
        key = None if sent.number < 0 else self._key_of(sent)
        if key is None:
            return None
        found, lives = list(self._found.get(key, {}).values()), self._lives.get(key, [])
        if len(lives) > 1 or (lives and self._is_here):
            own = [life for life in lives if life.seconds == sent.seconds]
            found = [one for one in found if len(own) == 1 and own == [life for life in lives if life.has(one.called)]]
        return self._among(found, sent)

    def _key_of(self, sent: Sent) -> _Key | None:
        return sent.ports

    def _key_in(self, line: dict[str, object]) -> _Key | None:
        """Return by what the request of a line is known, of a Unix socket None."""
        is_tcp = line["port"] is not None and line["server_port"] is not None
        return (number(line["port"]), number(line["server_port"])) if is_tcp else None

    def _is_expected(self, key: _Key) -> bool:
        """Return whether it is that of a play that was made."""
        return key in self._lives

    def _among(self, found: "Sequence[Told]", sent: Sent) -> Seen | None:
        """Return what was seen of the request that is asked for, among what was with its key."""
        if not sent.has_head:
            before = [asked_by(one) for one in sent.requests[: sent.number]]
            rest = [told.seen for told in found if not any(told.asked.is_like(one) for one in before)]
            return rest[0] if len(rest) == 1 else None
        wanted = asked_by(sent.requests[sent.number])
        alike = [at for at, one in enumerate(sent.requests) if asked_by(one).is_like(wanted)]
        seen = [told.seen for told in found if told.asked.is_like(wanted)]
        return seen[alike.index(sent.number)] if len(seen) == len(alike) else None

    def wait(self, sent: Sequence[Sent], within: str, stop: threading.Event) -> None:
        """Wait until these requests are over, and no other that was expected is about to begin; at most ``within``.

        Lines of others are neither waited for nor kept.
        """
        deadline = time.monotonic() + duration_ns(within) / SECOND_NS
        while self.look(only_expected=True) or self._has_open(sent):
            left = deadline - time.monotonic()
            if left <= 0 or stop.wait(min(left, _QUIET_SECONDS)):
                return

    def _has_open(self, sent: Sequence[Sent]) -> bool:
        return any(seen is not None and not seen.is_over for seen in map(self.of, sent))

    def refuse_blind(self, *sent: Sent) -> None:
        """Raise PlanError when nothing was seen of any of these, which were answered."""
        self.look()
        if any(map(self.of, sent)):
            return
        keys = {key for one in sent if (key := self._key_of(one)) is not None}
        others = [told.asked for key in keys for told in self._found.get(key, {}).values()]
        if others:
            raise PlanError(
                f"{self._path}: the witness has seen {_listed(others)}, and nothing tells which of it is what was sent:"
                f" {_listed(map(asked_by, sent[0].requests))}",
                hint="let it be the outermost of what is around the application, and only one: see docs/witness.md",
            )
        if self._is_keyless:
            raise PlanError(f"{self._path}: {self._keyless}", hint=f"{self._way}: see docs/witness.md")
        raise PlanError(
            f"{self._path}: the witness has not seen the whole request",
            hint=f"{VARIABLE}={self._path.absolute()} in the environment of the server, which must be able to"
            f" write there, the middleware in the application, and {self._way}: see docs/witness.md",
        )

    def answered(self, *sent: Sent) -> None:
        """Take note of requests that were played as a whole, and answered as those of ``refuse_blind``."""
        self._answered.append(sent)

    def refuse_gone_blind(self) -> None:
        """Raise PlanError when nothing was seen of the last that were answered: what is unseen may be unwritten."""
        known = [one for one in self._answered if not any(map(self._is_used_again, one))]
        if known and not any(map(self.of, known[-1])):
            raise PlanError(
                f"{self._path}: the witness saw the whole request at the beginning, and not any more at the end: lines"
                " of other plays may be missing, too",
                hint="what the server prints says why; is the disk full?",
            )

    def _is_used_again(self, sent: Sent) -> bool:
        """Return whether the time must tell whose it is, as it can where the clocks of both machines agree."""
        key = self._key_of(sent)
        return key is not None and len(self._lives.get(key, ())) > 1

    def _take(self, text: bytes, *, only_expected: bool) -> bool:
        """Take note of a line, and return whether it is one that counts."""
        try:
            line: dict[str, object] = json.loads(text)
            if line["version"] != VERSION:
                raise ValueError(f"version {line['version']!r}")  # noqa: TRY301 - as all that is wrong with a line
            lost = number(line.get("lost", 0))
            key, request = self._key_in(line), (number(line["pid"]), number(line["number"]))
            told = Told(asked_in(line), seen_of(line | {"over": line["state"] == "done"}), _moment(line["at"]))
        except (ValueError, TypeError, KeyError, RecursionError):
            self.unreadable += 1
            return not only_expected
        self._gap += lost
        if key is None:
            self._is_keyless = True
        if key is None or (only_expected and not self._is_expected(key)):
            return not only_expected
        of_key = self._found.setdefault(key, {})
        of_key[request] = replace(told, called=of_key[request].called) if request in of_key else told
        return True


def _moment(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no time")
    return value


def _listed(asked: Iterable[Asked]) -> str:
    return ", ".join(f"{one.method} {min(one.paths)}" for one in asked)
